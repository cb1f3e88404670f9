"""Users, roles, groups and their policies, as moto keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloud.moto_side.core import backend


def read_managed_policies() -> None:
    """Let moto read AWS's thousand managed policies now, half a second's work, and not at the first call."""
    backend("iam", "aws")


@dataclass(frozen=True)
class AccessKey:
    """An IAM user's access key."""

    secret: str
    user_name: str
    user_arn: str
    user_id: str


def iam_access_key(access_key_id: str) -> AccessKey | None:
    """The active access key of that id, or None."""
    iam = backend("iam", "aws")
    key = iam.access_keys.get(access_key_id)
    if key is None or key.status != "Active" or key.user_name not in iam.users:
        return None
    user = iam.users[key.user_name]
    return AccessKey(key.secret_access_key, user.name, user.arn, user.id)


@dataclass(frozen=True)
class AttachedPolicy:
    """A policy document as text, and the name that the simulator gives to where it stands."""

    text: str
    name: str
    kind: str


def _attached(holder: Any, kind: str) -> Iterator[AttachedPolicy]:
    for name, text in list(holder.policies.items()):
        yield AttachedPolicy(text, f"{kind}_{holder.name}_{name}", "IAM Policy")
    for policy in list(holder.managed_policies.values()):
        yield AttachedPolicy(_default_document(policy), policy.name, "IAM Policy")


def _default_document(policy: Any) -> str:
    return next((v.document for v in policy.versions if v.version_id == policy.default_version_id), "")


def iam_role(name: str) -> Any | None:
    """The role of that name: ``arn``, ``id``, ``tags``, ``assume_role_policy_document`` ..., or None."""
    return next((role for role in list(backend("iam", "aws").roles.values()) if role.name == name), None)


def iam_user(name: str) -> Any | None:
    """The user of that name, or None."""
    return backend("iam", "aws").users.get(name)


def iam_role_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a role."""
    role = iam_role(name)
    return list(_attached(role, "role")) if role else []


def iam_user_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a user, and of the groups that the user is in."""
    user = iam_user(name)
    if user is None:
        return []
    groups = [group for group in backend("iam", "aws").groups.values() if user in group.users]
    return [*_attached(user, "user"), *(policy for group in groups for policy in _attached(group, "group"))]


def iam_group_policies(name: str) -> list[AttachedPolicy]:
    """The inline and managed policies of a group."""
    group = backend("iam", "aws").groups.get(name)
    return list(_attached(group, "group")) if group else []


def iam_managed_policy(arn: str) -> str | None:
    """The document of a managed policy's default version, as text, or None."""
    policy = backend("iam", "aws").managed_policies.get(arn)
    return _default_document(policy) if policy else None


def iam_tags(holder: Any) -> dict[str, str]:
    """The tags of a user or role. Moto keeps a role's with the role and a user's with its tagger."""
    own = getattr(holder, "tags", None)
    if isinstance(own, dict):
        return {key: tag["Value"] for key, tag in own.items()}
    listed = backend("iam", "aws").tagger.list_tags_for_resource(holder.arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def iam_arn(kind: str, name: str) -> str | None:
    """The ARN of a role, user or group that exists, with its path; or None."""
    iam = backend("iam", "aws")
    holder = {"role": iam_role, "user": iam_user, "group": iam.groups.get}.get(kind, lambda _: None)(name)
    return str(holder.arn) if holder is not None else None
