"""Where the outcome of an asynchronous invocation goes: queues, topics, event buses, other functions.

The function's own role must allow it: without the right nothing is sent, and nobody is told.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from cloud import moto_side
from cloud.functions.environment import Invocation, Outcome
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask
from cloud.identity.principals import Principal

ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


def kind_of(arn: str) -> str:
    """The service that an ARN belongs to, or nothing when it is not an ARN.

    >>> kind_of("arn:aws:sqs:us-east-1:123456789012:failures")
    'sqs'
    """
    parts = arn.split(":")
    return parts[2] if len(parts) >= 6 and parts[0] == "arn" else ""


class Destinations:
    """Sends records. ``submit`` hands an event to another function, by its ARN."""

    def __init__(
        self, authorizer: Authorizer, region: str, submit: Callable[[str, Invocation], None]
    ) -> None:
        self._authorizer, self._region, self._submit = authorizer, region, submit

    def may(self, role: Principal, arn: str) -> bool:
        """Whether a role may send to a destination."""
        action = ACTIONS.get(kind_of(arn))
        resource = f"{arn}/x" if kind_of(arn) == "s3" else arn
        return action is not None and self._authorizer.decide(Ask(role, action, (resource,))).allowed

    def send(self, role: Principal, arn: str, body: dict[str, Any]) -> bool:
        """Send a record as JSON; False when the role may not, or the destination is gone."""
        return self.send_text(role, arn, json.dumps(body, separators=(",", ":")))

    def send_text(
        self, role: Principal, arn: str, text: str, attributes: dict[str, str] | None = None
    ) -> bool:
        """Send a text as it is; attributes go along where the destination has such a thing."""
        if not self.may(role, arn):
            return False
        match kind_of(arn):
            case "sqs":
                return moto_side.send_message(arn, text, attributes or {})
            case "sns":
                return moto_side.publish(arn, text)
            case "events":
                return moto_side.put_event(arn, self._region, text)
            case "lambda":
                self._submit(arn, Invocation(text.encode()))
                return True
        return False


def record(
    condition: str,
    function_arn: str,
    invocation: Invocation,
    attempts: int,
    outcome: Outcome | None,
) -> dict[str, Any]:
    """The record of an invocation that is over: what was asked, how often it was tried, what came of it.

    ``function_arn`` is qualified, with ``$LATEST`` where nothing else was asked for.
    """
    now = time.time()
    found: dict[str, Any] = {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z",
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": _json(invocation.payload),
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": outcome.version}
        found["responseContext"] = context | ({"functionError": outcome.error} if outcome.error else {})
        found["responsePayload"] = _json(outcome.payload)
    return found


def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
