"""Functions: a package, a role and a log group, deployed together."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.stack.names import Stack
from dashboard.stack.package import package
from dashboard.stack.roles import create_role, may_log

RUNTIME = "python3.12"
ROLE_SECONDS = 60  # a role that IAM has just made is not known everywhere at once


def deploy(
    stack: Stack,
    short: str,
    statements: Sequence[Any],
    environment: Mapping[str, str],
    code: bytes | None = None,
) -> str:
    """Deploy one of the five functions with its role and log group, and return its ARN. Safe to run twice.

    ``code`` is a deployment package to use instead of ours: a learner's own. So are ``stack.packages``.
    """
    function = stack.functions[short]
    create_log_group(stack.client("logs"), function.log_group, stack.tags)
    logs_arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{function.log_group}"
    create_role(stack.client("iam"), function.role, [may_log(logs_arn), *statements], stack.tag_list)
    if short in stack.packages and stack.packages[short] is None and is_deployed(stack, function.name):
        return stack.function_arn(short)
    return deploy_function(
        stack.client("lambda"),
        function.name,
        f"arn:aws:iam::{stack.account_id}:role/{function.role}",
        code or stack.packages.get(short) or package(short),
        dict(environment),
        stack.tags,
    )


def is_deployed(stack, name):
    """Whether there is a function of that name."""
    lambda_ = stack.client("lambda")
    try:
        lambda_.get_function_configuration(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        return False
    return True


def create_log_group(logs, name, tags=None):
    """Make a function's log group before the function first writes to it. Safe to run twice."""
    try:
        logs.create_log_group(logGroupName=name, tags=tags or {})
    except logs.exceptions.ResourceAlreadyExistsException:
        pass


def deploy_function(lambda_, name, role_arn, code, environment, tags=None):
    """Create a function, or bring it up to date, and wait until it can run. Returns its ARN."""
    settings = {
        "Handler": "lambda_function.lambda_handler",
        "Runtime": RUNTIME,
        "Role": role_arn,
        "Environment": {"Variables": environment},
        "MemorySize": 256,  # MB
        "Timeout": 10,  # seconds
    }
    try:
        found = lambda_.get_function(FunctionName=name)["Configuration"]
    except lambda_.exceptions.ResourceNotFoundException:
        made = once_the_role_is_known(
            lambda_.create_function, FunctionName=name, Code={"ZipFile": code}, Tags=tags or {}, **settings
        )
        lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
        return made["FunctionArn"]
    if found["CodeSha256"] != base64.b64encode(hashlib.sha256(code).digest()).decode():
        lambda_.update_function_code(FunctionName=name, ZipFile=code)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
    found.setdefault("Environment", {"Variables": {}})
    if any(found.get(setting) != value for setting, value in settings.items()):
        once_the_role_is_known(lambda_.update_function_configuration, FunctionName=name, **settings)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
    return found["FunctionArn"]


def once_the_role_is_known(call, **asked):
    """Call Lambda, and again for a while: IAM's roles take seconds to be known to it on AWS."""
    until = time.monotonic() + ROLE_SECONDS
    while True:
        try:
            return call(**asked)
        except call.__self__.exceptions.InvalidParameterValueException as error:
            if "cannot be assumed" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(1)


def permit(lambda_, function, statement_id, principal, source_arn, source_account=None):
    """Let one API route or one bucket invoke a function. Replaces what an earlier run permitted."""
    asked = {
        "FunctionName": function,
        "StatementId": statement_id,
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
        "SourceArn": source_arn,
    } | ({"SourceAccount": source_account} if source_account else {})
    try:
        lambda_.add_permission(**asked)
    except lambda_.exceptions.ResourceConflictException:
        lambda_.remove_permission(FunctionName=function, StatementId=statement_id)
        lambda_.add_permission(**asked)
