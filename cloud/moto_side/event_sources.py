"""What Lambda reads from by itself: queues and the streams of tables, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser

from cloud.moto_side.core import Refused, backend
from cloud.moto_side.messages import queue, sending


def waiting_messages(arn: str) -> int:
    """How many messages of a queue could be received at this moment."""
    found = queue(arn)
    return len(found.messages) if found is not None else 0


def receive_messages(arn: str, most: int) -> list[Any]:
    """Receive messages, which are hidden from now on for as long as the queue says; at least a second."""
    seconds = max(int(queue(arn).visibility_timeout), 1)  # type: ignore[union-attr]
    sqs = backend("sqs", arn.split(":")[3])
    with sending:
        return list(sqs.receive_message(arn.rsplit(":", 1)[-1], most, 0, seconds, ["All"]))


def delete_message(arn: str, receipt_handle: str) -> None:
    """Delete a message that was received. Does nothing when it, or the queue, is gone."""
    found = queue(arn)
    if found is not None:
        try:
            found.delete_message(receipt_handle)
        except Refused:
            return


def stream(arn: str, region: str) -> Any | None:
    """The stream of a table; None when it is not there, or not any more.

    Its ``items`` are the changes, oldest first, numbered from ``starting_sequence_number`` on.
    """
    name = arn.partition(":table/")[2].partition("/stream/")[0]
    table = backend("dynamodb", region).tables.get(name)
    if table is None or f"{table.table_arn}/stream/{table.latest_stream_label}" != arn:
        return None
    return table.stream_shard


def trim_streams(region: str, oldest: float) -> None:
    """Drop changes of items that were made before a moment, in seconds since 1970."""
    for table in list(backend("dynamodb", region).tables.values()):
        shard = table.stream_shard
        while shard is not None and shard.items and _made(shard.items[0]) < oldest:
            del shard.items[0]
            shard.starting_sequence_number += 1


def _made(change: Any) -> float:
    moment: datetime = change.record["dynamodb"]["ApproximateCreationDateTime"]
    return moment.replace(tzinfo=UTC).timestamp()


def event_pattern(text: str) -> dict[str, Any] | None:
    """A pattern of events, from JSON; None when it is none."""
    try:
        return dict(EventPatternParser(text).parse())
    except (InvalidEventPatternException, AttributeError):  # the latter for JSON that is no object
        return None


def fits_pattern(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event has what a pattern asks for."""
    return bool(EventPattern(None, dict(pattern)).matches_event(dict(event)))
