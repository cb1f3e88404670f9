"""The events of a log stream, kept out of memory: moto holds each as an object of half a kilobyte."""

from __future__ import annotations

import marshal
import tempfile
import threading
import zlib
from array import array
from collections.abc import Iterable, Iterator

from moto.logs.models import LogEvent

BLOCK = 64  # events that are packed together: what functions say repeats itself, and packs to a third


class Blocks:
    """Blocks of bytes in a file without a name, which ends with the process. Nothing is taken out of it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 lives as long as the process
        self.size, self._lock = 0, threading.Lock()  # bytes

    def keep(self, block: bytes) -> int:
        """Write a block at the end, and say where."""
        with self._lock:
            place = self.size
            self._file.seek(place)
            self.size += self._file.write(len(block).to_bytes(4) + block)
            return place

    def at(self, place: int) -> bytes:
        """The block that ``keep`` wrote there."""
        with self._lock:
            self._file.seek(place)
            return self._file.read(int.from_bytes(self._file.read(4)))


class PackedEvents:
    """Stands where moto has a list of ``LogEvent``: it grows with ``+=`` and is read from first to last.

    Only the newest events are objects; those before them are made again for whoever reads them.
    """

    _blocks = Blocks()
    _moving = threading.Lock()  # held while events go into a block, and while a reader looks where they are

    def __init__(self, events: Iterable[LogEvent] = ()) -> None:
        self._places = array("Q")
        self._newest: list[LogEvent] = []
        self.oldest = float("inf")  # milliseconds since 1970, of the event with the lowest timestamp
        self += events

    def __iadd__(self, events: Iterable[LogEvent]) -> PackedEvents:
        for event in events:
            self._newest.append(event)
            self.oldest = min(self.oldest, event.timestamp)
        while len(self._newest) > BLOCK:
            block = _pack(self._newest[:BLOCK])
            with self._moving:
                self._places.append(self._blocks.keep(block))
                del self._newest[:BLOCK]
        return self

    def __len__(self) -> int:
        return len(self._places) * BLOCK + len(self._newest)

    def __iter__(self) -> Iterator[LogEvent]:
        with self._moving:
            places, newest = self._places[:], list(self._newest)
        for place in places:
            yield from _unpack(self._blocks.at(place))
        yield from newest


def _pack(events: list[LogEvent]) -> bytes:
    return zlib.compress(marshal.dumps([tuple(vars(event).values()) for event in events]))


def _unpack(block: bytes) -> Iterator[LogEvent]:
    for values in marshal.loads(zlib.decompress(block)):  # noqa: S302 our own bytes, from this very process
        event = LogEvent.__new__(LogEvent)
        event.ingestion_time, event.timestamp, event.message, event.event_id = values
        yield event
