"""Invoke: run a function and wait, hand it an event and go on, or only look whether one may.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from cloud.aws_errors import AwsError
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.finding import find
from cloud.functions.fleet import ThrottledError
from cloud.functions.lambda_service import Function
from cloud.functions.names import LATEST
from cloud.functions.payloads import check_json, check_size
from cloud.functions.refusals import refused
from cloud.http_api.events import trace_id
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

LOOP = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services "
    "resources and stopped your function's invocation."
)
LARGEST_CONTEXT = 3583  # bytes of the header, encoded
TAIL = 4096  # bytes of log that an answer may carry


def invoke(account: Account, call: Call) -> Response:
    """Run a function and wait, hand it an event and go on, or only look whether one may (DryRun)."""
    request = call.request
    function = find(account, call)
    kind = request.header("x-amz-invocation-type", "RequestResponse")
    payload = request.content or b"{}"
    check_size(payload, kind)
    check_json(payload)
    if kind == "DryRun":
        return Response(204)
    if function.reserved_concurrency == 0 and kind != "Event":
        account.metrics.of_throttle(function.settings.name)
        raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
    context = _client_context(request.header("x-amz-client-context"))
    invocation = Invocation(
        payload,
        trace=trace_id(request),
        client_context="" if kind == "Event" else context,  # it is for those who wait
        invoked_arn=_invoked_arn(function),
    )
    headers = [("x-amzn-RequestId", invocation.request_id), ("x-amzn-Trace-Id", invocation.trace)]
    if kind == "Event":
        account.asynchronous.submit_traced(_invoked_arn(function), invocation)
        return Response(202, headers)
    invocation, is_loop = account.asynchronous.trace(function, invocation)
    if is_loop:
        raise refused("RecursiveInvocationException", LOOP)
    try:
        outcome = account.functions.run(function, invocation)
    except ThrottledError as error:
        raise throttled(error.reason) from None
    headers += [("Content-Type", "application/json"), ("X-Amz-Executed-Version", outcome.version)]
    if outcome.error:
        headers.append(("X-Amz-Function-Error", outcome.error))
    if request.header("x-amz-log-type") == "Tail":
        headers.append(("X-Amz-Log-Result", base64.b64encode(_tail(outcome)).decode()))
    return Response(200, headers, outcome.payload)


def throttled(reason: str) -> AwsError:
    return refused("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason)


def _invoked_arn(function: Function) -> str:
    arn = function.settings.arn
    base = ":".join(arn.split(":")[:7])
    return base if function.qualifier == LATEST else f"{base}:{function.qualifier}"


def _client_context(header: str) -> str:
    """What the client says of itself, decoded. The refusal: https://github.com/aws/aws-sdk-js/issues/1388"""
    if not header:
        return ""
    if len(header) > LARGEST_CONTEXT:
        message = f"Client context must be at most {LARGEST_CONTEXT} bytes, Base64-encoded"
        raise refused("InvalidRequestContentException", message)
    try:
        context = base64.b64decode(header, validate=True).decode()
        if not isinstance(json.loads(context), dict):
            raise ValueError(context)
    except ValueError:
        message = "Client context must be a valid Base64-encoded JSON object"
        raise refused("InvalidRequestContentException", message) from None
    return context


def _tail(outcome: Outcome) -> bytes:
    text = "".join(text if text.endswith("\n") else f"{text}\n" for _, text in outcome.events)
    return text.encode()[-TAIL:]
