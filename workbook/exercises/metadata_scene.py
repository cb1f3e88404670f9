"""03_metadata, the scene: new, late, double and wrong events, and whether the table stays true."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3
from boto3.dynamodb.conditions import Key

from checks.where import work_folder
from dashboard.stack import Stack
from dashboard.stack.names import PREFIX
from dashboard.stack.package import package
from dashboard.stack.roles import allow
from workbook import throwaway
from workbook.exercises import Outcome, not_yet, partly, passes
from workbook.exercises.events import record as event_record
from workbook.waiting import wait_for_effect

ATTEMPTS = 3
SOON = 30.0  # seconds in which an event arrives, with time to spare
# The learner's file, started in a bucket where somebody deletes the file right after the first look at it.
BETWEEN = """import boto3

boto3.setup_default_session()
deleted = []


def delete_after_the_first_look(parsed, **_):
    if not deleted and parsed.get("ResponseMetadata", {}).get("HTTPStatusCode") == 200:
        deleted.append(boto3.Session().client("s3").delete_object(Bucket=BUCKET, Key=KEY))


for look in ("HeadObject", "GetObject", "ListObjectsV2"):
    boto3.DEFAULT_SESSION.events.register(f"after-call.s3.{look}", delete_after_the_first_look)

from learner import lambda_handler
"""


def table_is_true(stack: Stack, *_: object) -> Outcome:
    """Start the learner's function with events of every kind, and compare the table with the bucket."""
    index = stack.functions["index_upload"]
    looked = f"`{stack.table}` after your function got new, late, double and wrong events"
    lambda_, s3 = stack.client("lambda"), stack.client("s3")
    lambda_.get_function_configuration(FunctionName=index.name)
    stack.client("dynamodb").describe_table(TableName=stack.table)
    table = boto3.resource("dynamodb").Table(stack.table)
    scene = Scene(stack, lambda_, s3, table, index.name)
    try:
        wrong = scene.play() or scene.deleted_in_between(stack)
    finally:
        scene.clear()
    if wrong is None:
        return passes(looked, "it says what the bucket holds, each time, and follows S3's own events")
    found, step, done = wrong
    if done == 0:
        return not_yet(looked, found, step)
    return partly(looked, found, step, done)


