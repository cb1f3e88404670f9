"""The cloud clock: real time plus an offset that lessons and tests may move forward.

Everything in the cloud's process follows it, moto included: time_machine shifts the process's own clock.
Programs outside, boto3 for one, keep real time; what they signed is put at the cloud time of that moment.
"""

from __future__ import annotations

import bisect
import math
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import time_machine


def told(seconds: float) -> str:
    """A moment as events tell it, to the millisecond; ``seconds`` since 1970.

    >>> told(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """Real time plus an offset, in seconds. Time never runs backwards."""

    def __init__(self) -> None:
        self.scale = 1 / 60  # of Lambda's waits between attempts: minutes on AWS, seconds here
        self._moves: list[tuple[float, float]] = []  # (real time of a move, the offset from then on)
        self._traveller: time_machine.Traveller | None = None
        self._lock = threading.Lock()

    @property
    def offset(self) -> float:
        """How many seconds cloud time is ahead of real time."""
        return self._moves[-1][1] if self._moves else 0.0

    def now(self) -> float:
        """Cloud time, in seconds since 1970."""
        return time.time()

    def real(self) -> float:
        """Real time, in seconds since 1970."""
        return time.time() - self.offset

    def advance(self, seconds: float) -> float:
        """Move cloud time forward, and return the new cloud time.

        Waits for the next full second first: signatures carry whole seconds, and each must fall clearly
        before the move or after it. Raises ValueError for a negative or endless span.
        """
        if not 0 <= seconds < 10 * 365 * 86_400:
            raise ValueError(f"The clock moves forward by 0 seconds to 10 years, not by {seconds!r} seconds.")
        with self._lock:
            wait = math.ceil(self.real()) - self.real()
            threading.Event().wait(wait)
            self._moves.append((float(round(self.real())), self.offset + seconds))
            if self._traveller is None:
                import time_machine  # it brings pytest along, which no start of the cloud should wait for

                self._traveller = time_machine.travel(time.time(), tick=True).start()
            self._traveller.shift(seconds)
            return self.now()

    def of_client(self, real: float) -> float:
        """The cloud time at a moment that a client's own clock names.

        >>> Clock().of_client(1_000_000.0)
        1000000.0
        """
        index = bisect.bisect_right(self._moves, (real, math.inf)) - 1
        return real + (self._moves[index][1] if index >= 0 else 0.0)
