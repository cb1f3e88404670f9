"""A table's stream as event source: changes come in order, and one that fails holds up all that follow.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions import records
from cloud.functions.destinations import record as outcome_record
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import ThrottledError
from cloud.functions.lambda_service import Function
from cloud.functions.mappings import EventSourceMapping

if TYPE_CHECKING:
    from cloud.account import Account

RETRY_SECONDS = (1.0, 60.0)  # the first wait after a failure, and the longest, times the clock's scale
KEPT_SECONDS = 86_400  # a stream has changes for a day
SHARD = "shardId-00000001541626099285-f35f62ef"  # moto's only one


@dataclass
class Place:
    """Where the reading of a stream stands."""

    position: int  # the number of the next change
    most: int  # changes in the next batch; half as many after a failure, if it is to be bisected
    attempts: int = 0  # at this batch
    not_before: float = 0.0  # seconds since 1970
    since: float | None = None  # when the batch began to gather


class Streams:
    """Reads streams for the functions of an account, one batch of each at a time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._places: dict[str, Place] = {}

    def at_once(self, _: EventSourceMapping) -> int:
        return 1

    def waiting(self, mapping: EventSourceMapping) -> int:
        return len(self._changes(mapping))

    def take(self, mapping: EventSourceMapping) -> list[Any]:
        place, now = self._place(mapping), self._account.clock.now()
        if now < place.not_before:
            return []
        batch = self._changes(mapping)[: min(place.most, mapping.batch_size)]
        if not batch:
            return []
        place.since = now if place.since is None else place.since
        is_due = len(batch) >= mapping.batch_size or now - place.since >= mapping.window
        return batch if is_due or place.attempts else []

    def process(self, mapping: EventSourceMapping, batch: list[Any]) -> None:
        place, function = self._place(mapping), self._account.functions.find(mapping.function)
        if function is None:
            place.not_before = self._account.clock.now() + RETRY_SECONDS[0]
            return
        oldest = int(mapping.all_settings["MaximumRecordAgeInSeconds"])
        age = self._account.clock.now() - arrival(batch[0]).timestamp()
        if age > (KEPT_SECONDS if oldest == -1 else oldest):
            self._give_up(mapping, function, batch[:1], "RecordAgeExceeded", None)
            return
        told = [records.of_change(change, mapping.source) for change in batch]
        wanted = [one for one in told if records.wanted(one, mapping.patterns)]
        if not wanted:
            self._go_on(mapping, batch)
            return
        invocation = Invocation(records.event(wanted), invoked_arn=mapping.function)
        try:
            outcome = self._account.functions.run(function, invocation)
        except ThrottledError:
            place.not_before = self._account.clock.now() + RETRY_SECONDS[0]
            return
        mapping.result = "PROBLEM: Function call failed" if outcome.error else "OK"
        done = processed(mapping, outcome, told)
        if done:
            self._go_on(mapping, batch[:done])
        if done < len(batch):
            self._fail(mapping, function, batch[done:], invocation, outcome)

    def _fail(
        self,
        mapping: EventSourceMapping,
        function: Function,
        batch: list[Any],
        invocation: Invocation,
        outcome: Outcome,
    ) -> None:
        place, settings = self._place(mapping), mapping.all_settings
        if settings["BisectBatchOnFunctionError"] and len(batch) > 1:
            place.most = (len(batch) + 1) // 2  # which does not count as an attempt
        else:
            place.attempts += 1
        retries = int(settings["MaximumRetryAttempts"])
        if -1 < retries < place.attempts:
            self._give_up(mapping, function, batch, "RetryAttemptsExhausted", (invocation, outcome))
            return
        first, longest = RETRY_SECONDS
        wait = min(first * 2 ** min(place.attempts, 10), longest) * self._account.clock.scale
        place.not_before = self._account.clock.now() + wait

    def _give_up(
        self,
        mapping: EventSourceMapping,
        function: Function,
        batch: list[Any],
        condition: str,
        last: tuple[Invocation, Outcome] | None,
    ) -> None:
        """Go on after changes that were not processed, and tell of them where the mapping says."""
        place = self._place(mapping)
        destination = (mapping.settings.get("DestinationConfig") or {}).get("OnFailure") or {}
        if arn := destination.get("Destination"):
            invocation, outcome = last or (Invocation(b"null"), None)
            told = outcome_record(condition, mapping.function, invocation, max(place.attempts, 1), outcome)
            left_out = ("requestPayload", "responsePayload")
            body = {name: value for name, value in told.items() if name not in left_out}
            body["DDBStreamBatchInfo"] = batch_info(mapping.source, batch)
            self._account.asynchronous.destinations.send(function.role, arn, body)
        self._go_on(mapping, batch)

    def _go_on(self, mapping: EventSourceMapping, done: list[Any]) -> None:
        """These changes are done with."""
        self._places[mapping.uuid] = Place(int(number(done[-1])) + 1, mapping.batch_size)

    def _place(self, mapping: EventSourceMapping) -> Place:
        return self._places.setdefault(mapping.uuid, Place(mapping.begins, mapping.batch_size))

    def _changes(self, mapping: EventSourceMapping) -> list[Any]:
        """The changes that are still to be read."""
        stream = moto_side.stream(mapping.source, self._account.region)
        if stream is None:
            return []
        first = self._place(mapping).position - int(stream.starting_sequence_number)
        return list(stream.items[max(first, 0) :])

    def sweep(self) -> None:
        """Streams forget changes after a day, read or not."""
        moto_side.trim_streams(self._account.region, self._account.clock.now() - KEPT_SECONDS)


def processed(mapping: EventSourceMapping, outcome: Outcome, told: list[records.Record]) -> int:
    """How many of a batch's changes are done with: all before the first that the function names as failed."""
    if outcome.error:
        return 0
    failed = records.failed_items(outcome.payload) if mapping.reports_items else []
    numbers = [one["dynamodb"]["SequenceNumber"] for one in told]
    if failed is None or not set(failed) <= set(numbers):
        return 0
    return min((numbers.index(one) for one in failed), default=len(told))


def arrival(change: Any) -> datetime:
    """When a change came into the stream."""
    when: datetime = change.to_json()["dynamodb"]["ApproximateCreationDateTime"]
    return when.replace(tzinfo=UTC)


def number(change: Any) -> str:
    """A change's number in the stream."""
    return str(change.to_json()["dynamodb"]["SequenceNumber"])


def batch_info(stream_arn: str, batch: list[Any]) -> dict[str, Any]:
    """Where in a stream a batch is, for those who want to read it after all."""
    moments = [arrival(change).strftime("%Y-%m-%dT%H:%M:%SZ") for change in batch]
    return {
        "shardId": SHARD,
        "startSequenceNumber": number(batch[0]),
        "endSequenceNumber": number(batch[-1]),
        "approximateArrivalOfFirstRecord": moments[0],
        "approximateArrivalOfLastRecord": moments[-1],
        "batchSize": len(batch),
        "streamArn": stream_arn,
    }
