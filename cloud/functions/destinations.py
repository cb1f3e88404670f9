"""Where the outcome of an asynchronous invocation goes: queues, topics, buses, buckets, other functions.

The function's own role must allow it: without the right nothing is sent, and nobody is told.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cloud import clock, moto_side
from cloud.functions.environment import Invocation, Outcome
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask
from cloud.identity.principals import Principal

ACTIONS = {  # what a role must be allowed, and on what part of the destination
    "events": (("events:PutEvents", ""),),
    "lambda": (("lambda:InvokeFunction", ""),),
    "s3": (("s3:PutObject", "/*"), ("s3:ListBucket", "")),
    "sns": (("sns:Publish", ""),),
    "sqs": (("sqs:SendMessage", ""),),
}
Deposit = Callable[[Principal, str, str, str], bool]  # as whom, bucket, key, text


def kind_of(arn: str) -> str:
    """The service that an ARN belongs to, or nothing when it is not an ARN.

    >>> kind_of("arn:aws:sqs:us-east-1:123456789012:failures")
    'sqs'
    """
    parts = arn.split(":")
    return parts[2] if len(parts) >= 6 and parts[0] == "arn" else ""


class Destinations:
    """Sends records. ``hand_on`` gives an event to another function; ``deposit`` stores an object."""

    def __init__(
        self,
        authorizer: Authorizer,
        region: str,
        hand_on: Callable[[str, Invocation], bool],
        deposit: Deposit,
    ) -> None:
        self._authorizer, self._region = authorizer, region
        self._hand_on, self._deposit = hand_on, deposit

    def lacks(self, role: Principal, arn: str) -> str:
        """The operation that a role may not call to send to a destination; empty when it may send."""
        for action, part in ACTIONS[kind_of(arn)]:
            if not self._authorizer.decide(Ask(role, action, (arn + part,))).allowed:
                return action.partition(":")[2]
        return ""

    def send(self, role: Principal, arn: str, body: dict[str, Any], trace: str = "") -> bool:
        """Send a record as JSON; False when the role may not, or the destination is gone or takes none.

        ``trace`` is the trace header of the invocation that the record tells of.
        """
        text = json.dumps(body, separators=(",", ":"))
        function_arn = body["requestContext"]["functionArn"]
        if kind_of(arn) not in ACTIONS or (kind_of(arn) != "s3" and self.lacks(role, arn)):
            return False
        match kind_of(arn):
            case "events":
                result = "Success" if body["requestContext"]["condition"] == "Success" else "Failure"
                return moto_side.put_outcome(arn, self._region, result, function_arn, text)
            case "lambda":
                return self._hand_on(arn, Invocation(text.encode(), trace=trace))
            case "s3":
                return self._deposit(role, arn.rsplit(":", 1)[-1], object_key(function_arn), text)
            case _:
                return _send(arn, text, {})

    def send_letter(self, role: Principal, arn: str, text: str, attributes: Mapping[str, str]) -> bool:
        """Send an event to a dead-letter queue or topic; attributes go along to a queue."""
        return not self.lacks(role, arn) and _send(arn, text, attributes)


def _send(arn: str, text: str, attributes: Mapping[str, str]) -> bool:
    """Send to a queue or a topic. Those that keep an order take nothing from Lambda."""
    if arn.endswith(".fifo"):
        return False
    try:
        return (
            moto_side.send_message(arn, text, attributes)
            if kind_of(arn) == "sqs"
            else moto_side.publish(arn, text)
        )
    except moto_side.Refused:  # a text that is too long
        return False


def object_key(function_arn: str) -> str:
    """Where in a bucket a record is stored.

    >>> object_key("arn:aws:lambda:us-east-1:123456789012:function:cats:live")[:22]
    'aws/lambda/async/cats/'
    """
    now = time.gmtime()
    day, moment = time.strftime("%Y/%m/%d", now), time.strftime("%Y-%m-%dT%H.%M.%S", now)
    return f"aws/lambda/async/{function_arn.split(':')[6]}/{day}/{moment}-{uuid.uuid4()}"


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
    found: dict[str, Any] = {
        "version": "1.0",
        "timestamp": clock.told(time.time()),
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
