"""What the cloud does by itself as time passes: alarms change state, idle environments end, old data goes."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable

SECONDS = 5.0  # between two rounds: alarms are looked at more often than on AWS, where a lesson would wait


class Housekeeper:
    """Does its rounds in a thread of its own until it is told to stop."""

    def __init__(self, *rounds: Callable[[], None]) -> None:
        self._rounds = rounds
        self._stopping = threading.Event()
        threading.Thread(target=self._run, name="cloud-housekeeping", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(SECONDS):
            for round_ in self._rounds:
                try:
                    round_()
                except Exception:  # the next round, and the others, go on
                    traceback.print_exc()
