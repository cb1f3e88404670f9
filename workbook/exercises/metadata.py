"""03_metadata: a table that stays true, whatever duplicates, delays and disorder the events bring."""

from __future__ import annotations

import itertools
import random
import secrets
from collections import Counter
from collections.abc import Callable
from numbers import Integral
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from dashboard.stack import Stack
from dashboard.stack.teardown import if_there
from workbook import throwaway
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.metadata_scene import table_is_true

KEPT = {"bucket": "check", "object_key": "incoming/kept.txt"}
LARGEST_SHARE = 1.4  # of an even share: what chance alone does not reach with 4,000 keys


def table_answers_both_questions(stack: Stack, create_table: Callable[..., object] | None = None) -> Outcome:
    """Let the learner's function make a table, twice, and use it; then use the stack's own."""
    looked = f"a table that your function made, and `{stack.table}`"
    if create_table is None:
        return no_function(looked, "metadata-1", "create_table")
    dynamodb, name = stack.client("dynamodb"), throwaway.name_of(stack)
    try:
        create_table(dynamodb, name)
        if if_there(dynamodb.describe_table, TableName=name) is None:
            return not_yet(looked, "your function made no table", "Call `dynamodb.create_table`.")
        if wrong := what_is_wrong(name):
            return partly(looked, *wrong)
        mode = dynamodb.describe_table(TableName=name)["Table"].get("BillingModeSummary", {})
        if mode.get("BillingMode") != "PAY_PER_REQUEST":
            return partly(
                looked,
                "the table is right, and rents capacity by the hour",
                'Say `BillingMode="PAY_PER_REQUEST"`.',
                0.7,
            )
        table = boto3.resource("dynamodb").Table(name)
        table.put_item(Item=KEPT)
        try:
            create_table(dynamodb, name)
        except ClientError as error:
            return partly(
                looked,
                f"called twice, your function raises {error.response['Error']['Code']}",
                "Catch `dynamodb.exceptions.ResourceInUseException`: then the table is there already.",
                0.8,
            )
        if "Item" not in table.get_item(Key=KEPT):
            return partly(
                looked,
                "called twice, your function makes an empty table, and the records of the first are lost",
                "Let a table that is there be: never delete it.",
                0.5,
            )
    finally:
        if_there(dynamodb.delete_table, TableName=name)
    dynamodb.describe_table(TableName=stack.table)
    if wrong := what_is_wrong(stack.table):
        found, _ = wrong
        return partly(
            looked,
            f"your function is right; `{stack.table}` is from an earlier try: {found}",
            "A table's keys can't be changed. Delete it, `dynamodb.delete_table(TableName=stack.table)`, and run "
            "your cell again.",
            0.8,
        )
    return passes(looked, "it keeps a record a file, in order, finds one, and finds those of a bucket")


def what_is_wrong(name: str) -> tuple[str, str] | None:
    """What a table cannot do, and the remedy; None when it answers both questions."""
    table, bucket = boto3.resource("dynamodb").Table(name), f"check-{secrets.token_hex(4)}"
    items = [{"bucket": bucket, "object_key": f"incoming/{part}.txt"} for part in ("b", "a", "c")]
    keys = (
        "The partition key (`HASH`) is `bucket`, the sort key (`RANGE`) is `object_key`; both are texts, `S`."
    )
    try:
        for item in items:
            table.put_item(Item=item)
        one = table.get_item(Key=items[0]).get("Item")
        found = table.query(KeyConditionExpression=Key("bucket").eq(bucket))["Items"]
    except ClientError as error:
        return f"it refuses: {error.response['Error']['Message']}", keys
    finally:
        for item in items:
            try:
                table.delete_item(Key=item)
            except ClientError:
                break  # a table with other keys: it is thrown away, or was told of above
    if one != items[0] or [item["object_key"][9] for item in found] != ["a", "b", "c"]:
        return f"of three files of one bucket it finds {len(found)}", keys
    return None


