"""Lifecycle rules at work: what a rule speaks of, and when its time has come.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

DAY = 86_400


def due(since: float, days: int) -> float:
    """When so many days are over, in seconds since 1970: at the next midnight in UTC.

    >>> datetime.fromtimestamp(due(datetime(2014, 1, 15, 10, 30, tzinfo=UTC).timestamp(), 3), UTC).isoformat()
    '2014-01-19T00:00:00+00:00'
    """
    return float(math.ceil((since + days * DAY) / DAY) * DAY)


@dataclass(frozen=True)
class Rule:
    """What one rule does, to which objects. Transitions are not among it: here nothing moves."""

    id: str
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    larger_than: int = -1  # bytes
    smaller_than: float = math.inf
    days: int | None = None
    date: float | None = None  # seconds since 1970
    markers: bool = False
    noncurrent_days: int | None = None
    newer_kept: int = 0  # noncurrent versions that stay, however old
    abort_days: int | None = None

    def covers(self, key: str, size: int, tags: Callable[[], Mapping[str, str]]) -> bool:
        """Whether an object is one of those that the rule is for. Of its tags it is asked last."""
        return (
            key.startswith(self.prefix)
            and self.larger_than < size < self.smaller_than
            and (not self.tags or self.tags.items() <= tags().items())
        )

    def expires(self, created: float) -> float | None:
        """When an object of that age expires; None where the rule doesn't say."""
        if self.days is not None:
            return due(created, self.days)
        return self.date


def rules_of(configuration: Mapping[str, Any], ids: Sequence[str]) -> list[Rule]:
    """The rules of a configuration that are enabled; ``ids`` names all rules in their order."""
    found = []
    for given, id_ in zip(configuration.get("Rules") or [], ids, strict=False):
        if given.get("Status") != "Enabled":
            continue
        only = given.get("Filter") or {}
        both = only.get("And") or {}
        tags = [*(both.get("Tags") or []), *([only["Tag"]] if only.get("Tag") else [])]
        expiration = given.get("Expiration") or {}
        noncurrent = given.get("NoncurrentVersionExpiration") or {}
        found.append(
            Rule(
                id_,
                prefix=str(given.get("Prefix") or only.get("Prefix") or both.get("Prefix") or ""),
                tags={tag["Key"]: tag.get("Value") or "" for tag in tags},
                larger_than=_first(only, both, "ObjectSizeGreaterThan", -1),
                smaller_than=_first(only, both, "ObjectSizeLessThan", math.inf),
                days=expiration.get("Days"),
                date=_seconds(expiration.get("Date")),
                markers=bool(expiration.get("ExpiredObjectDeleteMarker")),
                noncurrent_days=noncurrent.get("NoncurrentDays"),
                newer_kept=noncurrent.get("NewerNoncurrentVersions") or 0,
                abort_days=(given.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
            )
        )
    return found


def _first(only: Mapping[str, Any], both: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    return next((one[name] for one in (only, both) if one.get(name) is not None), otherwise)


def _seconds(date: Any) -> float | None:
    if not isinstance(date, datetime):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True)
class Version:
    """A version of an object, or a delete marker, as rules look at it."""

    id: str
    created: float
    size: int
    is_marker: bool
    tags: Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Expiry:
    """Something whose time has come. ``kind`` says what is to be done with it."""

    kind: str  # "object", "version" or "marker"
    key: str
    version_id: str


def expired(rules: Iterable[Rule], key: str, versions: Sequence[Version], now: float) -> Iterator[Expiry]:
    """What of a key is to go at a time; ``versions`` are all there are of it, the newest first."""
    rules, [current, *older] = list(rules), versions
    if current.is_marker and not older:
        for rule in rules:
            when = rule.expires(current.created)
            if key.startswith(rule.prefix) and (rule.markers or (when is not None and when <= now)):
                yield Expiry("marker", key, current.id)
                return
    if not current.is_marker and any(
        rule.covers(key, current.size, current.tags)
        and (when := rule.expires(current.created)) is not None
        and when <= now
        for rule in rules
    ):
        yield Expiry("object", key, current.id)
    for place, version in enumerate(older):
        since = versions[place].created  # it is noncurrent since the next one came
        if any(
            rule.noncurrent_days is not None
            and place >= rule.newer_kept
            and rule.covers(key, version.size, version.tags)
            and due(since, rule.noncurrent_days) <= now
            for rule in rules
        ):
            yield Expiry("version", key, version.id)


def expiration_header(rules: Iterable[Rule], key: str, version: Version) -> str:
    """What ``x-amz-expiration`` says of an object; empty when no rule ends it.

    >>> cat = Version("null", 0.0, 4, False, dict)
    >>> expiration_header([Rule("tidy up", "tmp/", days=1)], "tmp/cat.png", cat)
    'expiry-date="Fri, 02 Jan 1970 00:00:00 GMT", rule-id="tidy%20up"'
    """
    found = [
        (when, rule.id)
        for rule in rules
        if rule.covers(key, version.size, version.tags)
        and (when := rule.expires(version.created)) is not None
    ]
    if not found:
        return ""
    when, id_ = min(found)
    return f'expiry-date="{http_date(when)}", rule-id="{quote(id_)}"'


def http_date(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
