"""The events of a log stream, kept small: moto holds each as an object of half a kilobyte."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator

from moto.logs.models import LogEvent

BLOCK = 64  # events that are packed together: what functions say repeats itself, and packs to a third


class PackedEvents:
    """Stands where moto has a list of ``LogEvent``: it grows with ``+=`` and is read from first to last.

    Only the newest events are objects; those before them are made again for whoever reads them.
    """

    def __init__(self, events: Iterable[LogEvent] = ()) -> None:
        self._blocks: list[bytes] = []
        self._newest: list[LogEvent] = []
        self.oldest = float("inf")  # milliseconds since 1970, of the event with the lowest timestamp
        self += events

    def __iadd__(self, events: Iterable[LogEvent]) -> PackedEvents:
        for event in events:
            self._newest.append(event)
            self.oldest = min(self.oldest, event.timestamp)
        while len(self._newest) > BLOCK:
            self._blocks.append(_pack(self._newest[:BLOCK]))
            del self._newest[:BLOCK]
        return self

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._newest)

    def __iter__(self) -> Iterator[LogEvent]:
        blocks, newest = list(self._blocks), list(self._newest)
        for block in blocks:
            yield from _unpack(block)
        yield from newest


def _pack(events: list[LogEvent]) -> bytes:
    return zlib.compress(marshal.dumps([tuple(vars(event).values()) for event in events]))


def _unpack(block: bytes) -> Iterator[LogEvent]:
    for values in marshal.loads(zlib.decompress(block)):  # noqa: S302 our own bytes, from this very process
        event = LogEvent.__new__(LogEvent)
        event.ingestion_time, event.timestamp, event.message, event.event_id = values
        yield event
