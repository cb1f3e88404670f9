"""Lambda reads event sources by itself: again and again, as many batches at a time as it may.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from cloud.functions.mappings import EventSourceMapping, Mappings

AT_ONCE = 5  # batches: as many as Lambda begins with for one queue
POLL_SECONDS = 0.1  # between two looks at the sources, while there are mappings


class Source(Protocol):
    """One kind of event source."""

    def at_once(self, mapping: EventSourceMapping) -> int:
        """How many batches of one mapping may run at the same time."""

    def waiting(self, mapping: EventSourceMapping) -> int:
        """How many records there are to be read."""

    def take(self, mapping: EventSourceMapping) -> Any:
        """The next batch, if it is time for one; something falsy otherwise."""

    def process(self, mapping: EventSourceMapping, batch: Any) -> None:
        """Run the function on a batch, and deal with what comes of it."""


class Poller:
    """Looks at the sources of all mappings in a thread of its own, and lets workers process the batches."""

    def __init__(self, mappings: Mappings, sources: Mapping[str, Source]) -> None:
        self._mappings, self._sources = mappings, sources
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cloud-batches")
        self._running: Counter[str] = Counter()  # batches, by the mapping's UUID
        self._lock = threading.Lock()
        self._stopped = False
        threading.Thread(target=self._run, name="cloud-event-sources", daemon=True).start()

    @property
    def under_way(self) -> int:
        """How many batches run, and how many records wait to be read."""
        waiting = sum(self._sources[one.kind].waiting(one) for one in self._mappings.enabled())
        with self._lock:
            return self._running.total() + waiting

    def stop(self) -> None:
        self._stopped = True
        with self._mappings.changed:
            self._mappings.changed.notify_all()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopped:
            with self._mappings.changed:
                self._mappings.changed.wait(POLL_SECONDS if self._mappings.enabled() else None)
            for mapping in self._mappings.enabled():
                try:
                    self._begin(mapping)
                except Exception:  # one mapping must not stop the others
                    if not self._stopped:
                        traceback.print_exc()

    def _begin(self, mapping: EventSourceMapping) -> None:
        source = self._sources[mapping.kind]
        while not self._stopped and self._has_room(source.at_once(mapping), mapping):
            batch = source.take(mapping)
            if not batch:
                return
            with self._lock:
                self._running[mapping.uuid] += 1
            self._workers.submit(self._process, source, mapping, batch)

    def _has_room(self, at_once: int, mapping: EventSourceMapping) -> bool:
        with self._lock:
            return self._running[mapping.uuid] < at_once and self._running.total() < AT_ONCE

    def _process(self, source: Source, mapping: EventSourceMapping, batch: Any) -> None:
        try:
            source.process(mapping, batch)
        except Exception:
            traceback.print_exc()
        finally:
            with self._lock:
                self._running[mapping.uuid] -= 1
