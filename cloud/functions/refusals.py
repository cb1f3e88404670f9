"""What Lambda refuses of a function's settings, in Lambda's words.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.functions import constraints
from cloud.functions.destinations import kind_of
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import service

if TYPE_CHECKING:
    from cloud.account import Account

LARGEST_ENVIRONMENT = 4096  # bytes of all variables together, as JSON
RESERVED = re.compile(
    r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(ACCESS_KEY(_ID)?|DEFAULT_REGION|EXECUTION_ENV|LAMBDA_\w+|REGION|SECRET_ACCESS_KEY|"
    r"SECRET_KEY|SESSION_TOKEN|SECURITY_TOKEN)|LAMBDA_(RUNTIME_DIR|TASK_ROOT)|TZ"
)
VARIABLE_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
RUNTIME = re.compile(r"python3\.(9|1\d)")


def refused(code: str, message: str, status: int = 400, **details: str) -> AwsError:
    return AwsError(code, message, status, {"Type": "User", **details})


def check_settings(asked: Mapping[str, Any]) -> None:
    """Refuse what this cloud does not have, and what Lambda would not take. Raises AwsError."""
    runtime = asked.get("Runtime")
    if runtime is not None and not RUNTIME.fullmatch(runtime):
        message = (
            f"Value {runtime} at 'runtime' failed to satisfy constraint: the embedded cloud runs Python "
            "functions, python3.9 and newer"
        )
        raise refused("InvalidParameterValueException", message)
    if asked.get("PackageType") == "Image":
        message = "The embedded cloud runs functions from zip packages, not from container images"
        raise refused("InvalidParameterValueException", message)
    if asked.get("Layers"):
        message = "The embedded cloud has no layers: put what the function needs into its package"
        raise refused("InvalidParameterValueException", message)
    check_environment((asked.get("Environment") or {}).get("Variables") or {})


def check_snap_start(asked: Mapping[str, Any], runtime: str) -> None:
    """Snapshots are for python3.12 and newer: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""
    old = re.fullmatch(r"python3\.(\d|1[01])", runtime)
    if asked.get("ApplyOn") == "PublishedVersions" and old:
        message = f"{runtime} is not supported for SnapStart enabled functions."
        raise refused("InvalidParameterValueException", message)


def check_environment(variables: Mapping[str, str]) -> None:
    """Refuse reserved names, names that are none, and more than 4 KB."""
    prefix = (
        "Lambda was unable to configure your environment variables because the environment variables "
        "you have provided"
    )
    malformed = [
        name for name in variables if not VARIABLE_NAME.fullmatch(name) and not RESERVED.fullmatch(name)
    ]
    if malformed:
        wanted = (
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
            "[a-zA-Z]([a-zA-Z0-9_])+]"
        )
        # The value is secret. https://github.com/trek10inc/serverless-secrets/issues/39
        raise constraints.refusal([constraints.broken(None, "environment.variables", wanted)])
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


def check_role(account: Account, arn: str) -> None:
    """Refuse a role that does not exist, or that does not trust Lambda."""
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
    role = account.functions.role(role_arn, name)
    if action := account.asynchronous.destinations.lacks(role, target):
        message = f"The provided execution role does not have permissions to call {action} on {kind.upper()}"
        raise refused("InvalidParameterValueException", message)


def _role_of(account: Account, name: str) -> str:
    function = account.functions.find(name)
    return function.settings.role if function else ""
