"""Asynchronous invocations: accepted at once, run behind, tried again on failure, told of at the end.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cloud.clock import Clock
from cloud.functions import lineage
from cloud.functions.destinations import Deposit, Destinations, record
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import ThrottledError
from cloud.functions.kept import AGE_SECONDS, RETRIES

if TYPE_CHECKING:
    from cloud.functions.lambda_service import Function, LambdaService
    from cloud.identity.authorization import Authorizer

RETRY_SECONDS = (60.0, 120.0)  # before the second attempt and the third, times the clock's scale
THROTTLE_SECONDS = (1.0, 300.0)  # the first wait after a throttle, and the longest
AT_ONCE = 8  # events that run at the same time: a burst waits for warm environments, and starts no more
POLL_SECONDS = 0.2  # cloud time may jump, so that what waits for it looks often


@dataclass(frozen=True)
class Event:
    """One event on its way to a function. ``attempts`` counts those that ran."""

    function: str
    invocation: Invocation
    accepted: float = field(default_factory=time.time)
    attempts: int = 0
    throttles: int = 0


class AsynchronousInvoker:
    """Takes events, and sees to it that each is run until it succeeds or has failed for good."""

    def __init__(
        self, functions: LambdaService, clock: Clock, authorizer: Authorizer, deposit: Deposit
    ) -> None:
        self._functions, self._clock = functions, clock
        self._destinations = Destinations(authorizer, functions.region, self._hand_on, deposit)
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cloud-async")
        self._running = 0  # events that a worker has, or will have as soon as one is free
        self._waiting: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        threading.Thread(target=self._release, name="cloud-retries", daemon=True).start()

    @property
    def destinations(self) -> Destinations:
        return self._destinations

    @property
    def under_way(self) -> int:
        """How many events have neither succeeded nor failed for good."""
        with self._changed:
            return self._running + len(self._waiting)

    def submit(self, function: str, invocation: Invocation) -> None:
        """Accept an event for a function, by its ARN."""
        if not self._stopped:
            with self._changed:
                self._begin(self._attempt, Event(function, invocation))

    def submit_traced(self, function: str, invocation: Invocation) -> None:
        """Accept an event that another one may have led to; a loop that has gone on too long ends here."""
        found = self._functions.find(function)
        if found is None:
            return
        traced, is_loop = self.trace(found, invocation)
        if is_loop:
            with self._changed:
                self._begin(self._fail, found, Event(function, traced), "RecursiveInvocation", None)
        else:
            self.submit(function, traced)

    def trace(self, function: Function, invocation: Invocation) -> tuple[Invocation, bool]:
        """Count an invocation in its trace header, and tell whether it goes on with a loop that must end."""
        arn = self._functions.arn(function.settings.name)
        trace, number = lineage.extended(invocation.trace, arn)
        is_loop = number > lineage.LIMIT and function.kept.recursive_loop == "Terminate"
        if is_loop:
            self._functions.metrics.of_dropped_loop(function.settings.name)
        return replace(invocation, trace=trace), is_loop

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _begin(self, step: Callable[..., None], *about: object) -> None:
        """Let a worker take a step, and count it until it is done. Call this with the lock held."""
        self._running += 1
        self._workers.submit(self._take, step, *about)

    def _take(self, step: Callable[..., None], *about: object) -> None:
        try:
            step(*about)
        except Exception:  # one event must not stop the others
            traceback.print_exc()
        finally:
            with self._changed:
                self._running -= 1

    def _attempt(self, event: Event) -> None:
        function = self._functions.find(event.function)
        if function is not None:
            self._run(function, event)

    def _run(self, function: Function, event: Event) -> None:
        config = function.event_config
        age = AGE_SECONDS if config.age is None else config.age
        retries = RETRIES if config.retries is None else config.retries
        if function.reserved_concurrency == 0:
            self._fail(function, event, "ZeroReservedConcurrency", None)
            return
        if self._clock.now() - event.accepted > age:
            self._fail(function, event, "EventAgeExceeded", None)
            return
        try:
            outcome = self._functions.run(function, event.invocation)
        except ThrottledError:
            first, longest = THROTTLE_SECONDS
            wait = min(first * 2**event.throttles, longest * self._clock.scale)
            self._later(replace(event, throttles=event.throttles + 1), self._clock.now() + wait)
            return
        tried = replace(event, attempts=event.attempts + 1)
        if not outcome.error:
            self._tell(function, tried, "Success", outcome, config.on_success)
        elif tried.attempts <= retries:
            # From the end of the attempt, as its log tells: who read that may have moved the clock since.
            ended = outcome.events[-1][0] / 1000
            self._later(tried, ended + RETRY_SECONDS[tried.attempts - 1] * self._clock.scale)
        else:
            self._fail(function, tried, "RetriesExhausted", outcome)

    def _fail(self, function: Function, event: Event, condition: str, outcome: Outcome | None) -> None:
        """An event is given up: its dead-letter queue gets the event, its destination a record."""
        if condition != "RecursiveInvocation":
            self._count(function, "AsyncEventsDropped")
        if queue := function.kept_version.dead_letter_arn:
            message = _error_message(outcome)
            attributes = {
                "RequestID": event.invocation.request_id,
                "ErrorCode": "200",
                "ErrorMessage": message,
            }
            text = event.invocation.payload.decode()
            if not self._destinations.send_letter(function.role, queue, text, attributes):
                self._count(function, "DeadLetterErrors")
        self._tell(function, event, condition, outcome, function.event_config.on_failure)

    def _tell(
        self,
        function: Function,
        event: Event,
        condition: str,
        outcome: Outcome | None,
        destination: str | None,
    ) -> None:
        if destination:
            arn = f"{self._functions.arn(function.settings.name)}:{function.qualifier}"
            body = record(condition, arn, event.invocation, max(event.attempts, 1), outcome)
            if not self._destinations.send(function.role, destination, body, event.invocation.trace):
                self._count(function, "DestinationDeliveryFailures")

    def _hand_on(self, function: str, invocation: Invocation) -> bool:
        """Give a record to a function that is a destination, if it is there."""
        found = self._functions.find(function)
        if found is not None:
            self.submit_traced(function, invocation)
        return found is not None

    def _count(self, function: Function, metric: str) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
        dimensions = {"FunctionName": function.settings.name}
        self._functions.metrics.record("AWS/Lambda", dimensions, {metric: (1.0, "Count")})

    def _later(self, event: Event, due: float) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._numbers), event))
            self._changed.notify()

    def _release(self) -> None:
        """Hand over events that are due, in cloud time."""
        while True:
            with self._changed:
                self._changed.wait(POLL_SECONDS if self._waiting else None)
                if self._stopped:
                    return
                while self._waiting and self._waiting[0][0] <= self._clock.now():
                    self._begin(self._attempt, heapq.heappop(self._waiting)[2])


def _error_message(outcome: Outcome | None) -> str:
    """The error message that a dead-letter queue's message carries, at most 1 KB of it."""
    try:
        found = json.loads(outcome.payload) if outcome else {}
    except ValueError:
        found = {}
    return str(found.get("errorMessage", ""))[:1024] if isinstance(found, dict) else ""
