"""What our side keeps of each bucket, beside moto: its policy, its notifications, its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud import moto_side
from cloud.aws_errors import NoSuchBucketError
from cloud.s3 import cors
from cloud.s3.lifecycle import Rule
from cloud.s3.notifications import Configuration


@dataclass
class Kept:
    """Settings of one bucket that moto stores but does not act upon as S3 does."""

    policy: str | None = None
    notifications: Configuration = field(default_factory=Configuration)
    website: Mapping[str, Any] | None = None
    lifecycle: list[Rule] = field(default_factory=list)
    lifecycle_told: Mapping[str, Any] = field(default_factory=dict)  # the rules as they were put
    payer: str = "BucketOwner"


class Buckets:
    """The buckets of the account."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def find(self, name: str) -> Any | None:
        """Moto's bucket of that name, or None."""
        return moto_side.bucket(name)

    def kept(self, name: str) -> Kept:
        """Our settings of a bucket that exists. Raises NoSuchBucketError."""
        if self.find(name) is None:
            raise NoSuchBucketError(name)
        return self._kept.setdefault(name, Kept())

    def all_kept(self) -> list[tuple[str, Kept]]:
        """Every bucket that exists and has settings of ours, by its name."""
        return [(name, kept) for name, kept in list(self._kept.items()) if self.find(name) is not None]

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)

    def cors_rules(self, name: str) -> list[cors.Rule] | None:
        """The CORS rules of a bucket; None when the bucket does not exist."""
        bucket = self.find(name)
        if bucket is None:
            return None
        return [
            cors.Rule(
                origins=rule.allowed_origins or (),
                methods=rule.allowed_methods or (),
                headers=rule.allowed_headers or (),
                exposed=rule.exposed_headers or (),
                max_age=str(rule.max_age_seconds or ""),
            )
            for rule in bucket.cors
        ]
