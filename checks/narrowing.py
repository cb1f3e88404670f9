"""Narrowing a role to what its function needs: one policy, one statement, and the rest as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checks import changes, permissions
from checks.change import Call, Change
from checks.look import Look
from checks.patterns import as_list, exactly_like, like
from checks.permissions import Decision
from checks.policies import allows


def narrowed(look: Look, short: str, excess: Sequence[Decision]) -> Change | None:
    """The first inline policy that allows too much, without the excess; None where no inline policy does."""
    may = permissions.of(look, short)
    for policy in look.role_details(short).get("RolePolicyList", []):
        document = changes.plain(policy["PolicyDocument"])
        kept = []
        for statement in as_list(document.get("Statement", [])):
            guilty = [
                one for one in excess if allows(statement) and grants(statement, one.action, one.resource)
            ]
            if not guilty:
                kept.append(statement)
                continue
            for action, resource in may.needed():
                if grants(statement, action, resource):
                    kept.append(needed_statement(look, action, resource))
        if kept != as_list(document.get("Statement", [])):
            return changes.role_policy(
                may.role,
                policy["PolicyName"],
                document,
                kept,
                f"Narrow the policy {policy['PolicyName']!r} of the role {may.role!r} to what {short} needs",
                ["New requests of the function are judged by the new policy within seconds."],
            )
    return None


def grants(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return any(like(str(one), action) for one in as_list(statement.get("Action", []))) and any(
        exactly_like(str(one), resource) for one in as_list(statement.get("Resource", []))
    )


def needed_statement(look: Look, action: str, resource: str) -> dict[str, Any]:
    """One needed action, on what it is needed for, with the condition that keeps to this bucket's records."""
    if action.startswith("dynamodb:"):
        own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [look.target.upload_bucket]}}
        return {"Effect": "Allow", "Action": [action], "Resource": [resource], "Condition": own}
    objects = f"arn:aws:s3:::{look.target.upload_bucket}/{look.target.prefix}"
    place = f"{objects}*" if resource.startswith(objects) else resource
    return {"Effect": "Allow", "Action": [action], "Resource": [place]}


def only_lambda(role: str, trust: Any) -> Change:
    """The trust policy that a function's role needs."""
    from dashboard.stack.roles import TRUST

    asked = {"RoleName": role}
    return changes.setting(
        f"Let only Lambda take on the role {role!r}",
        Call("iam", "get_role", asked),
        trust,
        TRUST,
        Call("iam", "update_assume_role_policy", asked | {"PolicyDocument": json.dumps(TRUST)}),
        Call("iam", "update_assume_role_policy", asked | {"PolicyDocument": json.dumps(trust)}),
        ["Sessions that others have taken on go on until they end."],
        part=("Role", "AssumeRolePolicyDocument"),  # the answer also tells when the role was last used
    )
