"""Lambda's operations on our side: invoking, what Lambda refuses, and the settings that moto does not keep.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.functions import packages
from cloud.functions.destinations import kind_of
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import ThrottledError
from cloud.functions.kept import LATEST, EventInvokeConfig
from cloud.functions.lambda_service import Function
from cloud.functions.machine import runtime_version_arn
from cloud.http_api.events import trace_id
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import service
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

LARGEST_SYNC = 6 * 1024 * 1024  # bytes
LARGEST_EVENT = 1024 * 1024  # bytes; 256 KB until October 2025
TAIL = 4096  # bytes of log that an answer may carry
LARGEST_ENVIRONMENT = 4096  # bytes of all variables together, as JSON
RESERVED = re.compile(
    r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(ACCESS_KEY(_ID)?|DEFAULT_REGION|EXECUTION_ENV|LAMBDA_\w+|REGION|SECRET_ACCESS_KEY|"
    r"SECRET_KEY|SESSION_TOKEN|SECURITY_TOKEN)|LAMBDA_(RUNTIME_DIR|TASK_ROOT)|TZ"
)
VARIABLE_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
ROLE = re.compile(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")
RUNTIME = re.compile(r"python3\.(9|1\d)")
LIMITS = {"Timeout": ("timeout", 1, 900), "MemorySize": ("memorySize", 128, 10_240)}


def refused(code: str, message: str, status: int = 400, **details: str) -> AwsError:
    return AwsError(code, message, status, {"Type": "User", **details})


# ---- invoking ----------------------------------------------------------------------------------------------


def invoke(account: Account, call: Call) -> Response:
    """Run a function and wait, hand it an event and go on, or only look whether one may (DryRun)."""
    request = call.request
    kind = request.header("x-amz-invocation-type", "RequestResponse")
    if kind not in ("RequestResponse", "Event", "DryRun"):
        raise refused("InvalidParameterValueException", f"Unknown invocation type: {kind}")
    function = find(account, call)
    payload = request.content or b"{}"
    limit = LARGEST_EVENT if kind == "Event" else LARGEST_SYNC
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise refused("RequestTooLargeException", message, 413)
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise refused("InvalidRequestContentException", message) from None
    if kind == "DryRun":
        return Response(204)
    if function.reserved_concurrency == 0 and kind != "Event":
        account.metrics.of_throttle(function.settings.name)
        raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
    invocation = Invocation(
        payload,
        trace=trace_id(request),
        client_context=_client_context(request.header("x-amz-client-context")),
        invoked_arn=_invoked_arn(function),
    )
    headers = [("x-amzn-RequestId", invocation.request_id), ("x-amzn-Trace-Id", invocation.trace)]
    if kind == "Event":
        account.asynchronous.submit(_invoked_arn(function), invocation)
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
    given, qualifier = call.path_parameters["FunctionName"], call.request.parameters.get("Qualifier")
    function = account.functions.find(given, qualifier)
    if function is None:
        name, _, own = re.sub(r"^.*function:", "", given).partition(":")
        wanted = own or qualifier or (LATEST if call.name == "Invoke" else "")
        arn = account.functions.arn(name) + (f":{wanted}" if wanted else "")
        raise refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
    return function


def throttled(reason: str) -> AwsError:
    return refused("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason)


def _invoked_arn(function: Function) -> str:
    arn = function.settings.arn
    base = ":".join(arn.split(":")[:7])
    return base if function.qualifier == LATEST else f"{base}:{function.qualifier}"


def _client_context(header: str) -> str:
    try:
        return base64.b64decode(header, validate=True).decode() if header else ""
    except ValueError:
        message = f"Client context must be a valid Base64-encoded JSON object, got {header!r}"
        raise refused("InvalidRequestContentException", message) from None


def _tail(outcome: Outcome) -> bytes:
    text = "".join(text if text.endswith("\n") else f"{text}\n" for _, text in outcome.events)
    return text.encode()[-TAIL:]


# ---- creating and changing ---------------------------------------------------------------------------------


def create_function(account: Account, call: Call) -> Response:
    asked = call.parameters
    check_settings(asked)
    check_package(asked.get("Code") or {})
    check_role(account, asked.get("Role") or "")
    name = str(asked.get("FunctionName", "")).rpartition("function:")[2].partition(":")[0]
    if moto_side.lambda_function(name, None, account.region) is not None:
        raise refused("ResourceConflictException", f"Function already exist: {name}", 409)
    check_dead_letter(account, asked, name)
    account.functions.kept.forget(name)
    response = account.forward(call)
    if response.status >= 300:
        return response
    keep(account, name, asked)
    creating = {
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "State": "Pending",
    }
    return shown(account, response, creating)


def update_configuration(account: Account, call: Call) -> Response:
    asked, name = call.parameters, find(account, call).settings.name
    check_settings(asked)
    if asked.get("Role"):
        check_role(account, asked["Role"])
    check_dead_letter(account, asked, name)
    return changed(account, call, name)


def update_code(account: Account, call: Call) -> Response:
    name = find(account, call).settings.name
    check_package(call.parameters)
    return changed(account, call, name)


def changed(account: Account, call: Call, name: str) -> Response:
    """After a change, no environment goes on with what was."""
    response = account.forward(call)
    if response.status >= 300:
        return response
    keep(account, name, call.parameters)
    account.functions.replace_environments(name)
    updating = {
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
    }
    return shown(account, response, updating)


def delete_function(account: Account, call: Call) -> Response:
    name = find(account, call).settings.name
    response = account.forward(call)
    if response.status < 300:
        account.functions.replace_environments(name)
        if moto_side.lambda_function(name, None, account.region) is None:
            account.functions.kept.forget(name)
    return response


def get_function(account: Account, call: Call) -> Response:
    find(account, call)
    return shown(account, account.forward(call), {})


def keep(account: Account, name: str, asked: Mapping[str, Any]) -> None:
    """Note the settings that moto drops."""
    kept = account.functions.kept.of(name)
    if "DeadLetterConfig" in asked:
        kept.dead_letter_arn = (asked["DeadLetterConfig"] or {}).get("TargetArn") or ""
    if "LoggingConfig" in asked:
        logging = asked["LoggingConfig"] or {}
        kept.log_group = logging.get("LogGroup") or kept.log_group
        kept.log_format = logging.get("LogFormat") or kept.log_format


def shown(account: Account, response: Response, state: Mapping[str, str]) -> Response:
    """A function's configuration with the members that moto leaves out."""
    if response.status >= 300:
        return response
    answer = json.loads(response.content)
    configuration = answer.get("Configuration", answer)
    name = configuration["FunctionName"]
    kept = account.functions.kept.of(name)
    configuration |= state
    configuration["LoggingConfig"] = {
        "LogFormat": kept.log_format,
        "LogGroup": kept.log_group or f"/aws/lambda/{name}",
    }
    configuration["RuntimeVersionConfig"] = {
        "RuntimeVersionArn": runtime_version_arn(configuration.get("Runtime") or "", account.region)
    }
    configuration["RevisionId"] = account.functions.revision_id(name)
    if kept.dead_letter_arn:
        configuration["DeadLetterConfig"] = {"TargetArn": kept.dead_letter_arn}
    response.body = json.dumps(answer).encode()
    response.set("Content-Length", str(len(response.body)))
    return response


