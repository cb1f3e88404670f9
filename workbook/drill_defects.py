"""The live drills: five real defects, each planted by one change, and what a user notices of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.api import connect, find_api, variables
from dashboard.stack.events import send_events
from dashboard.stack.frontend import site_origin
from dashboard.stack.roles import grant
from dashboard.stack.teardown import if_there
from dashboard.stack.uploads import allow_uploads_from
from workbook.asking import ask, lets_through, preflight
from workbook.waiting import wait_for_effect

SHORT, LONG = 3.0, 20.0  # seconds to wait for what will hardly come, and for what will
DENIAL = "housekeeping"  # the policy that drill 3 adds: it does not say what it does


@dataclass(frozen=True)
class Drill:
    """One defect: ``plant`` makes it, ``restore`` takes it back, ``notice`` tells what a user gets."""

    number: int
    complaint: str  # in a user's words
    notice: Callable[[Stack, float], str]  # waiting so many seconds
    plant: Callable[[Stack], object]
    restore: Callable[[Stack], object]
    cause: str  # told once it is mended


def api_url(stack: Stack) -> str:
    """The address of the stack's API."""
    apigateway = stack.client("apigatewayv2")
    return str(apigateway.get_api(ApiId=find_api(apigateway, stack.api_name))["ApiEndpoint"])


def configure(stack: Stack, short: str, environment: dict[str, str]) -> None:
    """Give a function these environment variables, and wait until it runs with them."""
    lambda_, name = stack.client("lambda"), stack.functions[short].name
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": environment})
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)


# What a user notices


def list_answers(stack: Stack, _seconds: float = 0) -> str:
    answer = ask("GET", f"{api_url(stack)}/files")
    said = answer.text if answer.status != 200 else "the list"
    return f"GET /files is answered {answer.status}: {said}"


def log_tells(stack: Stack, seconds: float) -> str:
    key = f"{stack.prefix}{uuid.uuid4().hex}"
    status = ask("GET", f"{api_url(stack)}/files/{key}").status
    lines = log_lines(stack, "get_file", key, seconds)
    return f"GET /files/... is answered {status}, and of this request the log has {len(lines)} lines"


def log_lines(stack: Stack, short: str, phrase: str, seconds: float) -> list[str]:
    """The lines of a function's log that hold a phrase, waited for a while."""
    logs, group = stack.client("logs"), stack.functions[short].log_group
    since = int((time.time() - 3600) * 1000)

    def found() -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=f'"{phrase}"', startTime=since
        )
        return [event["message"].strip() for page in pages for event in page["events"]]

    return wait_for_effect(found, seconds) or []


def upload_is_listed(stack: Stack, seconds: float) -> str:
    ticket = ask_for_ticket(stack)
    sent = ask(ticket["method"], ticket["url"], ticket["headers"], b"abc")
    listed = wait_for_effect(lambda: is_listed(stack, ticket["object_key"]), seconds)
    remove(stack, ticket["object_key"])
    shown = "the list shows it" if listed else "the list does not show it"
    return f"PUT of drill.txt is answered {sent.status}, and after a while {shown}"


def ask_for_ticket(stack: Stack) -> dict[str, Any]:
    asked = json.dumps({"name": "drill.txt", "content_type": "text/plain", "size": 3})
    ticket: dict[str, Any] = ask("POST", f"{api_url(stack)}/uploads", body=asked).json
    return ticket


def is_listed(stack: Stack, key: str) -> bool:
    answer = ask("GET", f"{api_url(stack)}/files?prefix={key}").json or {}
    return any(file["object_key"] == key for file in answer.get("files", []))


def record_of(stack: Stack, key: str) -> object:
    """The table's item for a key; None when there is none."""
    where = {"bucket": {"S": stack.upload_bucket}, "object_key": {"S": key}}
    return stack.client("dynamodb").get_item(TableName=stack.table, Key=where).get("Item")


def remove(stack: Stack, key: str) -> None:
    stack.client("s3").delete_object(Bucket=stack.upload_bucket, Key=key)


def browser_may_send(stack: Stack, _seconds: float = 0) -> str:
    origin, ticket = site_origin(stack), ask_for_ticket(stack)
    answer = preflight(ticket["url"], origin, "PUT", "content-type")
    sends = lets_through(answer, origin, "PUT", "content-type")
    verdict = "it sends the file" if sends else "the browser says: blocked by CORS policy"
    return f"the browser asks S3 first, S3 answers {answer.status}, and {verdict}"


# What is planted, and how it is taken back


def forbid_list(stack: Stack) -> None:
    lambda_, name = stack.client("lambda"), stack.functions["list_files"].name
    found = if_there(lambda_.get_policy, FunctionName=name)
    for statement in json.loads(found["Policy"])["Statement"] if found else []:
        lambda_.remove_permission(FunctionName=name, StatementId=statement["Sid"])


def permit_list(stack: Stack) -> None:
    connect(stack, find_api(stack.client("apigatewayv2"), stack.api_name), "GET /files")


def silence(stack: Stack) -> None:
    deny = {"Effect": "Deny", "Action": "logs:*", "Resource": "*"}
    grant(stack.client("iam"), stack.functions["get_file"].role, DENIAL, [deny])


def let_speak(stack: Stack) -> None:
    iam, role = stack.client("iam"), stack.functions["get_file"].role
    if DENIAL in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIAL)


def misspell_prefix(stack: Stack) -> None:
    send_events(stack.client("s3"), stack.upload_bucket, stack.function_arn("index_upload"), "incomming/")


def spell_prefix(stack: Stack) -> None:
    send_events(stack.client("s3"), stack.upload_bucket, stack.function_arn("index_upload"), stack.prefix)


def add_slash(stack: Stack) -> None:
    allow_uploads_from(stack.client("s3"), stack.upload_bucket, site_origin(stack) + "/")


def drop_slash(stack: Stack) -> None:
    allow_uploads_from(stack.client("s3"), stack.upload_bucket, site_origin(stack))


def forget_table(stack: Stack) -> None:
    configure(stack, "list_files", {"UPLOAD_BUCKET": stack.upload_bucket})


def name_table(stack: Stack) -> None:
    configure(stack, "list_files", variables(stack))


DRILLS = (
    Drill(2, "The page shows no files since this morning. It says: Internal Server Error.",
          list_answers, forbid_list, permit_list,
          "API Gateway had lost the permission to invoke list_files, so the function was never called."),
    Drill(3, "Opening a file works, but when I look into get_file's log to help somebody, it has nothing.",
          log_tells, silence, let_speak,
          "A policy of get_file's role denied logs:*, and a Deny wins over every Allow."),
    Drill(4, "I uploaded a file and got no error, but it never appears in the list.",
          upload_is_listed, misspell_prefix, spell_prefix,
          "The bucket's notification named the prefix 'incomming/', so S3 told nobody."),
    Drill(5, "The page lists my files, but every upload stops before it starts.",
          browser_may_send, add_slash, drop_slash,
          "The bucket's CORS rule named the page's origin with a slash at its end, which no origin has."),
    Drill(6, "The page shows no files again! It says: Internal Server Error.",
          list_answers, forget_table, name_table,
          "list_files had lost its environment variable TABLE_NAME, so it stopped while it was imported."),
)  # fmt: skip
