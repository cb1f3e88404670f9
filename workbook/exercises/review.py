"""09_review: who recorded this file, a list from many shards, a price, five lines, and five questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import boto3

from dashboard.stack import Stack
from workbook import throwaway
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes
from workbook.explain import explain_project
from workbook.trace_sources import Sources
from workbook.waiting import wait_for_effect

SHARDS = 4
CHECKED = "review-check"  # the partition that the check fills, and empties again
PRICES = ((0.00065, 0.625), (0.00013, 0.125), (0.002, 1.0))  # a unit for an hour, a million requests
SECONDS_AN_HOUR = 3600


def recorder_is_found(stack: Stack, key: object = None, request_id: object = None) -> Outcome:
    """Compare with what the logs say about this key."""
    looked = f"the logs about `{key}`"
    if not isinstance(key, str) or not isinstance(request_id, str) or not request_id.strip():
        step = "Find the START line above the line that names your key. Its RequestId is what is asked for."
        return not_yet(looked, f"a request id is a text, and this is {request_id!r}", step)
    sources, given = Sources(stack, key), request_id.strip()
    recorders = (
        wait_for_effect(lambda: [one.request_id for one in sources.events() if one.request_id], 30) or []
    )
    if given in recorders:
        return passes(looked, f"request {given} recorded the file")
    ticket = sources.ticket()
    if ticket and ticket.request_id == given:
        step = "Look in the log of the function that S3 invokes."
        return partly(looked, "this request made the ticket; another one recorded the file", step, 0.4)
    step = "Filter index_upload's log for the key, take the event's logStreamName, and read that stream."
    return not_yet(looked, f"no event about this key was handled by request {given!r}", step)


@contextmanager
def filled(table: Any, shards: int) -> Iterator[list[str]]:
    """Records of one bucket spread over shards, unevenly, with some outside the prefix. Yields those inside."""
    keys = [f"incoming/{number:02}-{name}.txt" for number in range(15) for name in ("b", "a")]
    placed = [(key, shard_of(key, shards)) for key in keys]
    placed += [(f"incoming/{number:02}-{name}.txt", 1) for number in range(3) for name in ("c", "d")]
    outside = [(f"archive/{number}.txt", number % shards) for number in range(6)]
    items = [{"bucket": f"{CHECKED}#{shard}", "object_key": key} for key, shard in placed + outside]
    with table.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    try:
        yield sorted(key for key, _ in placed)
    finally:
        with table.batch_writer() as batch:
            for item in items:
                batch.delete_item(Key=item)


def shard_of(key: str, shards: int) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % shards


def shards_are_merged(stack: Stack, function: Any = None) -> Outcome:
    """Give the learner's function a table with sharded records, and see what it lists and how it asked."""
    looked = "your function, on 42 records in 4 shards of the live table"
    if not callable(function):
        return not_yet(
            looked, f"a function is asked for, not {function!r}", 'check("review-2", list_sharded)'
        )
    table = boto3.resource("dynamodb").Table(stack.table)
    read = throwaway.reading(table)
    with filled(boto3.resource("dynamodb").Table(stack.table), SHARDS) as keys:
        try:
            listed = function(table, CHECKED, SHARDS, "incoming/", 7)
            first, read[:] = list(read), []
            everything = function(table, CHECKED, SHARDS, "incoming/", 100)
        except Exception as error:  # whatever a learner's function raises is told, not thrown
            found = f"it stopped with `{type(error).__name__}: {error}`"
            return not_yet(looked, found, "Call it yourself with 4 shards, and read the traceback.")
    if listed is None:
        return not_yet(looked, "it gives nothing back yet", "Query each shard, and give back what you found.")
    if any(operation == "Scan" for operation, _ in first + read):
        step = 'Query each shard by its partition key, `f"{bucket}#{shard}"`.'
        return partly(looked, "it reads the whole table with Scan", step, 0.3)
    if not isinstance(listed, list | tuple) or sorted(map(str, everything)) != keys:
        count = len(everything) if isinstance(everything, list | tuple) else 0
        step = "Query all shards, each with `begins_with(prefix)`, and give back a list of object keys."
        return partly(looked, f"of {len(keys)} keys under the prefix it lists {count}", step, 0.3)
    if list(listed) != keys[:7]:
        step = (
            "Every shard may hold all of the first ones: ask each for `limit`, sort them together, then cut."
        )
        return partly(looked, f"the first 7 keys should be `{keys[0]}` ... `{keys[6]}`, and yours are "
                      f"`{listed[0] if listed else None}` ... `{listed[-1] if listed else None}`", step, 0.5)  # fmt: skip
    if (count := sum(number for _, number in first)) > SHARDS * 7:
        step = "Give each query `Limit=limit`: a reader who wants 7 should not pay for all."
        return partly(looked, f"the order is right, and {count} records were read to list 7", step, 0.8)
    return passes(looked, "the first 7 of 36 in their order, and each shard was asked for 7 at most")


