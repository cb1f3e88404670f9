"""Buckets, objects and functions to try a learner's work on, which leave nothing behind."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.functions import deploy_function
from dashboard.stack.roles import create_role
from dashboard.stack.storage import create_bucket
from dashboard.stack.teardown import delete_role, empty_bucket, if_there

SMALL = 2  # what one page of a client with small pages holds


def name_of(stack: Stack) -> str:
    """A name that nothing else has."""
    return f"{stack.name}-check-{secrets.token_hex(4)}"


@contextmanager
def bucket(stack: Stack) -> Iterator[str]:
    """A new bucket, as S3 makes them."""
    s3, name = stack.client("s3"), name_of(stack)
    create_bucket(s3, name)
    try:
        yield name
    finally:
        empty_bucket(s3, name)
        if_there(s3.delete_bucket, Bucket=name)


@contextmanager
def objects(stack: Stack, names: Iterable[str], body: bytes = b"checked") -> Iterator[str]:
    """Objects in the upload bucket, under a prefix of their own, which is what you get."""
    s3 = stack.client("s3")
    prefix = f"{stack.prefix}check-{secrets.token_hex(4)}/"
    keys = [prefix + name for name in names]
    try:
        for key in keys:
            s3.put_object(Bucket=stack.upload_bucket, Key=key, Body=body, ContentType="text/plain")
        yield prefix
    finally:
        for key in keys:
            if_there(s3.delete_object, Bucket=stack.upload_bucket, Key=key)


@dataclass(frozen=True)
class Run:
    """What came of one invocation: the answer, the kind of error if there was one, and what was printed."""

    answer: Any
    error: str
    log: str


@contextmanager
def function(
    stack: Stack, code: bytes, statements: Sequence[Any] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[Any], Run]]:
    """A function of that code with a role of its own; call what you get with an event."""
    lambda_, iam, name = stack.client("lambda"), stack.client("iam"), name_of(stack)
    role = f"{name}-role"
    create_role(iam, role, [*statements, NOTHING], stack.tag_list)
    try:
        arn = f"arn:aws:iam::{stack.account_id}:role/{role}"
        deploy_function(lambda_, name, arn, code, dict(environment or {}), stack.tags)
        yield lambda event: invoke(lambda_, name, event)
    finally:
        if_there(lambda_.delete_function, FunctionName=name)
        delete_role(iam, role)
        if_there(stack.client("logs").delete_log_group, logGroupName=f"/aws/lambda/{name}")


NOTHING = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}  # a policy has at least one statement


def invoke(lambda_: Any, name: str, event: Any) -> Run:
    """Invoke a function and wait for its answer."""
    answer = lambda_.invoke(FunctionName=name, Payload=json.dumps(event).encode(), LogType="Tail")
    payload = json.loads(answer["Payload"].read() or b"null")
    error = ""
    if answer.get("FunctionError"):
        error = f"{payload.get('errorType', 'Error')}: {payload.get('errorMessage', '')}"
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
    return Run(payload, error, log)


def with_small_pages(stack: Stack, service: str, operations: Mapping[str, str]) -> Any:
    """A client whose answers come in pages of two; ``operations`` names the parameter that limits each.

    What it received stands in its ``received``: one parsed answer a page.
    """
    client = stack.make_client(service)
    client.received = []

    def limit(parameter: str) -> Callable[..., None]:
        def set_limit(params: dict[str, Any], **_: Any) -> None:
            params[parameter] = min(int(params.get(parameter, SMALL)), SMALL)

        return set_limit

    def keep(parsed: Any, **_: Any) -> None:
        client.received.append(parsed)

    for operation, parameter in operations.items():
        client.meta.events.register(f"before-parameter-build.{service}.{operation}", limit(parameter))
        client.meta.events.register(f"after-call.{service}.{operation}", keep)
    return client


def reading(table: Any) -> list[tuple[str, int]]:
    """What is read through a table from now on: each operation, and how many records it looked at."""
    read: list[tuple[str, int]] = []
    for operation in ("Query", "Scan"):

        def note(parsed: dict[str, Any], operation: str = operation, **_: Any) -> None:
            read.append((operation, int(parsed.get("ScannedCount", 0))))

        table.meta.client.meta.events.register(f"after-call.dynamodb.{operation}", note)
    return read
