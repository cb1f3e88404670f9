"""Writes what functions say to CloudWatch Logs, behind the answer, and only as far as the execution role may.

Without the right there is no log, no error, and nobody is told: that is how it is on AWS.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cloud import moto_side
from cloud.functions.platform_log import Event
from cloud.identity.authorization import Authorizer
from cloud.identity.context import source_function
from cloud.identity.policy import Ask
from cloud.identity.principals import Principal

PAUSE_SECONDS = 0.01  # who waits for a function is answered first; what comes meanwhile is written at once


@dataclass(frozen=True)
class Batch:
    """The events of one invocation, and as whom they are written."""

    role: Principal
    region: str
    group: str
    stream: str
    events: tuple[Event, ...]


class LogWriter:
    """One thread that writes batches in the order in which they came."""

    def __init__(
        self, authorizer: Authorizer, account: str, written: Callable[[str, Iterable[Event]], None]
    ) -> None:
        self._authorizer, self._account = authorizer, account
        self._written = written  # hears of each group's new events
        self._queue: queue.SimpleQueue[Batch | threading.Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="cloud-logs", daemon=True)
        self._thread.start()

    def write(self, batch: Batch) -> None:
        self._queue.put(batch)

    def flush(self, seconds: float = 20.0) -> None:
        """Wait until all that was given so far is written."""
        done = threading.Event()
        self._queue.put(done)
        done.wait(seconds)

    def stop(self) -> None:
        self._queue.put(None)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
                continue
            if self._queue.empty():
                time.sleep(PAUSE_SECONDS)
            try:
                self._write(item)
            except Exception:  # whatever a batch trips over, the next ones must be written
                traceback.print_exc()

    def _write(self, batch: Batch) -> None:
        group = log_group_arn(batch.region, self._account, batch.group)
        stream = f"{group}:log-stream:{batch.stream}"
        if not moto_side.log_exists(batch.region, batch.group):
            if not self._may(batch.role, "logs:CreateLogGroup", group, f"{group}:*"):
                return
            moto_side.create_log(batch.region, batch.group)
        if not moto_side.log_exists(batch.region, batch.group, batch.stream):
            if not self._may(batch.role, "logs:CreateLogStream", stream, group):
                return
            moto_side.create_log(batch.region, batch.group, batch.stream)
        if self._may(batch.role, "logs:PutLogEvents", stream):
            moto_side.put_log_events(batch.region, batch.group, batch.stream, batch.events)
            self._written(batch.group, batch.events)

    def _may(self, role: Principal, action: str, *resources: str) -> bool:
        if (
            role.kind == "service"
        ):  # API Gateway writes access logs by itself, into a group that must be there
            return action != "logs:CreateLogGroup"
        return self._authorizer.decide(Ask(role, action, resources, source_function(role))).allowed


def log_group_arn(region: str, account: str, group: str) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{group}"
