"""Who may invoke a function: the statements of its policy, one policy for each version and alias.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud.functions.finding import check_revision, latest_of, named
from cloud.functions.names import LATEST
from cloud.functions.refusals import refused
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

CONDITIONS = {  # the member of a request, and the condition that it becomes
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}


def add_permission(account: Account, call: Call) -> Response:
    """Add a statement to a policy; an id may stand there once."""
    asked, resource, statements = call.parameters, *_policy(account, call)
    if named(account, call).qualifier == LATEST:
        raise refused(
            "InvalidParameterValueException", "We currently do not support adding policies for $LATEST."
        )
    check_revision(account, named(account, call), asked.get("RevisionId"), "GetPolicy")
    wanted = asked["StatementId"]
    if any(one["Sid"] == wanted for one in statements if one["Resource"] == resource):
        message = (
            f"The statement id ({wanted}) provided already exists. Please provide a new statement id, "
            "or remove the existing statement."
        )
        raise refused("ResourceConflictException", message, 409)
    statement = statement_of(asked, resource)
    statements.append(statement)
    account.functions.revise(named(account, call))
    return call.answer({"Statement": json.dumps(statement, separators=(",", ":"))})


def statement_of(asked: Mapping[str, Any], resource: str) -> dict[str, Any]:
    """The statement that a request asks for.

    >>> statement_of({"StatementId": "x", "Action": "*", "Principal": "123456789012"}, "arn")["Principal"]
    {'AWS': 'arn:aws:iam::123456789012:root'}
    """
    statement = {
        "Sid": asked["StatementId"],
        "Effect": "Allow",
        "Principal": principal_of(asked["Principal"]),
        "Action": asked["Action"],
        "Resource": resource,
    }
    conditions: dict[str, dict[str, str]] = {}
    for member, (operator, key) in CONDITIONS.items():
        if value := asked.get(member):
            conditions.setdefault(operator, {})[key] = value
    return statement | ({"Condition": conditions} if conditions else {})


def principal_of(given: str) -> str | dict[str, str]:
    """A principal as it stands in a policy: an account is its root, a name with dots a service."""
    if given == "*":
        return given
    if re.fullmatch(r"\d{12}", given):
        return {"AWS": f"arn:aws:iam::{given}:root"}
    if re.fullmatch(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+", given):
        return {"AWS": given}
    if re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?", given) or given.startswith("alexa-"):
        return {"Service": given}
    message = "The provided principal was invalid. Please check the principal and try again."
    raise refused("InvalidParameterValueException", message)


def remove_permission(account: Account, call: Call) -> Response:
    asked, resource, statements = call.parameters, *_policy(account, call)
    own = [one for one in statements if one["Resource"] == resource]
    if not own:
        message = "No policy is associated with the given resource."
        raise refused("ResourceNotFoundException", message, 404)
    wanted = asked["StatementId"]
    found = next((one for one in own if one["Sid"] == wanted), None)
    if found is None:
        message = f"Statement {wanted} is not found in resource policy."
        raise refused("ResourceNotFoundException", message, 404)
    check_revision(account, named(account, call), asked.get("RevisionId"), "GetPolicy")
    statements.remove(found)
    account.functions.revise(named(account, call))
    return Response(204)


def get_policy(account: Account, call: Call) -> Response:
    resource, statements = _policy(account, call)
    own = [one for one in statements if one["Resource"] == resource]
    if not own:
        raise refused("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    document = {"Version": "2012-10-17", "Id": "default", "Statement": own}
    reference = named(account, call)
    revision = account.functions.revision_id(reference.name, reference.qualifier)
    return call.answer({"Policy": json.dumps(document, separators=(",", ":")), "RevisionId": revision})


def _policy(account: Account, call: Call) -> tuple[str, list[dict[str, Any]]]:
    """The resource of the policy that a call is about, and the statements of all policies of the function."""
    reference = named(account, call)
    statements: list[dict[str, Any]] = latest_of(account, reference).record.policy.statements
    resource = account.functions.arn(reference.name)
    if reference.qualifier in (None, LATEST):
        return resource, statements
    resource += f":{reference.qualifier}"
    if account.functions.find(reference.name, reference.qualifier) is None:
        what = "Function not found" if reference.qualifier.isdecimal() else "Cannot find alias arn"
        raise refused("ResourceNotFoundException", f"{what}: {resource}", 404)
    return resource, statements
