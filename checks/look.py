"""What rules look at: the parts of the target, as AWS describes them now."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, unquote

from checks.asking import Answer, Asker, CouldNotAskError, NotThereError
from checks.http import Reply, get, head
from checks.target import Function, Target

LAYERS = ("storage", "events", "metadata", "api", "frontend", "uploads", "delete", "monitoring")
FILES = 100  # of the page, that are asked for
LAYER_OF = {
    "index_upload": "events",
    "list_files": "api",
    "get_file": "api",
    "create_upload": "uploads",
    "delete_file": "delete",
}


class Look:
    """The parts of one target. Each is asked for once; one that is not there raises NotThereError."""

    def __init__(self, target: Target, asker: Asker) -> None:
        self.target = target
        self.ask = asker.ask
        self.client = asker.client
        self._once = threading.Lock()
        self.kept: dict[str, object] = {}  # what rules made of answers, for other rules

    @property
    def cloud(self) -> str:
        return (
            "aws"
            if self.client("s3").meta.endpoint_url.endswith((".amazonaws.com", ".amazonaws.com.cn"))
            else "embedded"
        )

    # ---- S3 --------------------------------------------------------------------------------------------

    def public_access_block(self) -> Answer:
        absent = ("NoSuchPublicAccessBlockConfiguration",)
        return self._there(
            f"There is no bucket {self.target.upload_bucket!r}.",
            "storage",
            "s3",
            "get_public_access_block",
            absent=absent,
            Bucket=self.target.upload_bucket,
        )

    def account_block(self) -> Answer:
        absent = ("NoSuchPublicAccessBlockConfiguration",)
        return self.ask(
            "s3control", "get_public_access_block", absent=absent, AccountId=self.target.account_id
        )

    def bucket_policy(self, bucket: str) -> Answer:
        return self._of_bucket(bucket, "get_bucket_policy", "NoSuchBucketPolicy")

    def acl(self, bucket: str) -> Answer:
        return self._of_bucket(bucket, "get_bucket_acl")

    def ownership(self) -> Answer:
        return self._of_bucket(
            str(self.target.upload_bucket), "get_bucket_ownership_controls", "OwnershipControlsNotFoundError"
        )

    def bucket_cors(self) -> Answer:
        return self._of_bucket(str(self.target.upload_bucket), "get_bucket_cors", "NoSuchCORSConfiguration")

    def notifications(self) -> Answer:
        return self._of_bucket(str(self.target.upload_bucket), "get_bucket_notification_configuration")

    def site_objects(self) -> Answer:
        """The page's files: key, size and ETag of each."""
        found = self._of_bucket(str(self.target.site_bucket), "list_objects_v2")
        contents = list(found.get("Contents", []))
        while found.get("IsTruncated"):
            found = self.ask(
                "s3",
                "list_objects_v2",
                Bucket=self.target.site_bucket,
                ContinuationToken=found["NextContinuationToken"],
            )
            contents += found.get("Contents", [])
        return Answer(found.call, {"Contents": contents})

    def _of_bucket(self, bucket: str, operation: str, *absent: str) -> Answer:
        layer = "frontend" if bucket == self.target.site_bucket else "storage"
        return self._there(
            f"There is no bucket {bucket!r}.", layer, "s3", operation, absent=absent, Bucket=bucket
        )

    def site_url(self) -> str:
        """Where the site bucket is served."""
        from types import SimpleNamespace

        from dashboard.stack.frontend import site_url

        asked = SimpleNamespace(
            client=self.client, region=self.target.region, site_bucket=self.target.site_bucket
        )
        try:
            with self._once:  # rules side by side want it at the same time
                if "site_url" not in self.kept:
                    self.kept["site_url"] = str(site_url(asked))
                return str(self.kept["site_url"])
        except OSError as error:
            raise CouldNotAskError(
                "where the site is served", "nothing", type(error).__name__, str(error)
            ) from error

    def page(self) -> Reply:
        """What a stranger gets who opens the page."""
        address = f"{self.site_url().rstrip('/')}/"
        with self._once:
            if "page" not in self.kept:
                self.kept["page"] = get(address)
        found = self.kept["page"]
        assert isinstance(found, Reply)
        return found

    def served(self, origin: str) -> dict[str, Reply]:
        """What a stranger's HEAD gets at an origin for each file of the page; of very many, for the first."""
        listed = [one["Key"] for one in self.site_objects()["Contents"]]
        keys, kept = [key for key in listed if not key.endswith("/")][:FILES], f"served at {origin}"
        with self._once:
            if kept not in self.kept:
                with ThreadPoolExecutor(8, "page") as pool:
                    replies = pool.map(lambda key: head(f"{origin}/{quote(key)}"), keys)
                    self.kept[kept] = dict(zip(keys, replies, strict=True))
        found = self.kept[kept]
        assert isinstance(found, dict)
        return found

    def site_origin(self) -> str:
        """The origin that browsers name for the page: what the target says, else where it is served."""
        return (self.target.site_origin or self.site_url()).rstrip("/")

    # ---- Lambda ----------------------------------------------------------------------------------------

    def function(self, short: str) -> Answer:
        """A function's configuration, with its reserved concurrency if it has one."""
        found = self._of_function(short, "get_function")
        return Answer(found.call, found["Configuration"] | {"Concurrency": found.get("Concurrency") or {}})

    def environment(self, short: str) -> dict[str, str]:
        """A function's environment variables."""
        return dict(self.function(short).get("Environment", {}).get("Variables", {}))

    def function_policy(self, short: str) -> Answer:
        self.function(short)
        found = self._of_function(short, "get_policy", "ResourceNotFoundException")
        return Answer(found.call, {"Statement": statements(found.get("Policy"))}, found.absent)

    def function_url(self, short: str) -> Answer:
        self.function(short)
        return self._of_function(short, "get_function_url_config", "ResourceNotFoundException")

    def event_invoke_config(self, short: str) -> Answer:
        self.function(short)
        return self._of_function(short, "get_function_event_invoke_config", "ResourceNotFoundException")

    def recursion_config(self, short: str) -> Answer:
        return self._of_function(short, "get_function_recursion_config")

    def event_source_mappings(self, short: str) -> Answer:
        """The queues and streams that feed a function."""
        return self._of_function(short, "list_event_source_mappings")

    def _of_function(self, short: str, operation: str, *absent: str) -> Answer:
        name = self.target.functions[short].name
        return self._there(
            f"There is no function {name!r}.",
            LAYER_OF[short],
            "lambda",
            operation,
            absent=absent,
            FunctionName=name,
        )

    def function_arn(self, short: str) -> str:
        name = self.target.functions[short].name
        return f"arn:aws:lambda:{self.target.region}:{self.target.account_id}:function:{name}"

    def role(self, short: str) -> str:
        """The name of the role that a function really has."""
        return str(self.function(short)["Role"]).rpartition("/")[2]

    def role_details(self, short: str) -> Mapping[str, Any]:
        """A function's role: trust, inline policies, attached policies, as documents."""
        arn = str(self.function(short)["Role"])
        if found := self._role(arn):
            return found
        name, call = self.role(short), self._identity_pages()[0].call
        raise NotThereError(f"There is no role {name!r}.", f"{call} does not list {arn}", LAYER_OF[short])

    def trust_of(self, role_arn: str) -> Any:
        """A role's trust policy; None where there is no such role."""
        return document(self._role(role_arn).get("AssumeRolePolicyDocument"))

    def _role(self, arn: str) -> Mapping[str, Any]:
        pages = self._identity_pages()
        return next(
            (one for page in pages for one in page.get("RoleDetailList", []) if one["Arn"] == arn), {}
        )

    def managed_documents(self) -> dict[str, Any]:
        """The documents of this account's own managed policies, by ARN."""
        return {
            policy["Arn"]: document(version["Document"])
            for page in self._identity_pages()
            for policy in page.get("Policies", [])
            for version in policy.get("PolicyVersionList", [])
            if version.get("IsDefaultVersion")
        }

    def _identity_pages(self) -> list[Answer]:
        asked: dict[str, Any] = {"Filter": ["Role", "LocalManagedPolicy"], "MaxItems": 1000}
        pages = [self.ask("iam", "get_account_authorization_details", **asked)]
        while pages[-1].get("IsTruncated"):
            pages.append(
                self.ask("iam", "get_account_authorization_details", **asked, Marker=pages[-1]["Marker"])
            )
        return pages

    # ---- API Gateway -----------------------------------------------------------------------------------

    def api(self) -> Answer:
        """The HTTP API of the target's name, the tagged one if several have it."""
        found = self.apis()
        if not found["Items"]:
            raise NotThereError(
                f"There is no API {self.target.label('api')!r}.", f"{found.call} does not list it", "api"
            )
        return Answer(found.call, found["Items"][0])

    def apis(self) -> Answer:
        """Every API of the target's name, or the one of its id; those with the stack's tag first."""
        target = self.target
        pages = [self.ask("apigatewayv2", "get_apis", MaxResults="500")]
        while pages[-1].get("NextToken"):
            more = pages[-1]["NextToken"]
            pages.append(self.ask("apigatewayv2", "get_apis", MaxResults="500", NextToken=more))
        found = [
            api
            for page in pages
            for api in page["Items"]
            if (api["ApiId"] == target.api_id if target.api_id else api["Name"] == target.api)
        ]
        found.sort(key=lambda api: api.get("Tags", {}).get("workbook:stack") != target.name)
        return Answer(pages[0].call, {"Items": found})

    def routes(self) -> Answer:
        """The API's routes by route key."""
        return self._of_api("get_routes", "RouteKey")

    def integrations(self) -> Answer:
        return self._of_api("get_integrations", "IntegrationId")

    def stages(self) -> Answer:
        return self._of_api("get_stages", "StageName")

    def _of_api(self, operation: str, by: str) -> Answer:
        asked: dict[str, Any] = {"ApiId": self.api()["ApiId"], "MaxResults": "500"}
        page = self._there(
            f"There is no API {self.target.label('api')!r}.", "api", "apigatewayv2", operation, **asked
        )
        items = list(page["Items"])
        while page.get("NextToken"):
            page = self.ask("apigatewayv2", operation, **asked, NextToken=page["NextToken"])
            items += page["Items"]
        return Answer(page.call, {item[by]: item for item in items})

    # ---- Logs, DynamoDB, SQS ---------------------------------------------------------------------------

    def log_group_name(self, short: str) -> str:
        """Where a function's lines go: what it names itself, else what Lambda makes of its name."""
        function = self.target.functions[short]
        named = self.function(short).get("LoggingConfig", {}).get("LogGroup")
        return str(named or function.log_group or f"/aws/lambda/{function.name}")

    def log_group(self, short: str) -> Answer:
        """A function's log group; empty when there is none."""
        name = self.log_group_name(short)
        groups = self._log_groups(self._common_prefix(name))
        return Answer(
            groups.call, next((one for one in groups["logGroups"] if one["logGroupName"] == name), {})
        )

    def _common_prefix(self, name: str) -> str:
        """A prefix that asks for all log groups of the target at once, where they have one of their own."""
        names = [
            function.log_group or f"/aws/lambda/{function.name}"
            for function in self.target.functions.values()
        ]
        common = beginning(names)
        return common if name.startswith(common) and len(common) > len("/aws/lambda/") else name

    def _log_groups(self, prefix: str) -> Answer:
        page = self.ask("logs", "describe_log_groups", logGroupNamePrefix=prefix)
        groups, call = list(page["logGroups"]), page.call
        while page.get("nextToken"):
            page = self.ask(
                "logs", "describe_log_groups", logGroupNamePrefix=prefix, nextToken=page["nextToken"]
            )
            groups += page["logGroups"]
        return Answer(call, {"logGroups": groups})

    def table(self) -> Answer:
        name = self.target.table
        found = self._there(
            f"There is no table {name!r}.", "metadata", "dynamodb", "describe_table", TableName=name
        )
        return Answer(found.call, found["Table"])

    def queue(self, arn: str) -> Answer:
        """The address of a queue. Raises NotThereError."""
        name = arn.rpartition(":")[2]
        return self._there(
            f"There is no queue {name!r}.", "monitoring", "sqs", "get_queue_url", QueueName=name
        )

    def _there(self, what: str, layer: str, service: str, operation: str, **params: Any) -> Answer:
        try:
            return self.ask(service, operation, **params)
        except NotThereError as gone:
            raise NotThereError(what, gone.evidence, layer) from gone

    # ---- Layers ----------------------------------------------------------------------------------------

    def built_beyond(self, layer: str) -> bool:
        """Whether something stands that is built after a layer; of the last layer, some of itself."""
        if self.target.whole:
            return True
        after = LAYERS[LAYERS.index(layer) + 1 :] or LAYERS[-1:]
        unknown: CouldNotAskError | None = None
        for later in after:
            for part, looks in MARKS[later]:
                if part and self.target.unnamed(part):
                    continue
                try:
                    if looks(self):
                        return True
                except NotThereError:
                    continue
                except CouldNotAskError as error:
                    unknown = error
        if unknown:
            raise unknown
        return False