def newest_is_kept(stack: Stack, keep_newest: Callable[..., object] | None = None) -> Outcome:
    """Deliver three events in every order, twice, and let somebody write between a read and a write."""
    looked = f"records in `{stack.table}` after events in every order, and twice"
    if keep_newest is None:
        return no_function(looked, "metadata-2", "keep_newest")
    stack.client("dynamodb").describe_table(TableName=stack.table)
    table, bucket = boto3.resource("dynamodb").Table(stack.table), f"check-{secrets.token_hex(4)}"
    events = [
        {"size": size, "sequencer": sequencer.ljust(32, "0")}
        for size, sequencer in ((1, "0055AED6DCD90281E5"), (2, "0055AED6DCD90281E5A1"), (3, "0055AED6DD"))
    ]
    where = {"bucket": bucket, "object_key": "incoming/a.txt"}
    try:
        left = Counter[int]()
        for order in itertools.permutations(events):
            table.delete_item(Key=where)
            for event in (*order, *order[:2]):
                keep_newest(table, where | event)
            left[int(table.get_item(Key=where).get("Item", {}).get("size", 0))] += 1
        if left[0] == left.total():
            return not_yet(looked, "your function writes nothing", "Fill in `keep_newest`.")
        if wrong := left.total() - left[3]:
            return partly(
                looked,
                f"in {wrong} of {left.total()} orders the record was not the newest event's",
                "The condition: there is no `sequencer` yet, or it is lower than the item's.",
                left[3] / (2 * left.total()),
            )
        if interrupted(keep_newest, stack.table, where, events):
            return partly(
                looked,
                "it reads, then writes; what another function wrote in between is lost",
                "Let DynamoDB judge: one `put_item` with a `ConditionExpression`, and no read before it.",
                0.6,
            )
    finally:
        table.delete_item(Key=where)
    try:
        keep_newest(boto3.resource("dynamodb").Table(throwaway.name_of(stack)), where | events[0])
    except ClientError:
        return passes(looked, "the newest event's record is left each time, and other errors come out")
    return partly(
        looked,
        "the newest is left, but a missing table goes unnoticed too",
        "Swallow `ConditionalCheckFailedException` alone, and `raise` the rest.",
        0.7,
    )


def interrupted(
    keep_newest: Callable[..., object], name: str, where: dict[str, Any], events: list[dict[str, Any]]
) -> bool:
    """Whether an old event wins over a newer record that another function writes right after a read."""
    table, aside = boto3.resource("dynamodb").Table(name), boto3.resource("dynamodb").Table(name)
    newer = where | events[2]
    reads = []

    def write_in_between(**_: Any) -> None:
        aside.put_item(Item=newer)
        reads.append(newer)

    aside.put_item(Item=where | events[0])
    for operation in ("GetItem", "Query", "Scan"):
        table.meta.client.meta.events.register(f"after-call.dynamodb.{operation}", write_in_between)
    keep_newest(table, where | events[1])
    return bool(reads) and aside.get_item(Key=where)["Item"] != newer


def every_page_is_read(stack: Stack, every_key: Callable[..., Any] | None = None) -> Outcome:
    """Record nine files, let the learner's function list seven of them by three, and count what it read."""
    looked = f"seven records in `{stack.table}` under a prefix, read by three at a time"
    if every_key is None:
        return no_function(looked, "metadata-4", "every_key")
    stack.client("dynamodb").describe_table(TableName=stack.table)
    table, bucket = boto3.resource("dynamodb").Table(stack.table), f"check-{secrets.token_hex(4)}"
    right = [f"incoming/a/{number}.txt" for number in range(6)] + ["incoming/a/Z.txt"]
    keys = [*right, "incoming/b/1.txt", "elsewhere/1.txt"]
    asked = throwaway.reading(table)
    items = [{"bucket": where, "object_key": key} for where in (bucket, f"{bucket}-2") for key in keys]
    try:
        for item in items:
            table.put_item(Item=item)
        found = every_key(table, bucket, "incoming/a/", 3)
        found = found if found is None else list(found)
    finally:
        for item in items:
            table.delete_item(Key=item)
    if found is None:
        return not_yet(looked, "your function answered None", "Return a list of object keys.")
    read, most = sum(count for _, count in asked), max((count for _, count in asked), default=0)
    if any(operation == "Scan" for operation, _ in asked):
        return partly(
            looked, f"it scans: {read} records were read for 7", "Use `table.query` with both keys.", 0.3
        )
    if found != right:
        return partly(
            looked,
            f"it found {len(found)} keys instead of 7",
            "Go on as long as a page has a `LastEvaluatedKey`, and give that back as `ExclusiveStartKey`."
            if len(found) < 7
            else "`begins_with` on the sort key keeps out what is not under the prefix.",
        )
    if most > 3:
        return partly(looked, f"all seven, but {most} at once", "Pass `Limit=page_size`.", 0.7)
    if read > len(right):
        return partly(
            looked, f"all seven, but {read} records were read", "Let the key condition pick them.", 0.7
        )
    return passes(looked, "all seven, in order, and nothing else was read")


class Touchy(str):
    """A text that Python's ``hash`` gives another number each time, as another process would."""

    __slots__ = ()

    def __hash__(self) -> int:
        return random.getrandbits(48)


