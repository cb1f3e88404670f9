"""What a bucket's own policy gives to a function's role, or takes from it.

The simulator answers for a role's policies; a bucket's policy speaks beside them, and is read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.actions import BUCKET, OBJECT, SAMPLE
from checks.asking import Answer
from checks.documents import statements
from checks.patterns import as_list, exactly_like, like
from checks.permissions import Decision, Permissions
from checks.policies import allows, conditions, holds, principals, sid, strangers

HELD = {"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:securetransport"}


def bucket_says(policy: Answer, may: Permissions, bucket: str) -> tuple[list[Decision], list[Decision]]:
    """What a bucket's policy lets a role do beyond its need, and what it denies of the need."""
    given, taken = [], []
    needed = [(action, resource) for action, resource in may.needed() if action.startswith("s3:")]
    for statement in statements(policy.get("Policy")):
        if not names(statement, may):
            continue
        if allows(statement):
            given += [
                decided("allowed", statement, action, resource)
                for action, resource in granted(statement, may, bucket)
                if not may.meant(action, resource)
            ]
        elif holds(statement, requests(may)):
            taken += [
                decided("explicitDeny", statement, action, resource)
                for action, resource in needed
                if speaks_of(statement, action, resource)
            ]
    return given, taken


def names(statement: Mapping[str, Any], may: Permissions) -> bool:
    """Whether a statement speaks of the role: by its ARN, as everybody, or in a Deny as the account."""
    account = may.look.target.account_id
    role = str(may.look.function(may.short)["Role"])
    if allows(statement) and (
        strangers(statement, account) or any(key not in HELD for _, key, _ in conditions(statement))
    ):
        return False  # it lets in others too, and SECURITY-2 says so; or it may not hold
    if "NotPrincipal" in statement:
        return ("AWS", role) not in principals({"Principal": statement["NotPrincipal"]})
    whole_account = {account, f"arn:aws:iam::{account}:root"}
    named = {name for kind, name in principals(statement) if kind == "AWS"}
    sessions = f"arn:aws:sts::{account}:assumed-role/{may.role}/"
    if named & {"*", role} or any(name.startswith(sessions) for name in named):
        return True
    return not allows(statement) and bool(named & whole_account)


def requests(may: Permissions) -> dict[str, str | None]:
    """What the function's requests to S3 are known to carry; None for what they come without.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    target, function = may.look.target, may.look.function(may.short)
    known: dict[str, str | None] = {
        "aws:principalarn": str(function["Role"]),
        "aws:principalaccount": target.account_id,
        "aws:securetransport": "true",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
    }
    if not function.get("VpcConfig", {}).get("VpcId"):
        known |= dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce"))
    if not target.whole:  # our own tickets and links are known
        links = may.short in ("create_upload", "get_file")
        known["s3:authtype"] = "REST-QUERY-STRING" if links else "REST-HEADER"
        known |= dict.fromkeys(("s3:x-amz-acl", "s3:x-amz-server-side-encryption"))
    return known


def granted(statement: Mapping[str, Any], may: Permissions, bucket: str) -> Iterator[tuple[str, str]]:
    """The pairs of action and resource that a statement allows, of those that are asked about."""
    arn = f"arn:aws:s3:::{bucket}"
    keys = (f"{may.look.target.prefix}{SAMPLE}", f"elsewhere/{SAMPLE}")
    places = {arn: BUCKET, **dict.fromkeys((f"{arn}/{key}" for key in keys), OBJECT)}
    for pattern in as_list(statement.get("Resource", [])):
        one = may.concrete(str(pattern))
        places.setdefault(one, OBJECT if "/" in one else BUCKET)
    for resource, actions in places.items():
        yield from ((action, resource) for action in actions if speaks_of(statement, action, resource))


def speaks_of(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    """Whether a statement's actions and resources mean these."""
    if "NotAction" in statement:
        acts = not any(like(str(one), action) for one in as_list(statement["NotAction"]))
    else:
        acts = any(like(str(one), action) for one in as_list(statement.get("Action", [])))
    patterns = map(str, as_list(statement.get("NotResource", statement.get("Resource", []))))
    return acts and any(exactly_like(one, resource) for one in patterns) is not ("NotResource" in statement)


def decided(word: str, statement: Mapping[str, Any], action: str, resource: str) -> Decision:
    return Decision(action, resource, word, (f"the bucket's policy, {sid(statement)}",), True, ())
