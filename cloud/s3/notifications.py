"""S3 event notifications: what a configuration may say, what an event matches, and the record it becomes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

import itertools
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote_plus

from cloud.aws_errors import AwsError, malformed_xml

Destination = Literal["lambda", "sqs", "sns"]
MEMBERS: dict[str, tuple[Destination, str, str]] = {
    "LambdaFunctionConfigurations": ("lambda", "LambdaFunctionArn", "CloudFunction"),
    "QueueConfigurations": ("sqs", "QueueArn", "Queue"),
    "TopicConfigurations": ("sns", "TopicArn", "Topic"),
}
EVENTS = {
    "s3:ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "s3:ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "s3:ObjectTagging": ("Put", "Delete"),
    "s3:ObjectAcl": ("Put",),
    "s3:ObjectRestore": ("Post", "Completed", "Delete"),
    "s3:LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "s3:Replication": (
        "OperationFailedReplication",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
        "OperationNotTracked",
    ),
}
FIRST_EVENTS = (
    "s3:ObjectCreated",
    "s3:ObjectRemoved",
    "s3:ObjectRestore",
)  # version 2.1
SINGLE = {"s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering"}
NO_FILTER = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
OVERLAP = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)


@dataclass(frozen=True)
class Rule:
    """Which events of which keys go where. ``filters`` keeps the filter rules as they were put."""

    id: str
    kind: Destination
    arn: str
    events: tuple[str, ...]
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def prefix(self) -> str:
        return dict(self.filters).get("Prefix", "")

    @property
    def suffix(self) -> str:
        return dict(self.filters).get("Suffix", "")

    def matches(self, event: str, key: str) -> bool:
        """Whether an event like ``s3:ObjectCreated:Put`` of a key is one of these.

        >>> rule = Rule("r", "lambda", "arn", ("s3:ObjectCreated:*",), (("Prefix", "incoming/"),))
        >>> [rule.matches("s3:ObjectCreated:Put", key) for key in ("incoming/a.txt", "a.txt")]
        [True, False]
        """
        named = any(event in _expanded(name) for name in self.events)
        coded = encoded(key)
        return named and coded.startswith(_escapes(self.prefix)) and coded.endswith(_escapes(self.suffix))


def encoded(key: str) -> str:
    """A key as records carry it, and as filters are held against it: like a form, slashes kept.

    >>> encoded("incoming/red flower (1).jpg")
    'incoming/red+flower+%281%29.jpg'
    """
    return quote_plus(key, safe="/")


def _escapes(text: str) -> str:
    """Escapes in capitals, as S3 writes them itself."""
    return re.sub("%[0-9a-f]{2}", lambda found: found[0].upper(), text, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Configuration:
    """A bucket's notifications, all of them: putting a configuration replaces what was there."""

    rules: tuple[Rule, ...] = ()
    event_bridge: bool = False

    def described(self) -> dict[str, Any]:
        """The configuration as GetBucketNotificationConfiguration answers it."""
        found: dict[str, Any] = {"EventBridgeConfiguration": {}} if self.event_bridge else {}
        for member, (kind, arn_name, _) in MEMBERS.items():
            rules = [_described(rule, arn_name) for rule in self.rules if rule.kind == kind]
            if rules:
                found[member] = rules
        return found