def price_is_right(stack: Stack, function: Any = None) -> Outcome:
    """Try the function with real prices, and with prices that nobody has."""
    looked = "your function, with the prices of writes, of reads, and with invented ones"
    if not callable(function):
        return not_yet(looked, f"a function is asked for, not {function!r}", 'check("review-3", break_even)')
    for hour, million in PRICES:
        right = hour / (SECONDS_AN_HOUR * million / 1_000_000)
        try:
            given = function(hour, million)
        except Exception as error:  # whatever a learner's function raises is told, not thrown
            found = f"it stopped with `{type(error).__name__}: {error}`"
            return not_yet(looked, found, "Call it yourself with the two prices of writes.")
        if given is None:
            return not_yet(looked, "it gives nothing back yet", "Give back a share between 0 and 1.")
        if (
            not isinstance(given, int | float | Fraction)
            or isinstance(given, bool)
            or abs(given - right) > 0.001
        ):
            step = (
                "What would a unit's 3,600 requests cost on demand? Which share of that is the unit's price?"
            )
            return partly(looked, f"for ${hour} and ${million} it gives {given!r}", step, 0.3)
    return passes(looked, "29 per cent for writes, the same for reads, and right for other prices too")


def project_is_explained(stack: Stack, lines: object = None) -> Outcome:
    """Read the five lines beside the live resources."""
    looked = "your lines, and the resources of your account"
    told = explain_project(lines if isinstance(lines, str) else "", stack)
    if told.complete:
        return passes(looked, "five layers, each with its service, and all of them are yours")
    first = next(one for one in told.judged if one.missing)
    found = f"not clear yet: {', '.join(told.missing)}"
    step = f"{first.layer.name}: {first.missing}"
    done = 1 - len(told.missing) / len(told.judged)
    return partly(looked, found, step, done) if done else not_yet(looked, found, step)


def questions_are_answered(stack: Stack, quiz: Any = None) -> Outcome:
    """The quiz's own state: all five answered rightly."""
    looked = "the knowledge check"
    if not hasattr(quiz, "at_once") or not hasattr(quiz, "right"):
        return not_yet(looked, f"what was given is no quiz: {quiz!r}", 'check("review-5", quiz)')
    if quiz.complete:
        return passes(looked, f"five of five, {quiz.at_once} at the first try")
    found = f"{quiz.right} of 5 questions are answered"
    step = "Answer the next question: by hand above, or with `quiz.answer(...)` and `quiz.next()`."
    return partly(looked, found, step, quiz.right / 5) if quiz.right else not_yet(looked, found, step)


EXERCISES = (
    Exercise(
        id="review-1", title="Find who recorded it", look=recorder_is_found, points=2,
        why="A request id ties a file to one run of one function, and that to every line it printed.",
        where="09_review, 'Follow one file through every layer'",
        hints=(
            "index_upload prints the key of every event. Its log has the line; the RequestId stands above it.",
            '`logs.filter_log_events(logGroupName=..., filterPattern=f\'"{key}"\')` finds the line and its stream.',
            "`logs.get_log_events(logGroupName=..., logStreamName=..., startFromHead=True)` gives the stream. Walk "
            "back from the line to the nearest one that begins with `START RequestId: `.",
        ),
    ),
    Exercise(
        id="review-2", title="List from many shards", look=shards_are_merged, points=2,
        why="Spreading writes over partitions is easy. The price comes when you read: order has to be made again.",
        where="09_review, 'Read what was spread'",
        hints=(
            "One query a shard. The partition key of shard 2 is `f\"{bucket}#{2}\"`.",
            "The first `limit` keys could all lie in one shard, so ask every shard for `limit`.",
            "Collect the keys of all shards, `sorted(...)`, and cut with `[:limit]`.",
        ),
    ),
    Exercise(
        id="review-3", title="Find the break-even", look=price_is_right,
        why="Below this utilisation you pay less by request, above it by the hour. Everything else is a guess.",
        where="09_review, 'Pay by request or by the hour'",
        hints=(
            "A unit that is busy all the time does one request a second: 3,600 an hour.",
            "On demand these 3,600 would cost `3600 * million_requests / 1_000_000`.",
            "The break-even is `unit_hour / (3600 * million_requests / 1_000_000)`.",
        ),
    ),
    Exercise(
        id="review-4", title="Explain it in five lines", look=project_is_explained, points=2,
        why="What you can say in five lines, you have understood. Somebody will ask you in an interview.",
        where="09_review, 'Explain your project in five lines'",
        hints=(
            "One line a layer: hosting, API, files, metadata, monitoring. Name the service in each.",
            "`explain_project(lines)` says of every layer what it still misses, and what stands in your account.",
            "Begin like this: 'The frontend is a static site hosted on S3.'",
        ),
    ),
    Exercise(
        id="review-5", title="Answer five questions", look=questions_are_answered,
        why="Five questions that a review of this architecture would ask.",
        where="09_review, 'Knowledge check'",
        hints=(
            "A wrong choice tells why it is wrong. Read it, and choose again.",
            "In code: `quiz.answer(\"API Gateway\")`, then `quiz.next()`.",
        ),
    ),
)  # fmt: skip