def check_settings(asked: Mapping[str, Any]) -> None:
    """Refuse what Lambda would not take. Raises AwsError."""
    for member, (name, least, most) in LIMITS.items():
        value = asked.get(member)
        if value is not None and not least <= value <= most:
            word, bound = ("greater", least) if value < least else ("less", most)
            wanted = f"Member must have value {word} than or equal to {bound}"
            raise refused("ValidationException", _constraint(str(value), name, wanted))
    runtime = asked.get("Runtime")
    if runtime is not None and not RUNTIME.fullmatch(runtime):
        message = (
            f"Value {runtime} at 'runtime' failed to satisfy constraint: the embedded cloud runs Python functions, "
            "python3.9 and newer"
        )
        raise refused("InvalidParameterValueException", message)
    if asked.get("PackageType") == "Image":
        message = "The embedded cloud runs functions from zip packages, not from container images"
        raise refused("InvalidParameterValueException", message)
    if asked.get("Layers"):
        message = "The embedded cloud has no layers: put what the function needs into its package"
        raise refused("InvalidParameterValueException", message)
    handler = asked.get("Handler")
    if handler is not None and not re.fullmatch(r"\S{1,128}", handler):
        wanted = r"Member must satisfy regular expression pattern: [^\s]+"
        raise refused("ValidationException", _constraint(handler, "handler", wanted))
    check_environment((asked.get("Environment") or {}).get("Variables") or {})


def _constraint(value: str, name: str, wanted: str) -> str:
    return f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}"