def _described(rule: Rule, arn_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Id": rule.id, arn_name: rule.arn, "Events": list(rule.events)}
    if rule.filters:
        rules = [{"Name": name, "Value": value} for name, value in rule.filters]
        found["Filter"] = {"Key": {"FilterRules": rules}}
    return found


def _expanded(name: str) -> set[str]:
    """The events that a name with or without ``*`` stands for."""
    family, _, last = name.rpartition(":")
    return {f"{family}:{one}" for one in EVENTS.get(family, ())} if last == "*" else {name}


def read(configuration: Mapping[str, Any]) -> Configuration:
    """Read a configuration as it was put. Raises AwsError as S3 refuses."""
    rules = []
    for member, (kind, arn_name, argument) in MEMBERS.items():
        for given in configuration.get(member) or []:
            rules.append(_rule(given, kind, given.get(arn_name) or "", argument))
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise AwsError("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique")
    check_overlaps(rules)
    return Configuration(tuple(rules), "EventBridgeConfiguration" in configuration)


def _rule(given: Mapping[str, Any], kind: Destination, arn: str, argument: str) -> Rule:
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != kind or not parts[5]:
        details = {"ArgumentName": argument, "ArgumentValue": arn}
        raise AwsError("InvalidArgument", "The ARN could not be parsed", 400, details)
    events = tuple(given.get("Events") or ())
    for name in events:
        if name not in SINGLE and not any(
            name in _expanded(f"{family}:*") | {f"{family}:*"} for family in EVENTS
        ):
            details = {"ArgumentName": "Event", "ArgumentValue": name}
            raise AwsError("InvalidArgument", "The event is not supported for notifications", 400, details)
    if not events:
        raise malformed_xml()
    filters: list[tuple[str, str]] = []
    for rule in ((given.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []:
        name = str(rule.get("Name") or "").capitalize()
        if name not in ("Prefix", "Suffix"):
            details = {"ArgumentName": "FilterRule.Name", "ArgumentValue": str(rule.get("Name") or "")}
            raise AwsError(
                "InvalidArgument", "filter rule name must be either prefix or suffix", 400, details
            )
        if name in dict(filters):
            details = {"ArgumentName": "FilterRule.Name", "ArgumentValue": name.lower()}
            message = f"Cannot specify more than one {name.lower()} rule in a filter."
            raise AwsError("InvalidArgument", message, 400, details)
        filters.append((name, str(rule.get("Value") or "")))
    return Rule(given.get("Id") or secrets.token_urlsafe(24), kind, arn, events, tuple(filters))


def check_overlaps(rules: Sequence[Rule]) -> None:
    """Refuse two rules that one event of one key could match."""
    for one, other in itertools.combinations(rules, 2):
        common = [(a, b) for a in one.events for b in other.events if _expanded(a) & _expanded(b)]
        if common and not any((one.prefix, one.suffix, other.prefix, other.suffix)):
            details = {"ArgumentName": "Event", "ArgumentValue": ", ".join(common[0])}
            raise AwsError("InvalidArgument", NO_FILTER, 400, details)
        if common and _overlap(one.prefix, other.prefix) and _overlap(one.suffix[::-1], other.suffix[::-1]):
            raise AwsError("InvalidArgument", OVERLAP)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


@dataclass(frozen=True)
class ObjectEvent:
    """Something that happened to an object, with all that its record tells."""

    name: str  # like s3:ObjectCreated:Put
    bucket: str
    key: str
    region: str
    account: str
    requester: str  # the principal id of who asked
    source_ip: str
    request_id: str  # equal to the headers of the answer to the request
    host_id: str
    size: int | None = None
    etag: str = ""
    version_id: str = ""
    trace: str = ""
    sequencer: str = field(default_factory=lambda: next_sequencer())

    def record(self, configuration_id: str) -> dict[str, Any]:
        """The record as S3 delivers it. What was removed has no size and no eTag."""
        ordered = self.name.startswith(("s3:ObjectCreated", "s3:ObjectRemoved", "s3:LifecycleExpiration"))
        sized = self.name.startswith(("s3:ObjectCreated", "s3:ObjectRestore"))
        entry: dict[str, Any] = {"key": encoded(self.key)}
        if self.size is not None and sized:
            entry |= {"size": self.size}
        if self.etag:
            entry |= {"eTag": self.etag}
        if self.version_id:
            entry |= {"versionId": self.version_id}
        if ordered:
            entry |= {"sequencer": self.sequencer}
        now = time.time()
        return {
            "eventVersion": "2.1" if self.name.startswith(FIRST_EVENTS) else "2.3",
            "eventSource": "aws:s3",
            "awsRegion": self.region,
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
            + f".{int(now * 1000) % 1000:03}Z",
            "eventName": self.name.removeprefix("s3:"),
            "userIdentity": {"principalId": self.requester},
            "requestParameters": {"sourceIPAddress": self.source_ip},
            "responseElements": {"x-amz-request-id": self.request_id, "x-amz-id-2": self.host_id},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration_id,
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": {"principalId": f"A{self.account}OWNER"},
                    "arn": f"arn:aws:s3:::{self.bucket}",
                },
                "object": entry,
            },
        }

    def event_bridge(self) -> tuple[str, dict[str, Any]] | None:
        """The event's name and its detail as EventBridge gets them, the key as it is; None if it gets none.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        if self.name not in FOR_EVENT_BRIDGE:
            return None
        kind, more = FOR_EVENT_BRIDGE[self.name]
        ordered = kind in ("Object Created", "Object Deleted")
        marker = more.get("deletion-type") == "Delete Marker Created"
        entry = {
            "key": self.key,
            "size": self.size if kind != "Object Deleted" else None,
            "etag": EMPTY_MD5 if marker else self.etag if kind != "Object Deleted" else "",
            "version-id": self.version_id,
            "sequencer": self.sequencer if ordered else "",
        }
        by_request = more.get("reason") != "Lifecycle Expiration"
        who = "Anonymous" if self.requester == "Anonymous" else self.account
        detail: dict[str, Any] = {
            "version": "0",
            "event-version": "1.1",
            "bucket": {"name": self.bucket},
            "object": {name: value for name, value in entry.items() if value not in (None, "")},
            "request-id": self.request_id,
            "requester": who if by_request else "s3.amazonaws.com",
        }
        if by_request:
            detail["source-ip-address"] = self.source_ip
        return kind, detail | more


# What EventBridge calls an event, and what its detail adds.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
FOR_EVENT_BRIDGE = {
    "s3:ObjectCreated:Put": ("Object Created", {"reason": "PutObject"}),
    "s3:ObjectCreated:Post": ("Object Created", {"reason": "POST Object"}),
    "s3:ObjectCreated:Copy": ("Object Created", {"reason": "CopyObject"}),
    "s3:ObjectCreated:CompleteMultipartUpload": ("Object Created", {"reason": "CompleteMultipartUpload"}),
    "s3:ObjectRemoved:Delete": (
        "Object Deleted", {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}),
    "s3:ObjectRemoved:DeleteMarkerCreated": (
        "Object Deleted", {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"}),
    "s3:LifecycleExpiration:Delete": (
        "Object Deleted", {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"}),
    "s3:LifecycleExpiration:DeleteMarkerCreated": (
        "Object Deleted", {"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"}),
    "s3:ObjectRestore:Post": ("Object Restore Initiated", {}),
    "s3:ObjectRestore:Completed": ("Object Restore Completed", {}),
    "s3:ObjectTagging:Put": ("Object Tags Added", {}),
    "s3:ObjectTagging:Delete": ("Object Tags Deleted", {}),
    "s3:ObjectAcl:Put": ("Object ACL Updated", {}),
}  # fmt: skip
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"  # the ETag of a delete marker

_last_sequence = 0
_sequence_lock = threading.Lock()


def next_sequencer() -> str:
    """A hexadecimal number that is larger than every one before."""
    global _last_sequence
    with _sequence_lock:
        _last_sequence = max(_last_sequence + 1, time.time_ns())
        return f"00{_last_sequence:016X}"


def matching(rules: Iterable[Rule], event: ObjectEvent) -> list[Rule]:
    return [rule for rule in rules if rule.matches(event.name, event.key)]
