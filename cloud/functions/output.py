"""What a function writes, as log events: lines of plain output, and the frames that its runtime writes.

Both come through one pipe, so their order is kept. A frame is one event however many lines it has: four bytes
of type, four of length, eight of microseconds, then the text (awslambdaric's FramedTelemetryLogSink).
"""

from __future__ import annotations

from collections.abc import Iterator

MAGIC = b"\xa5\x5a\x00"
HEADER = 16
LONGEST_EVENT = 262_144  # bytes; CloudWatch Logs takes no longer event


class Output:
    """Splits what comes through the pipe into events, as it comes."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[str]:
        r"""Take more bytes, and return the events that are whole by now.

        >>> Output().feed(b"one\ntwo\nthr")
        ['one\n', 'two\n']
        """
        self._pending += data
        return list(self._events())

    def rest(self) -> list[str]:
        """What is left without a line end when an invocation is over."""
        left, self._pending = self._pending, b""
        return [_text(left)] if left else []

    def _events(self) -> Iterator[str]:
        while self._pending:
            start = self._pending.find(MAGIC)
            if start != 0:
                end = self._pending.find(b"\n", 0, start if start > 0 else None)
                if end < 0 and start < 0 and len(self._pending) < LONGEST_EVENT:
                    return
                cut = end + 1 if end >= 0 else start if start > 0 else LONGEST_EVENT
                line, self._pending = self._pending[:cut], self._pending[cut:]
                yield _text(line)
                continue
            length = HEADER + int.from_bytes(self._pending[4:8], "big")
            if len(self._pending) < max(length, HEADER):
                return
            frame, self._pending = self._pending[HEADER:length], self._pending[length:]
            yield _text(frame)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