def check_environment(variables: Mapping[str, str]) -> None:
    """Refuse reserved names, names that are none, and more than 4 KB."""
    prefix = "Lambda was unable to configure your environment variables because the environment variables you have provided"
    malformed = [
        name for name in variables if not VARIABLE_NAME.fullmatch(name) and not RESERVED.fullmatch(name)
    ]
    if malformed:
        wanted = (
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
            "[a-zA-Z]([a-zA-Z0-9_])+]"
        )
        shown_value = "{" + ", ".join(f"{name}={variables[name]}" for name in malformed) + "}"
        raise refused("ValidationException", _constraint(shown_value, "environment.variables", wanted))
    reserved = [name for name in variables if RESERVED.fullmatch(name)]
    if reserved:
        message = (
            f"{prefix} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
        raise refused("InvalidParameterValueException", message)
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > LARGEST_ENVIRONMENT:
        raise refused(
            "InvalidParameterValueException", f"{prefix} exceeded the 4KB limit. String measured: {measured}"
        )


def check_package(code: Mapping[str, Any]) -> None:
    if package := code.get("ZipFile"):
        try:
            packages.check(package)
        except packages.PackageError as error:
            raise refused("InvalidParameterValueException", str(error)) from None


def check_role(account: Account, arn: str) -> None:
    """Refuse a role that is none, or that does not trust Lambda."""
    if not ROLE.fullmatch(arn):
        wanted = f"Member must satisfy regular expression pattern: {ROLE.pattern}"
        raise refused("ValidationException", _constraint(arn, "role", wanted))
    role = moto_side.iam_role(arn.rsplit("/", 1)[-1])
    trust = Policy(engine.parse(role.assume_role_policy_document if role else "{}"), "resource")
    context = {"aws:sourceaccount": account.id, "aws:sourcearn": account.functions.arn("*")}
    ask = Ask(service("lambda.amazonaws.com"), "sts:AssumeRole", (arn,), context)
    if role is None or not engine.decide(ask, [trust]).allowed:
        message = "The role defined for the function cannot be assumed by Lambda."
        raise refused("InvalidParameterValueException", message)


def check_dead_letter(account: Account, asked: Mapping[str, Any], name: str) -> None:
    """Refuse a dead-letter queue that the role may not send to."""
    target = (asked.get("DeadLetterConfig") or {}).get("TargetArn")
    if not target:
        return
    kind = kind_of(target)
    if kind not in ("sqs", "sns"):
        message = f"The target ARN {target} of the dead-letter config is not of a queue or a topic"
        raise refused("InvalidParameterValueException", message)
    role_arn = asked.get("Role") or _role_of(account, name)
    if not account.asynchronous.destinations.may(account.functions.role(role_arn, name), target):
        action = "SendMessage on SQS" if kind == "sqs" else "Publish on SNS"
        message = f"The provided execution role does not have permissions to call {action}"
        raise refused("InvalidParameterValueException", message)


def _role_of(account: Account, name: str) -> str:
    function = account.functions.find(name)
    return function.settings.role if function else ""


# ---- events, loops, permissions ----------------------------------------------------------------------------


def put_event_invoke_config(account: Account, call: Call) -> Response:
    """Set how asynchronous events are handled: all of it anew, or with Update what is named."""
    function, asked = find(account, call), call.parameters
    kept = function.kept
    fresh = call.name.startswith("Put") or function.qualifier not in kept.event_invoke
    config = EventInvokeConfig() if fresh else kept.event_invoke[function.qualifier]
    _bounds(asked.get("MaximumRetryAttempts"), "maximumRetryAttempts", 0, 2)
    _bounds(asked.get("MaximumEventAgeInSeconds"), "maximumEventAgeInSeconds", 60, 21_600)
    destinations = {key: value for key, value in (asked.get("DestinationConfig") or {}).items() if value}
    for one in destinations.values():
        check_destination(account, function, one.get("Destination") or "")
    config.retries = asked.get("MaximumRetryAttempts", config.retries)
    config.age = asked.get("MaximumEventAgeInSeconds", config.age)
    config.destinations = destinations if "DestinationConfig" in asked else config.destinations
    config.modified = account.clock.now()
    kept.event_invoke[function.qualifier] = config
    return _event_config(call, account, function, config)


def check_destination(account: Account, function: Function, arn: str) -> None:
    """Refuse a destination that is none, that the role may not send to, or that is the function itself."""
    kind = kind_of(arn)
    if kind not in ("sqs", "sns", "lambda", "events", "s3"):
        message = f"The provided destination {arn} is not valid"
        raise refused("InvalidParameterValueException", message)
    if kind == "lambda" and account.functions.arn(function.settings.name) == ":".join(arn.split(":")[:7]):
        raise refused(
            "InvalidParameterValueException", "You can't specify the function as a destination for itself."
        )
    if not account.asynchronous.destinations.may(function.role, arn):
        message = f"The function's execution role does not have permissions to call {_verb(kind)} on {arn}"
        raise refused("InvalidParameterValueException", message)


def _verb(kind: str) -> str:
    return {
        "sqs": "SendMessage",
        "sns": "Publish",
        "lambda": "InvokeFunction",
        "events": "PutEvents",
        "s3": "PutObject",
    }[kind]


def _bounds(value: int | None, name: str, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        word, bound = ("greater", least) if value < least else ("less", most)
        wanted = f"Member must have value {word} than or equal to {bound}"
        raise refused("ValidationException", _constraint(str(value), name, wanted))


def get_event_invoke_config(account: Account, call: Call) -> Response:
    function = find(account, call)
    config = function.kept.event_invoke.get(function.qualifier)
    if config is None:
        arn = _qualified(account, function)
        raise refused(
            "ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", 404
        )
    return _event_config(call, account, function, config)


def delete_event_invoke_config(account: Account, call: Call) -> Response:
    function = find(account, call)
    if function.kept.event_invoke.pop(function.qualifier, None) is None:
        arn = _qualified(account, function)
        raise refused(
            "ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", 404
        )
    return Response(204)


def list_event_invoke_configs(account: Account, call: Call) -> Response:
    function = find(account, call)
    base = account.functions.arn(function.settings.name)
    configs = [
        _dated(config.described(f"{base}:{qualifier}"))
        for qualifier, config in function.kept.event_invoke.items()
    ]
    return call.answer({"FunctionEventInvokeConfigs": configs})


def _event_config(call: Call, account: Account, function: Function, config: EventInvokeConfig) -> Response:
    return call.answer(_dated(config.described(_qualified(account, function))))


def _dated(described: dict[str, Any]) -> dict[str, Any]:
    when = datetime.fromtimestamp(described["LastModified"], timezone.utc).replace(tzinfo=None)
    return described | {"LastModified": when}


def _qualified(account: Account, function: Function) -> str:
    return f"{account.functions.arn(function.settings.name)}:{function.qualifier}"


def put_recursion_config(account: Account, call: Call) -> Response:
    kept, wanted = find(account, call).kept, call.parameters.get("RecursiveLoop")
    if wanted not in ("Allow", "Terminate"):
        message = _constraint(
            str(wanted), "recursiveLoop", "Member must satisfy enum value set: [Terminate, Allow]"
        )
        raise refused("ValidationException", message)
    kept.recursive_loop = wanted
    return call.answer({"RecursiveLoop": wanted})


def get_recursion_config(account: Account, call: Call) -> Response:
    return call.answer({"RecursiveLoop": find(account, call).kept.recursive_loop})


def add_permission(account: Account, call: Call) -> Response:
    """Add a statement to a function's policy; an id may stand there once."""
    function, wanted = find(account, call), call.parameters.get("StatementId") or ""
    if any(statement.get("Sid") == wanted for statement in function.record.policy.statements):
        message = (
            f"The statement id ({wanted}) provided already exists. Please provide a new statement id, "
            "or remove the existing statement."
        )
        raise refused("ResourceConflictException", message, 409)
    response = account.forward(call)
    if response.status < 300:
        response.status = 201
    return response


def not_here(account: Account, call: Call) -> Response:
    message = f"The embedded cloud does not answer {call.name}."
    raise AwsError("NotImplemented", message, 501)


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "AddPermission": add_permission,
    "CreateFunction": create_function,
    "DeleteFunction": delete_function,
    "DeleteFunctionEventInvokeConfig": delete_event_invoke_config,
    "GetFunction": get_function,
    "GetFunctionConfiguration": get_function,
    "GetFunctionEventInvokeConfig": get_event_invoke_config,
    "GetFunctionRecursionConfig": get_recursion_config,
    "Invoke": invoke,
    "InvokeAsync": not_here,
    "InvokeWithResponseStream": not_here,
    "ListFunctionEventInvokeConfigs": list_event_invoke_configs,
    "PutFunctionEventInvokeConfig": put_event_invoke_config,
    "PutFunctionRecursionConfig": put_recursion_config,
    "UpdateFunctionCode": update_code,
    "UpdateFunctionConfiguration": update_configuration,
    "UpdateFunctionEventInvokeConfig": put_event_invoke_config,
}
