"""Asynchronous invocations: accepted at once, run behind, tried again when the function fails.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from cloud.clock import Clock
from cloud.functions.environment import Invocation
from cloud.functions.fleet import CONCURRENCY, ThrottledError
from cloud.functions.lambda_service import LambdaService

RETRY_SECONDS = (60.0, 120.0)  # before the second attempt and the third, before the clock's scale
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Event:
    """One event on its way to a function: ``attempt`` counts from 1."""

    function: str
    invocation: Invocation
    accepted: float = field(default_factory=time.time)
    attempt: int = 1


class AsynchronousInvoker:
    """Takes events, and sees to it that each is run until it succeeds or has failed for good."""

    def __init__(self, functions: LambdaService, clock: Clock) -> None:
        self._functions, self._clock = functions, clock
        self._workers = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="cloud-async")
        self._waiting: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        threading.Thread(target=self._release, name="cloud-retries", daemon=True).start()

    def submit(self, function: str, invocation: Invocation) -> None:
        """Accept an event for a function, by its ARN."""
        self._workers.submit(self._attempt, Event(function, invocation))

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, event: Event) -> None:
        try:
            function = self._functions.find(event.function)
            if function is None:
                return
            try:
                outcome = self._functions.run(function, event.invocation)
            except ThrottledError:
                self._later(event, 1.0)
                return
            if outcome.error and event.attempt <= len(RETRY_SECONDS):
                self._later(replace(event, attempt=event.attempt + 1), RETRY_SECONDS[event.attempt - 1])
        except Exception:  # one event must not stop the others
            traceback.print_exc()

    def _later(self, event: Event, seconds: float) -> None:
        with self._changed:
            due = self._clock.now() + seconds * self._clock.scale
            heapq.heappush(self._waiting, (due, next(self._numbers), event))
            self._changed.notify()

    def _release(self) -> None:
        """Hand over events that are due, in cloud time, which may jump."""
        while True:
            with self._changed:
                self._changed.wait(POLL_SECONDS if self._waiting else None)
                if self._stopped:
                    return
                while self._waiting and self._waiting[0][0] <= self._clock.now():
                    self._workers.submit(self._attempt, heapq.heappop(self._waiting)[2])
