"""07_delete, the sweep: orphans of both kinds are planted, in stores that answer two at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import boto3

from dashboard.stack import Stack
from dashboard.stack.events import send_events
from workbook.exercises import Outcome, no_function, not_yet, partly, passes
from workbook.exercises.delete_probe import Probe


def orphans_are_found(stack: Stack, find_orphans: Callable[..., Any] | None = None) -> Outcome:
    """Plant orphans of both kinds, and hand over stores that answer two at a time."""
    looked = "`find_orphans`, with five planted orphans and stores that answer two at a time"
    if find_orphans is None:
        return no_function(looked, "delete-4", "find_orphans")
    s3, table = boto3.client("s3"), boto3.resource("dynamodb").Table(stack.table)
    s3.meta.events.register("provide-client-params.s3.ListObjectsV2", two_at_a_time("MaxKeys"))
    s3.meta.events.register("provide-client-params.s3.ListObjects", two_at_a_time("MaxKeys"))
    for operation in ("Query", "Scan"):
        table.meta.client.meta.events.register(
            f"provide-client-params.dynamodb.{operation}", two_at_a_time("Limit")
        )
    probe, outside = Probe(stack), "workbook-check/outside.txt"
    try:
        stack.client("s3").put_bucket_notification_configuration(
            Bucket=stack.upload_bucket, NotificationConfiguration={}
        )  # or S3's events would bring the planted objects into the table
        healthy = [probe.make(f"healthy-{number}.txt") for number in range(3)]
        unrecorded = [probe.make(f"unseen-{number}.txt", recorded=False) for number in range(3)]
        unstored = [probe.make(f"stale-{number}.txt", stored=False) for number in range(2)]
        stack.client("s3").put_object(Bucket=stack.upload_bucket, Key=outside, Body=b"x")
        table.put_item(Item={"bucket": stack.upload_bucket, "object_key": f"{outside}.record"})
        found = find_orphans(s3, table, stack.upload_bucket, stack.prefix)
    finally:
        probe.remove()
        stack.client("s3").delete_object(Bucket=stack.upload_bucket, Key=outside)
        table.delete_item(Key={"bucket": stack.upload_bucket, "object_key": f"{outside}.record"})
        send_events(stack.client("s3"), stack.upload_bucket, stack.function_arn("index_upload"), stack.prefix)
    if not (
        isinstance(found, tuple | list)
        and len(found) == 2
        and all(isinstance(part, Collection) and not isinstance(part, str) for part in found)
    ):
        return not_yet(
            looked,
            f"it returned {str(found)[:60]!r}",
            "Return two lists: without a record, without an object.",
        )
    seen = [{key for key in part if str(key).startswith(probe.folder)} for part in found]
    if any(str(key).startswith("workbook-check/") for part in found for key in part):
        return partly(
            looked,
            f"keys outside `{stack.prefix}` are called orphans",
            "Ask both stores for what begins with the prefix: `Prefix=prefix`, and `begins_with(prefix)`.",
            0.6,
        )
    if seen == [set(unrecorded), set(unstored)]:
        if any(list(part) != sorted(part) for part in found):
            return partly(looked, "all are found, in no order", "Return `sorted(...)` of both.", 0.9)
        return passes(
            looked, "three objects without a record and two records without an object, and nothing else"
        )
    if seen == [set(unstored), set(unrecorded)]:
        return partly(
            looked, "both kinds are found, in the other order", "Objects without a record come first.", 0.8
        )
    if accused := (seen[0] | seen[1]) & set(healthy):
        return partly(
            looked,
            f"{len(accused)} healthy files are called orphans",
            "Read *all* pages of both stores.",
            0.4,
        )
    counts = f"{len(seen[0] & set(unrecorded))} of 3 without a record, {len(seen[1] & set(unstored))} of 2 without an object"
    return partly(looked, counts, "Compare the two sets in both directions, over all pages.", 0.3)


def two_at_a_time(limit: str) -> Callable[..., dict[str, Any]]:
    """Botocore's event: whatever is asked for, two come back, with a token for more."""

    def smaller(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, limit: 2}

    return smaller
