"""IAM's operations on our side: the simulator, boundaries of users, and policies that IAM would not take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.identity import simulation
from cloud.identity.policy import Policy, Source
from cloud.identity.principals import Principal

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response


def simulate_principal_policy(account: Account, call: Call) -> Response:
    """Simulate with all the policies of a user, group or role."""
    asked = call.parameters
    principal = principal_of(account, asked.get("PolicySourceArn") or "")
    policies = account.authorizer.policies_of(principal)
    policies += _input(asked, "PolicyInputList", "identity")
    if boundaries := _input(asked, "PermissionsBoundaryPolicyInputList", "boundary"):
        policies = [policy for policy in policies if policy.source != "boundary"] + boundaries
    if asked.get("CallerArn"):
        principal = principal_of(account, asked["CallerArn"])
    elif asked.get("ResourcePolicy") and principal.kind != "user":
        raise AwsError("InvalidInput", "CallerArn is required when a ResourcePolicy is given.")
    return _simulated(call, principal, policies)


def _input(asked: Mapping[str, Any], name: str, source: Source) -> list[Policy]:
    """The policies that a call brings, named as the simulator names them: ``PolicyInputList.1``."""
    given = enumerate(asked.get(name) or [], 1)
    return [Policy(document(text), source, f"{name}.{number}", text=text) for number, text in given]


def simulate_custom_policy(account: Account, call: Call) -> Response:
    """Simulate with the policies that the call brings."""
    asked = call.parameters
    policies = _input(asked, "PolicyInputList", "identity")
    policies += _input(asked, "PermissionsBoundaryPolicyInputList", "boundary")
    if asked.get("CallerArn"):
        principal = principal_of(account, asked["CallerArn"])
    elif asked.get("ResourcePolicy"):
        raise AwsError("InvalidInput", "CallerArn is required when a ResourcePolicy is given.")
    else:
        principal = Principal("user", "", account.id)
    return _simulated(call, principal, policies)


def _simulated(call: Call, principal: Principal, policies: list[Policy]) -> Response:
    asked = call.parameters
    if not asked.get("ActionNames"):
        raise AwsError("ValidationError", "ActionNames must hold at least one action")
    for action in asked["ActionNames"]:
        if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
            raise AwsError("InvalidInput", f"Invalid Action: {action}")
    if asked.get("ResourcePolicy"):
        text = asked["ResourcePolicy"]
        policies = [*policies, Policy(document(text), "resource", "ResourcePolicy", "Resource Policy", text)]
    context = simulation.context_of(asked.get("ContextEntries") or [], principal)
    results = simulation.simulate(
        principal, policies, asked["ActionNames"], asked.get("ResourceArns") or [], context
    )
    marker = str(asked.get("Marker") or "0")
    if not marker.isdigit():
        raise AwsError("ValidationError", f"Invalid Marker: {marker}")
    start, most = int(marker), int(asked.get("MaxItems") or 1000)
    page, more = results[start : start + most], start + most < len(results)
    return call.answer(
        {"EvaluationResults": page, "IsTruncated": more, **({"Marker": str(start + most)} if more else {})}
    )


def principal_of(account: Account, arn: str) -> Principal:
    """The user, role or session that an ARN names. Raises AwsError when there is none."""
    kind, _, name = arn.partition(f"::{account.id}:")[2].partition("/")
    plain = name.rsplit("/", 1)[-1]
    if kind == "role" and (role := moto_side.iam_role(plain)) is not None:
        tags = moto_side.iam_tags(role)
        return Principal("session", role.arn, account.id, role.id, plain, "", tags)
    if kind == "user" and (user := moto_side.iam_user(plain)) is not None:
        return Principal("user", user.arn, account.id, user.id, plain, tags=moto_side.iam_tags(user))
    if kind == "assumed-role" and (role := moto_side.iam_role(name.partition("/")[0])) is not None:
        return Principal("session", arn, account.id, role.id, role.name, plain)
    if kind == "group" and moto_side.iam_arn("group", plain):
        return Principal("group", arn, account.id, name=plain)
    if kind not in ("role", "user", "group", "assumed-role") or not plain:
        message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        raise AwsError("InvalidInput", message)
    raise AwsError("NoSuchEntity", f"The {kind} with name {plain} cannot be found.", 404)


def get_context_keys(account: Account, call: Call) -> Response:
    asked = call.parameters
    documents = [document(text) for text in asked.get("PolicyInputList") or []]
    if asked.get("PolicySourceArn"):
        principal = principal_of(account, asked["PolicySourceArn"])
        documents += [dict(policy.document) for policy in account.authorizer.policies_of(principal)]
    return call.answer({"ContextKeyNames": simulation.context_keys(documents)})


def document(text: str) -> Mapping[str, Any]:
    """A policy document that a call brings. Raises AwsError when it is not one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or "Statement" not in found:
        raise AwsError("InvalidInput", "The policy document is not valid JSON, or has no Statement.")
    return found


def put_user_boundary(account: Account, call: Call) -> Response:
    asked = call.parameters
    user, arn = _user(asked), asked.get("PermissionsBoundary") or ""
    if moto_side.iam_managed_policy(arn) is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    account.authorizer.user_boundaries[user] = arn
    return call.answer()


def delete_user_boundary(account: Account, call: Call) -> Response:
    account.authorizer.user_boundaries.pop(_user(call.parameters), None)
    return call.answer()


def create_user(account: Account, call: Call) -> Response:
    response = account.forward(call)
    if response.status < 300 and call.parameters.get("PermissionsBoundary"):
        account.authorizer.user_boundaries[call.parameters["UserName"]] = call.parameters[
            "PermissionsBoundary"
        ]
    return response


def delete_user(account: Account, call: Call) -> Response:
    response = account.forward(call)
    if response.status < 300:
        account.authorizer.user_boundaries.pop(call.parameters.get("UserName", ""), None)
    return response


def _user(asked: Mapping[str, Any]) -> str:
    name = str(asked.get("UserName") or "")
    if moto_side.iam_user(name) is None:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return name


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateUser": create_user,
    "DeleteUser": delete_user,
    "DeleteUserPermissionsBoundary": delete_user_boundary,
    "GetContextKeysForCustomPolicy": get_context_keys,
    "GetContextKeysForPrincipalPolicy": get_context_keys,
    "PutUserPermissionsBoundary": put_user_boundary,
    "SimulateCustomPolicy": simulate_custom_policy,
    "SimulatePrincipalPolicy": simulate_principal_policy,
}
