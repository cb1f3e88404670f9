"""Functions are made, changed and shown: what moto keeps, and the settings that it does not.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions import constraints, sources, tagging
from cloud.functions.describing import CREATING, UPDATING, described
from cloud.functions.finding import check_revision, find, latest_of, named, unversioned, with_plain_name
from cloud.functions.kept import KeptVersion
from cloud.functions.names import LATEST, Reference
from cloud.functions.refusals import (
    check_dead_letter,
    check_role,
    check_settings,
    check_snap_start,
    refused,
)
from cloud.functions.versions import keep_published, publish
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

LONGEST_NAME = 64  # characters of a name alone


def create_function(account: Account, call: Call) -> Response:
    asked, name = call.parameters, named(account, call).name
    check_name(asked["FunctionName"], name)
    check_settings(asked)
    if not (asked.get("Runtime") and asked.get("Handler")):
        message = (
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
        raise refused("InvalidParameterValueException", message)
    check_snap_start(asked.get("SnapStart") or {}, asked.get("Runtime") or "")
    tagging.check(asked.get("Tags") or {})
    package = sources.package(account, call, asked["Code"])
    check_role(account, asked["Role"])
    if moto_side.lambda_function(name, None, account.region) is not None:
        raise refused("ResourceConflictException", f"Function already exist: {name}", 409)
    check_dead_letter(account, asked, name)
    account.functions.kept.forget(name)
    keep(account, name, asked)
    body = json.loads(call.request.content) | {"FunctionName": name, "Code": _direct(package)}
    response = account.forward(call.with_content(json.dumps(body).encode()))
    if response.status >= 300:
        account.functions.kept.forget(name)
        return response
    keep_published(account, name)
    version = "1" if asked.get("Publish") else None
    return call.answer(described(account, moto_side.lambda_function(name, version, account.region), CREATING))


def check_name(given: str, name: str) -> None:
    """Refuse a name that is too long, whatever the ARN around it may have."""
    if len(name) > LONGEST_NAME:
        wanted = f"Member must have length less than or equal to {LONGEST_NAME}"
        message = constraints.refusal([constraints.broken(given, "functionName", wanted)]).message
        raise refused("InvalidParameterValueException", message)


def update_configuration(account: Account, call: Call) -> Response:
    asked, reference = call.parameters, unversioned(account, call)
    name = latest_of(account, reference).settings.name
    check_revision(account, reference, asked.get("RevisionId"))
    check_settings(asked)
    snap_start = asked.get("SnapStart") or {"ApplyOn": account.functions.kept.of(name).latest.snap_start}
    check_snap_start(snap_start, asked.get("Runtime") or str(latest_of(account, reference).latest.run_time))
    if asked.get("Role"):
        check_role(account, asked["Role"])
    check_dead_letter(account, asked, name)
    with_logging(account.functions.kept.of(name).latest, asked.get("LoggingConfig") or {})
    return changed(account, call, name)


def update_code(account: Account, call: Call) -> Response:
    asked, reference = call.parameters, unversioned(account, call)
    name = latest_of(account, reference).settings.name
    check_revision(account, reference, asked.get("RevisionId"))
    if asked.get("ImageUri"):
        message = "Please don't provide ImageUri when updating a function with packageType Zip."
        raise refused("InvalidParameterValueException", message)
    package = sources.package(account, call, asked)
    if asked.get("DryRun"):
        return call.answer(described(account, moto_side.lambda_function(name, None, account.region)))
    return changed(account, call, name, _direct(package))


def _direct(package: bytes) -> dict[str, str]:
    """A package as a request brings it, wherever it came from."""
    return {"ZipFile": base64.b64encode(package).decode()}


def changed(
    account: Account, call: Call, name: str, more: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    """After a change, no environment goes on with what was. ``more`` is for moto."""
    asked, given = call.parameters, json.loads(call.request.content)
    left_out = ("Publish", "S3Bucket", "S3Key", "S3ObjectVersion")
    body = {key: value for key, value in given.items() if key not in left_out} | dict(more)
    if "Environment" in body:
        body["Environment"] = {"Variables": (body["Environment"] or {}).get("Variables") or {}}
    forwarded = with_plain_name(call.with_content(json.dumps(body).encode()), Reference(name))
    response = account.forward(forwarded)
    if response.status >= 300:
        return response
    keep(account, name, asked)
    moto_side.configure_lambda(name, asked, account.region)
    account.functions.replace_environments(name)
    if asked.get("Publish"):
        return call.answer(described(account, publish(account, name)))
    return call.answer(described(account, moto_side.lambda_function(name, None, account.region), UPDATING))


def get_function(account: Account, call: Call) -> Response:
    """GetFunction and GetFunctionConfiguration. An alias is shown with its own ARN."""
    function, reference = find(account, call), named(account, call)
    configuration = described(account, function.record, qualified=reference.qualifier == LATEST)
    if reference.qualifier in moto_side.lambda_aliases(reference.name, account.region):
        configuration["FunctionArn"] = f"{account.functions.arn(reference.name)}:{reference.qualifier}"
    if call.name == "GetFunctionConfiguration":
        return call.answer(configuration)
    answer = function.record.get_code() | {"Configuration": configuration}
    reserved = function.reserved_concurrency
    concurrency = {} if reserved is None else {"Concurrency": {"ReservedConcurrentExecutions": reserved}}
    return call.answer(answer | concurrency)


def keep(account: Account, name: str, asked: Mapping[str, Any]) -> None:
    """Note the settings that moto drops."""
    kept = account.functions.kept.of(name)
    if "DeadLetterConfig" in asked:
        target = asked["DeadLetterConfig"].get("TargetArn") or ""
        kept.latest = replace(kept.latest, dead_letter_arn=target)
    if "SnapStart" in asked:
        kept.latest = replace(kept.latest, snap_start=asked["SnapStart"].get("ApplyOn") or "None")
    if "LoggingConfig" in asked:
        kept.latest = with_logging(kept.latest, asked["LoggingConfig"])


def with_logging(now: KeptVersion, asked: Mapping[str, Any]) -> KeptVersion:
    """The settings of a log after a change. Levels are of JSON only, and forgotten with it.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    log_format = asked.get("LogFormat") or now.log_format
    levels = {"application_log_level": "ApplicationLogLevel", "system_log_level": "SystemLogLevel"}
    if log_format == "Text" and any(asked.get(member) for member in levels.values()):
        message = (
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or '
            'change the LogFormat to "JSON" and try again.'
        )
        raise refused("InvalidParameterValueException", message)
    former = now if log_format == now.log_format else KeptVersion()
    return replace(
        now,
        log_group=asked.get("LogGroup") or now.log_group,
        log_format=log_format,
        **{name: asked.get(member) or getattr(former, name) for name, member in levels.items()},
    )
