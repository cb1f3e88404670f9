"""The parts of the dashboard, each looked at in the account: not built, built, or failing and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.api import ROUTES, find_api
from dashboard.stack.frontend import site_origin
from dashboard.stack.storage import ALL_FOUR
from dashboard.stack.teardown import if_there

RECORDS = ("index_upload", "list_files", "get_file", "delete_file")  # the functions that know the table
TICKETS = ("create_upload", "list_files", "get_file", "delete_file")  # and those that know the bucket


class State(StrEnum):
    """How a part stands."""

    NOT_BUILT = "not built"
    BUILT = "built"
    FAILING = "failing"


@dataclass(frozen=True)
class Part:
    """One part of the dashboard as it stands in the account."""

    id: str
    title: str
    does: str
    state: State
    reason: str = ""  # of a failure


class Look:
    """One look at a stack: what several parts need to know is asked once."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api_id = find_api(stack.client("apigatewayv2"), stack.api_name)
        self.has_site = if_there(stack.client("s3").head_bucket, Bucket=stack.site_bucket) is not None
        self.has_table = if_there(stack.client("dynamodb").describe_table, TableName=stack.table)
        self.functions = {
            short: if_there(stack.client("lambda").get_function_configuration, FunctionName=function.name)
            for short, function in stack.functions.items()
        }

    def parts(self) -> list[Part]:
        """Every part, in the order in which a request meets them."""
        stack = self.stack
        shorts = [short for short in stack.functions if short != "index_upload"]
        return [
            self._part("page", "Frontend", "static site on S3", self.has_site, self._page),
            self._part("api", "API Gateway", "HTTP API", self.api_id, self._api),
            *(self._function(short) for short in shorts),
            self._part("table", "DynamoDB", "metadata", self.has_table, self._table),
            self._part("bucket", "S3", "private uploads", self._bucket_there(), self._bucket),
            self._part("event", "S3 event", "ObjectCreated, ObjectRemoved", self._event_rules(), self._event),
            self._function("index_upload"),
            self._part("logs", "CloudWatch", "logs and alarms", self._log_groups(), self._logs),
        ]

    def _function(self, short: str) -> Part:
        found = self.functions[short]
        return self._part(short, "Lambda", short, found, lambda: self._problems_of(short, found))

    def _part(
        self, id_: str, title: str, does: str, there: object, problems: Callable[[], Iterator[str]]
    ) -> Part:
        if not there:
            return Part(id_, title, does, State.NOT_BUILT)
        first = next(problems(), "")
        return Part(id_, title, does, State.FAILING if first else State.BUILT, first)

    # What can be wrong with each, the worst first

    def _page(self) -> Iterator[str]:
        s3, bucket = self.stack.client("s3"), self.stack.site_bucket
        if not if_there_as(s3.get_bucket_website, "NoSuchWebsiteConfiguration", Bucket=bucket):
            yield "the bucket serves no website"
        if not if_there(s3.head_object, Bucket=bucket, Key="index.html"):
            yield "the website has no index.html"
        status = if_there_as(s3.get_bucket_policy_status, "NoSuchBucketPolicy", Bucket=bucket)
        if not status or not status["PolicyStatus"]["IsPublic"]:
            yield "visitors may not read the page"

    def _api(self) -> Iterator[str]:
        apigateway = self.stack.client("apigatewayv2")
        routes = {route["RouteKey"]: route for route in apigateway.get_routes(ApiId=self.api_id)["Items"]}
        if not routes:
            yield "it has no routes"
        for key, short in ROUTES.items():
            if key in routes and self.functions[short] is None:
                yield f"{key} leads to {short}, which is not there"
            elif key in routes and not self._may_invoke(short, "apigateway.amazonaws.com", self._source(key)):
                yield f"it may not invoke {short}, so {key} answers 500"
        if self.has_site:
            cors = apigateway.get_api(ApiId=self.api_id).get("CorsConfiguration", {})
            yield from self._origins("it", cors.get("AllowOrigins", []))
            missing = {key.split(" ")[0] for key in routes} - set(cors.get("AllowMethods", []))
            if missing:
                yield f"browsers may not send {', '.join(sorted(missing))}: CORS does not name it"

    def _problems_of(self, short: str, found: Any) -> Iterator[str]:
        variables = found.get("Environment", {}).get("Variables", {})
        wanted = {
            "TABLE_NAME": (RECORDS, self.has_table, self.stack.table),
            "UPLOAD_BUCKET": (TICKETS, True, self.stack.upload_bucket),
        }
        for name, (users, needed, value) in wanted.items():
            if short in users and needed and variables.get(name) != value:
                yield f"{name} is {variables[name]!r}" if name in variables else f"{name} is not set"
        if not self._may_log(short):
            yield "its role may not write to its log"

    def _table(self) -> Iterator[str]:
        described = self.has_table["Table"]
        keys = {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}
        if keys != {"HASH": "bucket", "RANGE": "object_key"}:
            yield f"its key is {', '.join(keys.values())}, not bucket and object_key"

    def _bucket_there(self) -> object:
        return if_there(self.stack.client("s3").head_bucket, Bucket=self.stack.upload_bucket)

    def _bucket(self) -> Iterator[str]:
        s3, bucket = self.stack.client("s3"), self.stack.upload_bucket
        answer = if_there_as(
            s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", Bucket=bucket
        )
        block = (answer or {}).get("PublicAccessBlockConfiguration", {})
        if off := [switch for switch in ALL_FOUR if not block.get(switch)]:
            yield f"{', '.join(off)} off" if len(off) < len(ALL_FOUR) else "nothing blocks public access"
        if self.has_site and self.functions["create_upload"]:
            cors = if_there_as(s3.get_bucket_cors, "NoSuchCORSConfiguration", Bucket=bucket)
            rules = (cors or {}).get("CORSRules", [])
            yield from self._origins("it", [origin for rule in rules for origin in rule["AllowedOrigins"]])

    def _event_rules(self) -> list[dict[str, Any]]:
        if not self._bucket_there():
            return []
        s3, arn = self.stack.client("s3"), self.stack.function_arn("index_upload")
        rules = s3.get_bucket_notification_configuration(Bucket=self.stack.upload_bucket)
        found: list[dict[str, Any]] = rules.get("LambdaFunctionConfigurations", [])
        return [rule for rule in found if rule["LambdaFunctionArn"] == arn]

    def _event(self) -> Iterator[str]:
        for rule in self._event_rules():
            filters = rule.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            prefix = next((one["Value"] for one in filters if one["Name"].lower() == "prefix"), "")
            if prefix != self.stack.prefix:
                yield f"its prefix is {prefix!r}, not {self.stack.prefix!r}"
        source = f"arn:aws:s3:::{self.stack.upload_bucket}"
        if self.functions["index_upload"] is None:
            yield "index_upload is not there"
        elif not self._may_invoke("index_upload", "s3.amazonaws.com", source):
            yield "S3 may not invoke index_upload"

    def _log_groups(self) -> set[str]:
        logs = self.stack.client("logs")
        pages = logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=f"/aws/lambda/{self.stack.name}-"
        )
        return {group["logGroupName"] for page in pages for group in page["logGroups"]}

    def _logs(self) -> Iterator[str]:
        there = self._log_groups()
        for short, function in self.stack.functions.items():
            if self.functions[short] and function.log_group not in there:
                yield f"{short} has no log group"

    # Questions that several ask

    def _origins(self, who: str, allowed: list[str]) -> Iterator[str]:
        origin = site_origin(self.stack)
        if origin not in allowed:
            yield f"{who} does not allow the page's origin"
        elif len(allowed) > 1:
            yield f"{who} allows other origins too"

    def _source(self, route_key: str) -> str:
        """How API Gateway names a route to a function's policy."""
        method, path = route_key.split(" ")
        where = f"{self.stack.region}:{self.stack.account_id}:{self.api_id}"
        return f"arn:aws:execute-api:{where}/$default/{method}{path}"

    def _may_invoke(self, short: str, principal: str, source: str) -> bool:
        answer = if_there(
            self.stack.client("lambda").get_policy, FunctionName=self.stack.functions[short].name
        )
        statements = json.loads(answer["Policy"])["Statement"] if answer else []
        return any(permits(statement, principal, source) for statement in statements)

    def _may_log(self, short: str) -> bool:
        """Whether the execution role may write to the function's log group, as IAM itself judges."""
        function = self.stack.functions[short]
        where = f"arn:aws:logs:{self.stack.region}:{self.stack.account_id}:log-group:{function.log_group}"
        answer = if_there(
            self.stack.client("iam").simulate_principal_policy,
            PolicySourceArn=f"arn:aws:iam::{self.stack.account_id}:role/{function.role}",
            ActionNames=["logs:CreateLogStream", "logs:PutLogEvents"],
            ResourceArns=[f"{where}:log-stream:x"],
        )
        return bool(answer) and all(one["EvalDecision"] == "allowed" for one in answer["EvaluationResults"])


def permits(statement: dict[str, Any], principal: str, source: str) -> bool:
    """Whether a statement of a function's policy lets this service invoke it on behalf of this source."""
    named = statement.get("Principal")
    service = named.get("Service") if isinstance(named, dict) else named
    conditions = statement.get("Condition", {})
    likes = [
        str(value)
        for kinds in conditions.values()
        for name, value in kinds.items()
        if name.lower() == "aws:sourcearn"
    ]
    return (
        statement.get("Effect") == "Allow"
        and service in (principal, "*")
        and all(fnmatchcase(source, like) for like in likes)
    )


def if_there_as(call: Callable[..., Any], code: str, **asked: str) -> Any:
    """Call, and return the answer; None when AWS says with this code that there is none."""
    exceptions = call.__self__.exceptions  # type: ignore[attr-defined]
    try:
        return call(**asked)
    except exceptions.ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None


def look(stack: Stack) -> list[Part]:
    """Every part of the dashboard, as it stands in the account now."""
    return Look(stack).parts()