def keeps_logs(look: Look) -> bool:
    functions: Mapping[str, Function] = look.target.functions
    names = [function.log_group or f"/aws/lambda/{function.name}" for function in functions.values()]
    groups = look._log_groups(look._common_prefix(names[0]))["logGroups"] if names else []
    return any(group.get("retentionInDays") for group in groups)


Marks = tuple[tuple[str, Callable[[Look], Any]], ...]
MARKS: Mapping[str, Marks] = {  # what shows that a layer was built
    "storage": (("upload_bucket", lambda look: look.public_access_block() is not None),),
    "events": (("index_upload", lambda look: look.function("index_upload")),),
    "metadata": (("table", lambda look: look.table()),),
    "api": (("api", lambda look: look.api()), ("list_files", lambda look: look.function("list_files"))),
    "frontend": (("site_bucket", lambda look: look.bucket_policy(str(look.target.site_bucket)) is not None),),
    "uploads": (("create_upload", lambda look: look.function("create_upload")),),
    "delete": (("delete_file", lambda look: look.function("delete_file")),),
    "monitoring": (
        ("functions", keeps_logs),
        ("index_upload", lambda look: not look.event_invoke_config("index_upload").absent),
    ),
}


def statements(policy: str | None) -> list[dict[str, Any]]:
    """The statements of a policy document, which may hold one or many."""
    found = json.loads(policy).get("Statement", []) if policy else []
    return [found] if isinstance(found, dict) else list(found)


def document(policy: Any) -> Any:
    """A policy document, decoded where IAM has encoded it."""
    return json.loads(unquote(policy)) if isinstance(policy, str) else policy


def beginning(names: Sequence[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    same = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]
