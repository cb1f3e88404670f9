"""Functions are made, changed and shown: what moto keeps, and the settings that it does not.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions.machine import runtime_version_arn
from cloud.functions.refusals import (
    check_dead_letter,
    check_package,
    check_role,
    check_settings,
    find,
    refused,
)
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


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
    function = find(account, call)
    response = account.forward(call)
    if call.name == "GetFunction" and function.reserved_concurrency == 0:  # moto leaves a zero out
        answer = json.loads(response.content) | {"Concurrency": {"ReservedConcurrentExecutions": 0}}
        response.body = json.dumps(answer).encode()
    return shown(account, response, {})


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
