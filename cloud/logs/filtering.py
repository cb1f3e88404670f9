"""FilterLogEvents: the events of a log group that match a pattern, in the order of their time, page by page.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import base64
import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.logs import patterns
from cloud.moto_side import LoggedEvent
from cloud.wire import Response, json_response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MOST_EVENTS = 10_000  # in one answer
MOST_BYTES = 1024 * 1024  # of the messages in one answer
Place = tuple[int, int, int]  # of an event among all: timestamp, ingestion time, id


def filter_log_events(account: Account, call: Call) -> Response:
    """One page of a search in a log group."""
    asked = call.parameters
    group = _group(asked)
    matches = _compiled(asked.get("filterPattern") or "")
    most, after = _limit(asked), _after(asked.get("nextToken"))
    found = moto_side.logged_events(
        account.region, [group], int(asked.get("startTime") or 0), asked.get("endTime")
    )
    if found is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    wanted = _streams(asked)
    left = (
        event for event in found if place(event) > after and wanted(event.stream) and matches(event.message)
    )
    page, more = cut(heapq.nsmallest(most + 1, left, key=place), most)
    result: dict[str, Any] = {"events": [_shown(event) for event in page], "searchedLogStreams": []}
    if more:
        result["nextToken"] = _token(place(page[-1]))
    return json_response(200, result)


def place(event: LoggedEvent) -> Place:
    return event.timestamp, event.ingestion_time, int(event.id)


def cut(events: Iterable[LoggedEvent], most: int) -> tuple[list[LoggedEvent], bool]:
    """As many events as one answer takes, one at least, and whether some are left."""
    page: list[LoggedEvent] = []
    size = 0
    for event in events:
        size += len(event.message.encode(errors="surrogatepass"))
        if len(page) == most or (page and size > MOST_BYTES):
            return page, True
        page.append(event)
    return page, False


def _shown(event: LoggedEvent) -> Mapping[str, Any]:
    return {
        "eventId": event.id,
        "ingestionTime": event.ingestion_time,
        "logStreamName": event.stream,
        "message": event.message,
        "timestamp": event.timestamp,
    }


def _group(asked: Mapping[str, Any]) -> str:
    name, identifier = asked.get("logGroupName"), asked.get("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise _invalid("Exactly one of logGroupName and logGroupIdentifier must be given")
    return str(name or identifier).rpartition(":log-group:")[2].removesuffix(":*")


def _compiled(pattern: str) -> Callable[[str], bool]:
    if not pattern.strip():
        return lambda _: True
    try:
        return patterns.compiled(pattern)
    except patterns.PatternError as error:
        raise _invalid(str(error)) from None


def _limit(asked: Mapping[str, Any]) -> int:
    limit = int(asked.get("limit") or MOST_EVENTS)
    if limit > MOST_EVENTS:
        wanted = f"Member must have value less than or equal to {MOST_EVENTS}"
        raise _invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: {wanted}"
        )
    return limit


def _streams(asked: Mapping[str, Any]) -> Callable[[str], bool]:
    names, prefix = asked.get("logStreamNames"), asked.get("logStreamNamePrefix")
    if names and prefix:
        raise _invalid("LogStreamNames and LogStreamNamePrefix are mutually exclusive")
    return lambda stream: stream in names if names else stream.startswith(prefix or "")


def _token(last: Place) -> str:
    return base64.urlsafe_b64encode("/".join(map(str, last)).encode()).decode()


def _after(token: str | None) -> Place:
    """The place that a page begins behind."""
    if not token:
        return (-1, -1, -1)
    try:
        timestamp, ingestion, number = map(int, base64.urlsafe_b64decode(token).decode().split("/"))
    except ValueError:
        raise _invalid("The specified nextToken is invalid.") from None
    return timestamp, ingestion, number


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
