"""Log groups, streams and events, as moto keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cloud.moto_side.core import backend
from cloud.moto_side.packed_events import PackedEvents


def log_exists(region: str, group: str, stream: str | None = None) -> bool:
    """Whether a log group, or a stream in it, exists."""
    found = backend("logs", region).groups.get(group)
    return found is not None and (stream is None or stream in found.streams)


def create_log(region: str, group: str, stream: str | None = None) -> None:
    """Make a log group, or a stream in one that exists. Does nothing when it is there already."""
    logs = backend("logs", region)
    if stream is None:
        logs.ensure_log_group(group)
    else:
        logs.ensure_log_stream(group, stream)


def put_log_events(region: str, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
    """Append events, (milliseconds since 1970, text), to a stream that exists."""
    records = [{"timestamp": timestamp, "message": text} for timestamp, text in events]
    logs = backend("logs", region)
    _packed(logs.groups[group].streams[stream])
    logs.put_log_events(group, stream, records)


def metric_filters(region: str, group: str) -> list[dict[str, Any]]:
    """The metric filters of a log group: ``filterName``, ``filterPattern``, ``metricTransformations``."""
    return list(backend("logs", region).filters.get_matching_filters(log_group_name=group))


def keep_newest_metric_filter(region: str, group: str, name: str) -> None:
    """Forget all filters of that name but the one that was put last."""
    kept = backend("logs", region).filters
    same = [one for one in kept.metric_filters if (one["logGroupName"], one["filterName"]) == (group, name)]
    kept.metric_filters = [one for one in kept.metric_filters if one is same[-1] or one not in same]


def drop_expired_logs(region: str, now: float) -> None:
    """Remove log events that are older than their group's retention; ``now`` in seconds since 1970."""
    for group in list(backend("logs", region).groups.values()):
        if group.retention_in_days:
            oldest = (now - int(group.retention_in_days) * 86_400) * 1000
            for stream in list(group.streams.values()):
                if _packed(stream).oldest < oldest:
                    stream.events = PackedEvents(
                        event for event in stream.events if event.timestamp >= oldest
                    )


def _packed(stream: Any) -> PackedEvents:
    """The events of one of moto's streams, kept our way from now on."""
    if not isinstance(stream.events, PackedEvents):
        stream.events = PackedEvents(stream.events)
    return stream.events


@dataclass(frozen=True)
class LoggedEvent:
    """One log event, and where it stands."""

    timestamp: int
    message: str
    stream: str
    group: str
    id: str
    ingestion_time: int


@dataclass(frozen=True)
class LogQuery:
    """An Insights query that was begun, and the events in its groups and span."""

    text: str
    events: list[LoggedEvent]


def log_query(region: str, query_id: str) -> LogQuery | None:
    """The query of that id, or None."""
    logs = backend("logs", region)
    query = logs.queries.get(query_id)
    if query is None:
        return None
    names = [name for name in query.log_group_names if name in logs.groups]
    events = logged_events(region, names, query.start_time * 1000, query.end_time * 1000 + 999)
    return LogQuery(query.query, list(events or ()))


def logged_events(
    region: str, groups: Iterable[str], first: int, last: int | None
) -> Iterator[LoggedEvent] | None:
    """The events of some groups between two moments, both included, in milliseconds since 1970.

    They come stream by stream, one at a time. None where a group is missing.
    """
    kept = backend("logs", region).groups
    found = [kept.get(name) for name in groups]
    if None in found:
        return None
    return (
        LoggedEvent(
            int(event.timestamp),
            event.message,
            stream.log_stream_name,
            group.name,
            f"{event.event_id:056}",
            int(event.ingestion_time),
        )
        for group in found
        for stream in list(group.streams.values())
        for event in _packed(stream)
        if first <= event.timestamp and (last is None or event.timestamp <= last)
    )
