"""Lambda's operations on our side: invoking, and what must happen when a function changes."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from cloud.aws_errors import AwsError
from cloud.functions import packages
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import ThrottledError
from cloud.functions.lambda_service import LATEST, Function
from cloud.http_api.events import trace_id
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

LARGEST_SYNC = 6 * 1024 * 1024  # bytes
LARGEST_EVENT = 1024 * 1024  # bytes; 256 KB until October 2025
TAIL = 4096  # bytes of log that an answer may carry


def invoke(account: Account, call: Call) -> Response:
    """Run a function and wait, hand it an event and go on, or only look whether one may (DryRun)."""
    request = call.request
    kind = request.header("x-amz-invocation-type", "RequestResponse")
    function = find(account, call)
    payload = request.content or b"{}"
    limit = LARGEST_EVENT if kind == "Event" else LARGEST_SYNC
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, 413, {"Type": "User"})
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message, 400, {"Type": "User"}) from None
    if kind == "DryRun":
        return Response(204)
    if function.reserved_concurrency == 0:
        raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
    invocation = Invocation(
        payload,
        trace=trace_id(request),
        client_context=_client_context(request.header("x-amz-client-context")),
        invoked_arn=function.settings.arn,
    )
    headers = [("x-amzn-RequestId", invocation.request_id), ("x-amzn-Trace-Id", invocation.trace)]
    if kind == "Event":
        account.asynchronous.submit(function.settings.arn, invocation)
        return Response(202, headers)
    try:
        outcome = account.functions.run(function, invocation)
    except ThrottledError as error:
        raise throttled(error.reason) from None
    headers += [("Content-Type", "application/json"), ("X-Amz-Executed-Version", function.settings.version)]
    if outcome.error:
        headers.append(("X-Amz-Function-Error", outcome.error))
    if request.header("x-amz-log-type") == "Tail":
        headers.append(("X-Amz-Log-Result", base64.b64encode(_tail(outcome)).decode()))
    return Response(200, headers, outcome.payload)


def find(account: Account, call: Call) -> Function:
    """The function that a call names. Raises AwsError when there is none."""
    name = call.path_parameters["FunctionName"]
    qualifier = call.request.parameters.get("Qualifier")
    function = account.functions.find(name, qualifier)
    if function is None:
        plain = re.sub(r"^.*function:", "", name)
        plain, _, own = plain.partition(":")
        arn = f"{account.functions.arn(plain)}:{own or qualifier or LATEST}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404, {"Type": "User"})
    return function


def throttled(reason: str) -> AwsError:
    details = {"Type": "User", "Reason": reason}
    return AwsError("TooManyRequestsException", "Rate Exceeded.", 429, details)


def _client_context(header: str) -> str:
    try:
        return base64.b64decode(header).decode() if header else ""
    except ValueError:
        message = f"Client context must be a valid Base64-encoded JSON object, got {header!r}"
        raise AwsError("InvalidRequestContentException", message, 400, {"Type": "User"}) from None


def _tail(outcome: Outcome) -> bytes:
    text = "".join(text if text.endswith("\n") else f"{text}\n" for _, text in outcome.events)
    return text.encode()[-TAIL:]


def create_function(account: Account, call: Call) -> Response:
    _check_package(call)
    return account.forward(call)


def update_function(account: Account, call: Call) -> Response:
    """After a change, no environment goes on with what was."""
    _check_package(call)
    response = account.forward(call)
    if response.status < 300:
        account.functions.replace_environments(_name(call))
    return response


def delete_function(account: Account, call: Call) -> Response:
    response = account.forward(call)
    if response.status < 300:
        account.functions.replace_environments(_name(call))
    return response


def _name(call: Call) -> str:
    return re.sub(r"^.*function:", "", str(call.path_parameters["FunctionName"])).partition(":")[0]


def _check_package(call: Call) -> None:
    code = call.parameters.get("Code") or call.parameters
    if package := code.get("ZipFile"):
        try:
            packages.check(package)
        except packages.PackageError as error:
            raise AwsError("InvalidParameterValueException", str(error), 400, {"Type": "User"}) from None


HANDLERS = {
    "CreateFunction": create_function,
    "DeleteFunction": delete_function,
    "Invoke": invoke,
    "UpdateFunctionCode": update_function,
    "UpdateFunctionConfiguration": update_function,
}
