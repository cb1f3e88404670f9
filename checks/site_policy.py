"""The site bucket's policy: what everybody may do there, which should be to read the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks import changes
from checks.asking import Answer
from checks.change import Change
from checks.documents import statements
from checks.look import Look
from checks.questions import as_list, exactly_like


def only_reads(statement: Mapping[str, Any], bucket: str) -> bool:
    """Whether a statement allows GetObject on this bucket's objects and nothing else."""
    actions, resources = as_list(statement.get("Action", [])), as_list(statement.get("Resource", []))
    return (
        bool(actions)
        and "NotPrincipal" not in statement
        and all(str(action).lower() == "s3:getobject" for action in actions)
        and all(str(resource).startswith(f"arn:aws:s3:::{bucket}/") for resource in resources)
    )


def unreadable(look: Look, reads: Sequence[Mapping[str, Any]]) -> list[str]:
    """The page's files that no statement lets everybody read."""
    keys = [one["Key"] for one in look.site_objects()["Contents"]]
    patterns = [str(resource) for one in reads for resource in as_list(one.get("Resource", []))]
    arn = f"arn:aws:s3:::{look.target.site_bucket}"
    return [key for key in keys if not any(exactly_like(pattern, f"{arn}/{key}") for pattern in patterns)]


def read_only(bucket: str, answer: Answer, guilty: Sequence[Mapping[str, Any]], *, add: bool) -> Change:
    """The policy without the guilty statements; ``add`` the one that lets everybody read."""
    readable = {
        "Sid": "EverybodyMayReadThePage",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    kept = [one for one in statements(answer.get("Policy")) if one not in guilty]
    return changes.bucket_policy(
        bucket,
        answer,
        [readable, *kept] if add else kept,
        f"Let everybody read, and only read, {bucket!r}",
        ["Whoever relied on the other statements is refused at once."],
    )
