"""02_events, the trigger: for which keys the bucket starts a function, and when that becomes a loop."""

from __future__ import annotations

import secrets
import time
from typing import Any

from checks.quiet import settle
from dashboard.stack import Stack
from dashboard.stack.teardown import if_there
from workbook.exercises import Outcome, not_yet, partly, passes
from workbook.waiting import wait_for_effect

SOON = 30.0  # seconds in which an event arrives and its line can be found, with time to spare
QUIET = 1.5  # seconds after which what has not come will not come
KINDS = {  # an event's star, and what it stands for
    "s3:ObjectCreated:*": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "s3:ObjectRemoved:*": ("Delete", "DeleteMarkerCreated"),
}


def prefix_triggers(stack: Stack, *_: object) -> Outcome:
    """Put files inside and outside the prefix, remove one, and read what the function printed."""
    s3, index = stack.client("s3"), stack.functions["index_upload"]
    looked = "three uploads and a delete in the upload bucket, and the log of your function"
    found = s3.get_bucket_notification_configuration(Bucket=stack.upload_bucket)
    rules = [
        rule
        for rule in found.get("LambdaFunctionConfigurations", [])
        if rule["LambdaFunctionArn"] == stack.function_arn("index_upload")
    ]
    if not rules:
        return not_yet(
            looked,
            "the bucket sends nothing to your function",
            "Fill in `send_events`: one `put_bucket_notification_configuration`.",
        )
    if missing := untold({event for rule in rules for event in rule["Events"]}):
        return partly(looked, f"the bucket does not send {' and '.join(missing)}", "Send all of `EVENTS`.")
    if more := [one for rule in rules for one in filters_of(rule) if one["Name"].lower() != "prefix"]:
        return partly(
            looked,
            f"the rule also asks for the {more[0]['Name'].lower()} {more[0]['Value']!r}",
            "Filter by the prefix alone: a file may end as it likes.",
        )
    prefixes = [prefix_of(rule) for rule in rules]
    if not any(stack.prefix.startswith(prefix) for prefix in prefixes):
        return partly(
            looked,
            f"the rule's prefix is {prefixes[0]!r}, and no upload's key begins with that",
            f"The filter's value is {stack.prefix!r}, as `prefix` has it.",
        )
    token = secrets.token_hex(4)
    inside = f"{stack.prefix}check-{token}/in.txt"
    beside = (f"check-{token}/out.txt", f"{stack.prefix.rstrip('/')}-check-{token}/out.txt")
    started = int(time.time() * 1000) - 60_000
    try:
        for key in (*beside, inside):
            s3.put_object(Bucket=stack.upload_bucket, Key=key, Body=b"checked")
        came = wait_for_effect(lambda: printed(stack, token, started, "ObjectCreated", inside), SOON)
    finally:
        for key in (*beside, inside):
            s3.delete_object(Bucket=stack.upload_bucket, Key=key)
    went = came and wait_for_effect(lambda: printed(stack, token, started, "ObjectRemoved", inside), SOON)
    settle(QUIET)
    if heard := [key for key in beside if printed(stack, token, started, "Object", key)]:
        return partly(
            looked,
            f"a file outside `{stack.prefix}` started the function too: `{heard[0].replace(token, '...')}`",
            f"Add the filter `{{'Key': {{'FilterRules': [{{'Name': 'prefix', 'Value': prefix}}]}}}}`, with the whole "
            f"prefix, {stack.prefix!r}.",
        )
    if not came:
        return partly(
            looked,
            f"the bucket has a rule, and `{index.log_group}` has no line about an upload under `{stack.prefix}`",
            "Was the function deployed after its code was written? Does events-2 pass?",
            0.3,
        )
    if not went:
        return partly(looked, "an upload is told, and a delete is not", "Send all of `EVENTS`.", 0.7)
    return passes(looked, "what comes and goes under the prefix is told, and nothing else")


def printed(stack: Stack, token: str, since: int, event: str, key: str) -> bool:
    """Whether the index function printed a line about an event of a key."""
    group = stack.functions["index_upload"].log_group
    asked = {"logGroupName": group, "filterPattern": f'"{token}"', "startTime": since}
    pages = stack.client("logs").get_paginator("filter_log_events").paginate(**asked)
    return any(event in one["message"] and key in one["message"] for page in pages for one in page["events"])


def loop_is_ended(stack: Stack, *_: object) -> Outcome:
    """Look at the trigger first; then put one picture there, and count the copies."""
    bucket = f"{stack.name}-scratch-{stack.account_id}"
    looked = f"the trigger of `{bucket}`, and what comes of one picture under `originals/`"
    s3 = stack.client("s3")
    found = s3.get_bucket_notification_configuration(Bucket=bucket).get("LambdaFunctionConfigurations", [])
    if not found:
        return partly(
            looked, "there is no trigger any more, so no picture gets a copy", "Limit it instead.", 0.3
        )
    prefixes = [prefix_of(rule) for rule in found]
    if "" in prefixes:
        return not_yet(
            looked,
            "the trigger still has no prefix, so a copy starts the function again",
            "Call `send_events` for the scratch bucket, with a prefix.",
        )
    if any("small-originals/".startswith(prefix) or prefix.startswith("small-") for prefix in prefixes):
        return partly(
            looked,
            f"the prefix {prefixes[0]!r} lets copies start the function again",
            "Choose the prefix under which originals arrive.",
        )
    if not any("originals/".startswith(prefix) for prefix in prefixes):
        return partly(
            looked,
            f"with the prefix {prefixes[0]!r} no picture starts anything",
            "Originals arrive elsewhere.",
        )
    name = f"{secrets.token_hex(4)}.png"
    s3.put_object(Bucket=bucket, Key=f"originals/{name}", Body=b"a picture, nearly")
    first = wait_for_effect(lambda: copies_of(s3, bucket, name), SOON)
    settle(QUIET)
    copies = copies_of(s3, bucket, name)
    for key in [f"originals/{name}", *copies]:
        if_there(s3.delete_object, Bucket=bucket, Key=key)
    if not first:
        return partly(
            looked, "the picture got no copy: its upload started nothing", "The prefix is `originals/`."
        )
    if len(copies) > 1:
        return partly(
            looked,
            f"one picture led to {len(copies)} copies",
            "No prefix may begin what the copies begin with.",
        )
    return passes(looked, "one picture, one copy, and then nothing more happens")


def untold(events: set[str]) -> list[str]:
    """The kinds of events that a rule leaves out, wholly or in part.

    >>> untold({"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"})
    ['s3:ObjectRemoved:*']
    """
    return [
        star
        for star, parts in KINDS.items()
        if star not in events and not {star.replace("*", part) for part in parts} <= events
    ]


def filters_of(rule: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = rule.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return found


def prefix_of(rule: dict[str, Any]) -> str:
    """The prefix of a notification; empty when there is none."""
    return next((one["Value"] for one in filters_of(rule) if one["Name"].lower() == "prefix"), "")


def copies_of(s3: Any, bucket: str, name: str) -> list[str]:
    """The keys of a picture's copies, and of copies of copies."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix="small-").get("Contents", [])
    return [one["Key"] for one in found if one["Key"].endswith(f"originals/{name}")]