def is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def shards_are_even(stack: Stack, shard_of: Callable[[str, int], Any] | None = None) -> Outcome:
    """Ask for the shards of keys of three kinds, twice, and count."""
    looked = "the shards of 4,000 keys of each of three kinds"
    if shard_of is None:
        return no_function(looked, "metadata-5", "shard_of")
    if shard_of("incoming/a.txt", 8) is None:
        return not_yet(looked, "your function answered None", "Return a number from 0 to shards - 1.")
    kinds = {
        "keys with random parts": [f"incoming/{secrets.token_hex(16)}/cat.png" for _ in range(4000)],
        "keys with dates": [f"incoming/2026-11-25/{number:05}.txt" for number in range(4000)],
        "keys of one length": [f"incoming/{number:08x}" for number in range(4000)],
    }
    for kind, keys in kinds.items():
        for shards in (2, 8, 10):
            chosen = [shard_of(Touchy(key), shards) for key in keys]
            if wrong := [one for one in chosen if not (is_whole(one) and 0 <= one < shards)]:
                return partly(
                    looked,
                    f"of {shards} shards it chose {wrong[0]!r}",
                    "Return a whole number, `... % shards`.",
                    0.3,
                )
            if chosen != [shard_of(Touchy(key), shards) for key in keys]:
                return partly(
                    looked,
                    "asked again, as another process would, it chooses other shards",
                    "Use a digest such as SHA-256 of the key's bytes; neither `hash` nor chance.",
                    0.4,
                )
            largest = max(Counter(chosen).values()) * shards / len(keys)
            if largest > LARGEST_SHARE:
                return partly(
                    looked,
                    f"{kind}: one of {shards} shards gets {largest:.1f} times its even share",
                    "Let every letter of the key count: a digest of the whole key.",
                    0.5,
                )
    return passes(looked, "always the same shard for a key, and an even share for each shard")


EXERCISES = (
    Exercise(
        id="metadata-1",
        title="Make the table",
        look=table_answers_both_questions,
        why="A table's keys decide which questions are cheap, and they can't be changed later.",
        where="03_metadata, 'Make a table for two questions'",
        hints=(
            "`dynamodb.create_table` with `TableName`, `KeySchema`, `AttributeDefinitions`, `BillingMode`, `Tags`.",
            "`KeySchema` names `bucket` as HASH and `object_key` as RANGE; `AttributeDefinitions` gives both the "
            "type S.",
            "Around it: `try` ... `except dynamodb.exceptions.ResourceInUseException: pass`; after it: "
            "`dynamodb.get_waiter('table_exists').wait(TableName=table)`.",
        ),
        points=2,
    ),
    Exercise(
        id="metadata-2",
        title="Keep the newest",
        look=newest_is_kept,
        why="Events are retried, doubled and overtaken. Without a condition, the last to arrive wins, not the "
        "last to happen.",
        where="03_metadata, 'Write on a condition'",
        hints=(
            "`table.put_item(Item=item, ConditionExpression=...)`; the condition is about the item that is there.",
            "`Attr('sequencer').not_exists() | Attr('sequencer').lt(item['sequencer'])`",
            "In `except ClientError as error`: if `error.response['Error']['Code']` is not "
            "'ConditionalCheckFailedException', `raise`.",
        ),
        points=2,
    ),
    Exercise(
        id="metadata-3",
        title="Keep the table true",
        look=table_is_true,
        why="The dashboard shows the table. A ghost in it is a file that nobody can open; a gap is a file that "
        "nobody can find.",
        where="03_metadata, 'Write the function'",
        hints=(
            "Begin with `where = {'bucket': bucket, 'object_key': key}` and `found = look(bucket, key)`.",
            "Not found: `unless_newer(table.delete_item, Attr('sequencer').lte(sequencer), Key=where)` and return.",
            "Found: the record is `where | {...}` with facts from `found`: ContentLength, ContentType, ETag, "
            "LastModified (`.strftime('%Y-%m-%dT%H:%M:%SZ')`).",
            "Put it with `unless_newer(table.put_item, Attr('sequencer').not_exists() | "
            "Attr('sequencer').lt(sequencer), Item=record)`, then look once more, as in the second hint.",
        ),
        points=3,
        function="index_upload",
    ),
    Exercise(
        id="metadata-4",
        title="Read every page",
        look=every_page_is_read,
        why="A list that stops after its first page looks right until there are more files than fit on it.",
        where="03_metadata, 'Turn the page'",
        hints=(
            "A loop: ask, collect, and stop when the answer has no `LastEvaluatedKey`.",
            "The condition is `Key('bucket').eq(bucket) & Key('object_key').begins_with(prefix)`; pass "
            "`Limit=page_size` too.",
            "Keep the arguments in a dict, and put `asked['ExclusiveStartKey'] = page['LastEvaluatedKey']` into "
            "it for the next turn.",
        ),
        points=2,
    ),
    Exercise(
        id="metadata-5",
        title="Choose a shard",
        look=shards_are_even,
        why="One busy partition limits the whole table, however large it is. Spreading helps only if the "
        "spread is even, and if you can find things again.",
        where="03_metadata, 'Think past one machine'",
        hints=(
            "`hashlib.sha256(object_key.encode())` is the same everywhere.",
            "`int.from_bytes(digest)` makes a number of a digest.",
            "return int.from_bytes(hashlib.sha256(object_key.encode()).digest()) % shards",
        ),
    ),
)