class Scene:
    """A few files under a prefix of their own, and events about them as S3 might deliver them.

    The events' sequencers are higher than S3's own, so that S3's real events change nothing in between.
    """

    def __init__(self, stack: Stack, lambda_: Any, s3: Any, table: Any, function: str) -> None:
        self.bucket, self.function = stack.upload_bucket, function
        self.lambda_, self.s3, self.table = lambda_, s3, table
        self.prefix = f"{stack.prefix}check-{secrets.token_hex(4)}/"
        self.key = f"{self.prefix}a b + ü.txt"
        self.keys = [
            self.key,
            *(f"{self.prefix}{name}.txt" for name in ("one", "two", "gone", "real", "between")),
        ]

    def play(self) -> tuple[str, str, float] | None:
        """What is wrong, the next step, and how much is right; None when all is."""
        self.put(self.key, b"first", "text/plain")
        if error := self.tell(("ObjectCreated:Put", self.key, "A0")):
            return f"it ends in {error}", "Read the log of the function; does its role allow the call?", 0.1
        row = self.row(self.key)
        if row is None:
            return "an upload leads to no record", "Fill in `index`, write the file, and deploy it again.", 0
        if wrong := self.wrong_facts(row):
            return wrong, "The facts come from `look`, the name from the key.", 0.2
        self.put(self.key, b"second, longer", "text/csv")
        self.tell(("ObjectCreated:Put", self.key, "B0"))
        if wrong := self.wrong_facts(self.row(self.key) or {}):
            return f"after an overwrite, {wrong}", "Put a record when this event is newer.", 0.3
        for sequencer in ("B0", "90"):  # once more, and then one that comes late
            self.tell(("ObjectCreated:Put", self.key, sequencer))
        if (self.row(self.key) or {}).get("sequencer", "").rstrip("0") != "B":
            return (
                "a late event replaced a newer record",
                "Put on the condition that the record's sequencer is lower: `unless_newer(table.put_item, ...)`.",
                0.4,
            )
        self.tell(("ObjectRemoved:Delete", self.key, "95"))
        if self.row(self.key) is None:
            return (
                "an old delete removed the record of a file that is there",
                "Don't believe the event's name: ask `look`.",
                0.5,
            )
        self.s3.delete_object(Bucket=self.bucket, Key=self.key)
        self.tell(("ObjectRemoved:Delete", self.key, "C0"))
        if self.row(self.key) is not None:
            return "the record of a deleted file stays", "Where `look` finds nothing, delete the record.", 0.5
        self.tell(("ObjectCreated:Put", self.key, "D0"))
        if self.row(self.key) is not None:
            return "a late event makes a record of a file that is gone", "Ask `look` before you write.", 0.6
        newer = {
            "bucket": self.bucket,
            "object_key": f"{self.prefix}gone.txt",
            "sequencer": "F".ljust(32, "0"),
        }
        self.table.put_item(Item=newer)
        self.tell(("ObjectRemoved:Delete", f"{self.prefix}gone.txt", "E0"))
        if self.row(f"{self.prefix}gone.txt") is None:
            return (
                "an old delete removed a newer record",
                "Delete on the condition that the record's sequencer is lower or the same (`lte`).",
                0.7,
            )
        pair = [f"{self.prefix}one.txt", f"{self.prefix}two.txt"]
        for key in pair:  # records of files that are gone: S3 itself has nothing to tell of them
            self.table.put_item(Item=newer | {"object_key": key, "sequencer": "A".ljust(32, "0")})
        self.tell(*(("ObjectRemoved:Delete", key, "B0") for key in pair))
        if any(map(self.row, pair)):
            return "of two records in one event it heeds one", "Loop over `event['Records']`.", 0.8
        return self.really()

    def really(self) -> tuple[str, str, float] | None:
        """Upload and delete, and let S3 itself tell the function."""
        key = f"{self.prefix}real.txt"
        self.put(key, b"really", "text/plain")
        if not wait_for_effect(lambda: self.row(key), SOON):
            return "S3 told nobody of an upload", "Does `check('events-4')` still pass?", 0.9
        self.s3.delete_object(Bucket=self.bucket, Key=key)
        if not wait_for_effect(lambda: self.row(key) is None, SOON):
            return "S3's own delete event left the record", "Does `check('events-4')` still pass?", 0.9
        return None

    def deleted_in_between(self, stack: Stack) -> tuple[str, str, float] | None:
        """Start the learner's file as a function of its own, and delete the object while it is at work."""
        file = work_folder() / "functions" / "index_upload" / "lambda_function.py"
        if not file.exists():
            return None  # the function was deployed from elsewhere: its file can't be tried
        objects = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/{self.prefix}*"]
        rights = [
            allow(["s3:ListBucket", "s3:GetObject", "s3:DeleteObject"], objects),
            allow(
                [f"dynamodb:{action}Item" for action in ("Get", "Put", "Update", "Delete")], [stack.table_arn]
            ),
        ]
        key = f"{self.prefix}between.txt"
        self.put(key, b"soon gone", "text/plain")
        with tempfile.TemporaryDirectory() as folder:
            told = BETWEEN.replace("BUCKET,", f"{self.bucket!r},").replace("Key=KEY", f"Key={key!r}")
            (Path(folder) / "lambda_function.py").write_text(told, encoding="utf-8")
            (Path(folder) / "learner.py").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
            code = package(Path(folder))
        with throwaway.function(stack, code, rights, {"TABLE_NAME": stack.table}) as start:
            start(self.event(("ObjectCreated:Put", key, "D0")))
        if self.row(key) is None:
            return None
        return (
            "a file that was deleted while your function wrote its record keeps the record",
            "After the `put`, `look` once more; where nothing is found now, remove the record as in the first case.",
            0.9,
        )

    def put(self, key: str, body: bytes, kind: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=kind)

    def tell(self, *events: tuple[str, str, str]) -> str:
        """Start the function with events, each a kind, a key and a sequencer. Returns its error, if any.

        A cold start on a busy machine may take longer than a function has: then once more.
        """
        for _ in range(ATTEMPTS):
            run = throwaway.invoke(self.lambda_, self.function, self.event(*events))
            if "timed out" not in run.error:
                break
        return run.error

    def event(self, *told: tuple[str, str, str]) -> dict[str, Any]:
        """An event of S3's with a record for each kind, key and sequencer."""
        records = [event_record(kind, form_encoded(key)) for kind, key, _ in told]
        for one, (_, _, sequencer) in zip(records, told, strict=True):
            one["s3"]["bucket"]["name"] = self.bucket
            one["s3"]["object"]["sequencer"] = sequencer
        return {"Records": records}

    def row(self, key: str) -> dict[str, Any] | None:
        where = {"bucket": self.bucket, "object_key": key}
        found: dict[str, Any] | None = self.table.get_item(Key=where, ConsistentRead=True).get("Item")
        return found

    def wrong_facts(self, row: dict[str, Any]) -> str:
        """What a record says wrongly, beside what the bucket says."""
        there = self.s3.head_object(Bucket=self.bucket, Key=self.key)
        right = {
            "name": "a b + ü.txt",
            "size": there["ContentLength"],
            "content_type": there["ContentType"],
            "etag": there["ETag"].strip('"'),
            "uploaded_at": there["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        wrong = [f"`{name}` is {row.get(name)!r}" for name, value in right.items() if row.get(name) != value]
        return ", ".join(wrong) + (" in the record" if wrong else "")

    def clear(self) -> None:
        """Remove what was made, and records that a wrong function made of late events of an earlier scene."""
        for key in self.keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        made = Key("bucket").eq(self.bucket) & Key("object_key").begins_with(f"{PREFIX}check-")
        for item in self.table.query(KeyConditionExpression=made)["Items"]:
            self.table.delete_item(Key={name: item[name] for name in ("bucket", "object_key")})


def form_encoded(key: str) -> str:
    """A key as S3's events spell it."""
    return quote_plus(key, safe="/")
