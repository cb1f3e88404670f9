"""A bucket's event notifications, whatever they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checks import changes
from checks.change import Call, Change
from checks.look import Look
from checks.rule import listed

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
# What a lifecycle rule removes is told of by events of its own.
EXPIRED = {"s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated"}


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
        return {event for event in CREATED | REMOVED | EXPIRED if event.startswith(pattern[:-1])} or {pattern}
    return {pattern}


def unqualified(arn: str) -> str:
    """A function's ARN without alias or version."""
    return ":".join(arn.split(":")[:7])


def mended(look: Look, describe: str) -> Change | None:
    """The bucket's notifications as they should be: those of the index function, limited to the prefix."""
    answer, bucket = look.notifications(), str(look.target.upload_bucket)
    if look.target.unnamed("index_upload"):
        return None
    rule = {
        "Id": "index-upload",
        "LambdaFunctionArn": look.function_arn("index_upload"),
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": look.target.prefix}]}},
    }
    new, asked = {"LambdaFunctionConfigurations": [rule]}, {"Bucket": bucket}
    shown = {
        "LambdaFunctionConfigurations": [
            rule | {"Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": look.target.prefix}]}}}
        ]
    }
    other = [str(one) for one in triggers(answer) if unqualified(one.arn) != rule["LambdaFunctionArn"]]
    return changes.setting(
        describe,
        Call("s3", "get_bucket_notification_configuration", asked),
        answer,
        shown,
        Call("s3", "put_bucket_notification_configuration", asked | {"NotificationConfiguration": new}),
        Call(
            "s3",
            "put_bucket_notification_configuration",
            asked | {"NotificationConfiguration": changes.plain(answer), "SkipDestinationValidation": True},
        ),
        [f"These are no longer told of uploads: {listed(other)}."] if other else [],
    )
