"""The operations that are answered on our side; all others are moto's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cloud import alarms, messages, metrics
from cloud.dynamodb import control as dynamodb
from cloud.functions import control as functions
from cloud.http_api import control as http_api
from cloud.identity import iam, sts
from cloud.logs import control as logs
from cloud.s3 import control as s3

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response

Handler = Callable[["Account", "Call"], "Response"]
HANDLERS: dict[str, Mapping[str, Handler]] = {
    "apigatewayv2": http_api.HANDLERS,
    "cloudwatch": {**metrics.HANDLERS, **alarms.HANDLERS},
    "dynamodb": dynamodb.HANDLERS,
    "iam": iam.HANDLERS,
    "lambda": functions.HANDLERS,
    "logs": logs.HANDLERS,
    "s3": s3.HANDLERS,
    "sns": messages.TOPICS,
    "sqs": messages.QUEUES,
    "sts": sts.HANDLERS,
}


def answer(account: Account, call: Call) -> Response:
    """Answer a call, by a handler of ours or by moto."""
    handler = HANDLERS.get(call.service, {}).get(call.name)
    return handler(account, call) if handler else account.forward(call)
