"""How a function takes events: retries and destinations, and loops.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions.destinations import ACTIONS, kind_of
from cloud.functions.finding import find
from cloud.functions.kept import EventInvokeConfig
from cloud.functions.lambda_service import Function
from cloud.functions.refusals import refused
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def put_event_invoke_config(account: Account, call: Call) -> Response:
    """Set how asynchronous events are handled: all of it anew, or with Update what is named."""
    function, asked = find(account, call), call.parameters
    kept = function.kept
    config = EventInvokeConfig() if call.name.startswith("Put") else _configured(account, function)
    if not asked.keys() & {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"}:
        message = "You must specify at least one of error handling or destination setting."
        raise refused("InvalidParameterValueException", message)
    destinations = {key: value for key, value in (asked.get("DestinationConfig") or {}).items() if value}
    for kind, one in destinations.items():
        if arn := one.get("Destination"):
            check_destination(account, function, kind, arn)
    config.retries = asked.get("MaximumRetryAttempts", config.retries)
    config.age = asked.get("MaximumEventAgeInSeconds", config.age)
    config.destinations = destinations if "DestinationConfig" in asked else config.destinations
    config.modified = account.clock.now()
    kept.event_invoke[function.qualifier] = config
    return _event_config(call, account, function, config)


def check_destination(account: Account, function: Function, outcome: str, arn: str) -> None:
    """Refuse a destination that is none, or not there, that the role may not send to, or the function itself.

    The words: https://github.com/serverless/serverless/issues/7507 of an event bus, 10799 of a topic, and
    Terraform's provider, which waits while it gets them. Of a bucket Lambda only tells failures.
    """
    kind = kind_of(arn)
    if kind not in ACTIONS or (kind == "s3" and outcome == "OnSuccess"):
        told = {"OnSuccess": "null", "OnFailure": "null"} | {outcome: f"{outcome}(destination={arn})"}
        message = (
            f"The provided destination config DestinationConfig(onSuccess={told['OnSuccess']}, "
            f"onFailure={told['OnFailure']}) is invalid."
        )
        raise refused("InvalidParameterValueException", message)
    if not is_there(account, kind, arn):
        raise refused("InvalidParameterValueException", f"The destination ARN {arn} is invalid.")
    if kind == "lambda" and account.functions.arn(function.settings.name) == ":".join(arn.split(":")[:7]):
        raise refused(
            "InvalidParameterValueException", "You can't specify the function as a destination for itself."
        )
    if operation := account.asynchronous.destinations.lacks(function.role, arn):
        message = f"The function's execution role does not have permissions to call {operation} on {arn}"
        raise refused("InvalidParameterValueException", message)


def is_there(account: Account, kind: str, arn: str) -> bool:
    """Whether there is such a function, queue, topic or event bus; a bucket is not looked for."""
    match kind:
        case "lambda":
            return account.functions.find(arn) is not None
        case "sqs":
            return moto_side.queue(arn) is not None
        case "sns":
            return moto_side.topic_policy(arn) is not None
        case "events":
            return moto_side.event_bus(arn, account.region) is not None
    return True


def get_event_invoke_config(account: Account, call: Call) -> Response:
    function = find(account, call)
    return _event_config(call, account, function, _configured(account, function))


def delete_event_invoke_config(account: Account, call: Call) -> Response:
    function = find(account, call)
    _configured(account, function)
    del function.kept.event_invoke[function.qualifier]
    return Response(204)


def _configured(account: Account, function: Function) -> EventInvokeConfig:
    """What is configured for a function or a qualifier of it. Raises AwsError where nothing is."""
    config = function.kept.event_invoke.get(function.qualifier)
    if config is None:
        message = f"The function {_qualified(account, function)} doesn't have an EventInvokeConfig"
        raise refused("ResourceNotFoundException", message, 404)
    return config


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
    when = datetime.fromtimestamp(described["LastModified"], UTC).replace(tzinfo=None)
    return described | {"LastModified": when}


def _qualified(account: Account, function: Function) -> str:
    return f"{account.functions.arn(function.settings.name)}:{function.qualifier}"


def put_recursion_config(account: Account, call: Call) -> Response:
    kept, wanted = find(account, call).kept, call.parameters["RecursiveLoop"]
    kept.recursive_loop = wanted
    return call.answer({"RecursiveLoop": wanted})


def get_recursion_config(account: Account, call: Call) -> Response:
    return call.answer({"RecursiveLoop": find(account, call).kept.recursive_loop})
