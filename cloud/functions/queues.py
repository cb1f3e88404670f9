"""Queues as event sources: messages come in batches; those that were processed are deleted.

The others show again when the queue's visibility timeout is over, and go to its dead-letter queue in the end.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions import lineage, records
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import ThrottledError
from cloud.functions.lambda_service import Function
from cloud.functions.mapping_rules import lacks_on_queue
from cloud.functions.mappings import EventSourceMapping
from cloud.functions.polling import AT_ONCE

if TYPE_CHECKING:
    from cloud.account import Account

LARGEST_EVENT = 6 * 1024 * 1024  # bytes


class Queues:
    """Reads queues for the functions of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._since: dict[str, float] = {}  # when a batch began to gather, by the mapping's UUID

    def at_once(self, mapping: EventSourceMapping) -> int:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
        scaling = mapping.settings.get("ScalingConfig") or {}
        return min(int(scaling.get("MaximumConcurrency") or AT_ONCE), AT_ONCE)

    def waiting(self, mapping: EventSourceMapping) -> int:
        return moto_side.waiting_messages(mapping.source)

    def take(self, mapping: EventSourceMapping) -> list[Any]:
        """The next messages, when there are enough, or the first has waited for as long as the window says.

        Without the right to read them, the function's role gets none.
        """
        waiting = self.waiting(mapping)
        if not waiting or not self._is_due(mapping, waiting):
            return []
        function = self._account.functions.find(mapping.function)
        if function is None or lacks_on_queue(self._account, function, mapping.source):
            return []
        self._since.pop(mapping.uuid, None)
        return moto_side.receive_messages(mapping.source, mapping.batch_size)

    def _is_due(self, mapping: EventSourceMapping, waiting: int) -> bool:
        now = self._account.clock.now()
        since = self._since.setdefault(mapping.uuid, now)
        return waiting >= mapping.batch_size or now - since >= mapping.window

    def process(self, mapping: EventSourceMapping, batch: list[Any]) -> None:
        function = self._account.functions.find(mapping.function)
        if function is None:
            return
        wanted = []
        for message in batch:
            if records.wanted(records.of_message(message, mapping.source), mapping.patterns):
                wanted.append(message)
            else:
                moto_side.delete_message(mapping.source, message.receipt_handle)
        for part in in_parts(wanted):
            self._process(mapping, function, part)

    def _process(self, mapping: EventSourceMapping, function: Function, batch: list[Any]) -> None:
        traced = [
            (
                message,
                self._account.asynchronous.trace(function, Invocation(b"", trace=records.trace_of(message))),
            )
            for message in batch
        ]
        # What goes on with a loop stays in the queue, until that gives it to its dead-letter queue.
        going_on = [(message, invocation.trace) for message, (invocation, is_loop) in traced if not is_loop]
        if not going_on:
            return
        arn = self._account.functions.arn(function.settings.name)
        furthest = max((trace for _, trace in going_on), key=lambda trace: lineage.number(trace, arn))
        messages = [message for message, _ in going_on]
        payload = records.event(records.of_message(message, mapping.source) for message in messages)
        try:
            outcome = self._account.functions.run(
                function, Invocation(payload, trace=furthest, invoked_arn=mapping.function)
            )
        except ThrottledError:
            return
        failed = failed_messages(mapping, outcome, [message.id for message in messages])
        for message in messages:
            if message.id not in failed:
                moto_side.delete_message(mapping.source, message.receipt_handle)


def failed_messages(mapping: EventSourceMapping, outcome: Outcome, ids: list[str]) -> set[str]:
    """The messages that were not processed. An answer that names others means that none were."""
    if outcome.error:
        return set(ids)
    if not mapping.reports_items:
        return set()
    told = records.failed_items(outcome.payload)
    return set(ids) if told is None or not set(told) <= set(ids) else set(told)


def in_parts(batch: list[Any]) -> list[list[Any]]:
    """A batch as batches that fit into an event each."""
    if len(batch) < 2 or sum(len(message.body.encode()) for message in batch) < LARGEST_EVENT * 3 // 4:
        return [batch] if batch else []
    half = len(batch) // 2
    return in_parts(batch[:half]) + in_parts(batch[half:])
