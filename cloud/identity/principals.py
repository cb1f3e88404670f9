"""Principals: the account's owner, users, role sessions, AWS services, and strangers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["anonymous", "owner", "user", "group", "session", "service"]


@dataclass(frozen=True)
class Principal:
    """Who made a request.

    ``arn`` is how policies and messages name it; ``user_id`` is what ``aws:userid`` and S3's ``principalId``
    say. A role session carries the role's name, its own, its tags, and the policies that narrow it.
    """

    kind: Kind
    arn: str = ""
    account: str = ""
    user_id: str = ""
    name: str = ""  # of the user, the role, or the service
    session: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    session_policies: tuple[Mapping[str, Any], ...] = ()
    function_arn: str = ""  # of the Lambda function whose environment holds these credentials

    @property
    def role_arn(self) -> str:
        """The role behind a session; policies may name either.

        >>> arn = "arn:aws:sts::123456789012:assumed-role/reader/probe"
        >>> Principal("session", arn, name="reader").role_arn
        'arn:aws:iam::123456789012:role/reader'
        """
        account = self.arn.split(":")[4] if self.arn else ""
        return f"arn:aws:iam::{account}:role/{self.name}"


ANONYMOUS = Principal("anonymous")


def owner(account: str) -> Principal:
    """The account's owner, who may do everything that no resource policy denies."""
    return Principal("owner", f"arn:aws:iam::{account}:root", account, account, "root")


def service(name: str) -> Principal:
    """An AWS service that acts by itself, like ``s3.amazonaws.com`` delivering an event."""
    return Principal("service", name=name)
