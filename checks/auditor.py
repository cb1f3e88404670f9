"""The permissions that an audit needs: one policy, from the calls that it makes."""

from __future__ import annotations

from typing import Any

from checks.access import LIVE, READS
from checks.target import Target


def auditor_policy(target: Target, *, live: bool = False) -> dict[str, Any]:
    """The least that a user or role needs to audit this target; ``live``: also with --live."""
    calls = [*READS.values(), *(LIVE.values() if live else ())]
    wanted: dict[tuple[str, ...], set[str]] = {}
    for access in calls:
        if arns := tuple(access.arns(target)):
            wanted.setdefault(arns, set()).add(access.permission)
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": list(arns)}
        for arns, actions in sorted(wanted.items(), key=lambda item: sorted(item[1]))
    ]
    return {"Version": "2012-10-17", "Statement": statements}
