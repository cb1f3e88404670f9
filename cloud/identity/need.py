"""What a call needs to be allowed, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloud.identity.context import Values

EVERYTHING = ("*",)


@dataclass(frozen=True)
class Need:
    """One permission that a call needs. Of a resource's several spellings, one that is allowed suffices."""

    action: str
    resources: tuple[str, ...] = EVERYTHING
    context: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    """The region and account that resources are named by."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
