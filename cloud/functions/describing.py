"""A function's configuration as Lambda answers it: moto's record of it, and what we keep beside that.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud.functions.kept import KeptVersion
from cloud.functions.machine import runtime_version_arn
from cloud.functions.names import LATEST

if TYPE_CHECKING:
    from cloud.account import Account

CREATING: Mapping[str, str] = {
    "State": "Pending",
    "StateReason": "The function is being created.",
    "StateReasonCode": "Creating",
}
UPDATING: Mapping[str, str] = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}


def described(
    account: Account, record: Any, state: Mapping[str, str] | None = None, *, qualified: bool = False
) -> dict[str, Any]:
    """The configuration of a function, or of one version of it.

    ``state`` is what is said of it while it changes; ``qualified`` shows ``$LATEST`` in the ARN as well.
    """
    found: dict[str, Any] = {
        member: value for member, value in record.get_configuration().items() if value is not None
    }
    if not found.get("Layers"):
        found.pop("Layers", None)
    found["LastModified"] = f"{found['LastModified'][:23]}+0000"  # milliseconds, and an offset instead of Z
    name, version = found["FunctionName"], found["Version"]
    kept = account.functions.kept.of(name).version(version)
    if qualified and version == LATEST:
        found["FunctionArn"] = f"{account.functions.arn(name)}:{LATEST}"
    if version != LATEST or state == CREATING:
        found.pop("LastUpdateStatus", None)  # a version is never updated, a new function was not yet
    found |= {
        "LoggingConfig": {
            "LogFormat": kept.log_format,
            "LogGroup": kept.log_group or f"/aws/lambda/{name}",
        }
        | _levels(kept),
        "RuntimeVersionConfig": {
            "RuntimeVersionArn": runtime_version_arn(found.get("Runtime") or "", account.region)
        },
        "RevisionId": account.functions.revision_id(name, version),
    }
    snapped = kept.snap_start == "PublishedVersions" and version != LATEST
    found["SnapStart"] = {"ApplyOn": kept.snap_start, "OptimizationStatus": "On" if snapped else "Off"}
    if kept.dead_letter_arn:
        found["DeadLetterConfig"] = {"TargetArn": kept.dead_letter_arn}
    return found | dict(state or {})


def _levels(kept: KeptVersion) -> dict[str, str]:
    """The levels of a log, which only JSON has."""
    if kept.log_format != "JSON":
        return {}
    return {"ApplicationLogLevel": kept.application_log_level, "SystemLogLevel": kept.system_log_level}
