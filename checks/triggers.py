"""A bucket's event notifications, whatever they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = {
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
}
CREATED = {
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
}
REMOVED = {"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"}


@dataclass(frozen=True)
class Trigger:
    """One of a bucket's event notifications."""

    name: str
    arn: str
    events: frozenset[str]  # spelled out
    prefix: str
    suffix: str

    @property
    def on_created(self) -> bool:
        return bool(self.events & CREATED)

    def __str__(self) -> str:
        suffix = f", suffix {self.suffix!r}" if self.suffix else ""
        return f"{self.name} to {self.arn.rpartition(':')[2]}: prefix {self.prefix!r}{suffix}"


def triggers(answer: Any) -> list[Trigger]:
    """Every notification of a bucket, whatever its destination."""
    found = []
    for kind, target in KINDS.items():
        for one in answer.get(kind, []):
            rules = {
                rule["Name"].lower(): rule["Value"]
                for rule in one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            }
            events = frozenset(event for pattern in one["Events"] for event in spelled_out(pattern))
            found.append(
                Trigger(
                    one.get("Id", ""), one[target], events, rules.get("prefix", ""), rules.get("suffix", "")
                )
            )
    return found


def spelled_out(pattern: str) -> set[str]:
    """The events that ``s3:ObjectCreated:*`` means."""
    if pattern.endswith("*"):
        return {event for event in CREATED | REMOVED if event.startswith(pattern[:-1])} or {pattern}
    return {pattern}


def unqualified(arn: str) -> str:
    """A function's ARN without alias or version."""
    return ":".join(arn.split(":")[:7])
