"""What the running system tells of one upload: its functions' logs, the object, the item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.teardown import if_there

LOOK_AROUND = 15 * 60 * 1000  # milliseconds: the longest that a function may run
CREATED = re.compile(r"index_upload ObjectCreated:\w+ .*?event_time=(?P<time>\S+) sequencer=(?P<order>\w+)")
REMOVED = "index_upload ObjectRemoved:"
LISTED = re.compile(r"list_files prefix=(?P<prefix>'.*'|\".*\") found=(?P<found>\d+)")
REPORT = re.compile(r"REPORT RequestId: (?P<id>\S+)\tDuration: (?P<duration>[\d.]+) ms")
INIT = re.compile(r"Init Duration: ([\d.]+) ms")


@dataclass(frozen=True)
class Invocation:
    """One invocation as its log tells it. Times are seconds since 1970, durations too."""

    line: str  # the line that was looked for
    began: float
    ran: float | None  # None until REPORT is written
    started: float | None = None  # when the execution environment began to start: a cold start
    init: float = 0.0
    request_id: str = ""

    @property
    def cold(self) -> bool:
        return self.started is not None

    @property
    def ended(self) -> float:
        return self.began + (self.ran or 0.0)


class Sources:
    """Everything that can be asked about one object key."""

    def __init__(self, stack: Stack, object_key: str) -> None:
        self.stack, self.key = stack, object_key
        self.named = f"key={object_key!r}"  # as the functions print it

    def ticket(self) -> Invocation | None:
        """The invocation that made the upload ticket."""
        return next((one for one in self._telling("create_upload", self.key) if self.named in one.line), None)

    def events(self) -> list[Invocation]:
        """The invocations that S3's events about this key caused, in their order."""
        found = [one for one in self._telling("index_upload", self.key) if f"{self.named} " in one.line]
        return sorted(found, key=lambda one: one.began)

    def listing(self, event: Invocation) -> Invocation | None:
        """The first list that shows this key: asked for after its event, or longer than the list before."""
        counts: dict[str, int] = {}
        lists = self._telling("list_files", "list_files prefix=", event.began)
        for one in sorted(lists, key=lambda one: one.began):
            told = LISTED.search(one.line)
            if told is None or not self.key.startswith(told["prefix"][1:-1]):
                continue
            count, before = int(told["found"]), counts.get(told["prefix"])
            alone = told["prefix"][1:-1] == self.key  # then what was found is this very file
            grown = before is not None and count > before
            if count and one.began >= event.began and (alone or grown or one.began >= event.ended):
                return one
            counts[told["prefix"]] = count
        return None

    def object(self) -> dict[str, Any] | None:
        """What S3 tells of the object."""
        found: dict[str, Any] | None = if_there(
            self.stack.client("s3").head_object, Bucket=self.stack.upload_bucket, Key=self.key
        )
        return found

    def item(self) -> dict[str, str] | None:
        """The item in the table."""
        where = {"bucket": {"S": self.stack.upload_bucket}, "object_key": {"S": self.key}}
        dynamodb = self.stack.client("dynamodb")
        found = if_there(dynamodb.get_item, TableName=self.stack.table, Key=where) or {}
        item = found.get("Item")
        return item and {name: next(iter(value.values())) for name, value in item.items()}

    def _telling(self, short: str, phrase: str, after: float = 0.0) -> Iterator[Invocation]:
        """The invocations of a function whose log tells of a phrase."""
        logs, group = self.stack.client("logs"), self.stack.functions[short].log_group
        asked = {"logGroupName": group, "filterPattern": f'"{searchable(phrase)}"'}
        if after:
            asked["startTime"] = int(after * 1000)  # type: ignore[assignment]
        pages = logs.get_paginator("filter_log_events").paginate(**asked)
        for event in if_there(lambda: [one for page in pages for one in page["events"]]) or []:
            yield self._around(group, event)

    def _around(self, group: str, event: dict[str, Any]) -> Invocation:
        """The invocation to which a log event belongs: what stands before and after it in its stream."""
        when = event["timestamp"]
        asked = {
            "logGroupName": group,
            "logStreamName": event["logStreamName"],
            "startTime": when - LOOK_AROUND,
            "endTime": when + LOOK_AROUND,
            "startFromHead": True,
        }
        events = self.stack.client("logs").get_log_events(**asked)["events"]
        return invocation(events, event["message"])


def invocation(events: list[dict[str, Any]], line: str) -> Invocation:
    """The invocation that printed a line, from the events of its log stream."""
    at = next(place for place, event in enumerate(events) if event["message"] == line)
    start = next((i for i in range(at, -1, -1) if events[i]["message"].startswith("START ")), at)
    before = events[start - 1] if start else None
    while before and not before["message"].startswith(("INIT_START", "REPORT")):
        earlier = events.index(before) - 1  # what a module prints while it is imported
        before = events[earlier] if earlier >= 0 else None
    reports = (REPORT.match(event["message"]) for event in events[at:])
    reports = (REPORT.match(event["message"]) for event in events[at:])
    reports = (REPORT.match(event["message"]) for event in events[at:])
    report = next((found for found in reports if found), None)
    init = INIT.search(report.string) if report else None
    cold = before is not None and before["message"].startswith("INIT_START")
    return Invocation(
        line=line.strip(),
        began=events[start]["timestamp"] / 1000,
        ran=float(report["duration"]) / 1000 if report else None,
        started=before["timestamp"] / 1000 if before and cold else None,
        init=float(init[1]) / 1000 if init else 0.0,
        request_id=report["id"] if report else "",
    )


def searchable(phrase: str) -> str:
    """What CloudWatch can look for: the longest piece of a phrase in plain letters.

    >>> searchable('incoming/7f/Grüße "all".txt')
    'incoming/7f/Gr'
    """
    return max(re.split(r"[^\w ./=-]|[^\x00-\x7f]|_$", phrase), key=len).strip()


def moment(text: str) -> float:
    """An ISO time as seconds since 1970.

    >>> moment("1970-01-01T00:00:01.500Z")
    1.5
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
