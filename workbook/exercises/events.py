"""02_events: a function with few permissions that S3 starts, for one prefix and never in a loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from checks.where import work_folder
from dashboard.stack import Stack
from dashboard.stack.package import package
from workbook import throwaway
from workbook.asking import may
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.events_trigger import SOON, loop_is_ended, prefix_triggers
from workbook.waiting import wait_for


def lines_are_found(stack: Stack, find_lines: Callable[..., Any] | None = None) -> Outcome:
    """Fill a log group, and let the learner's function search it through an answer of several pages."""
    looked = "a log group with three streams, searched through pages of two"
    if find_lines is None:
        return no_function(looked, "events-1", "find_lines")
    logs = stack.client("logs")
    group = f"/aws/lambda/{throwaway.name_of(stack)}"
    paged = throwaway.with_small_pages(stack, "logs", {"FilterLogEvents": "limit"})
    text = "key='incoming/a b + ü.txt'"
    right = [f"{number} index_upload ObjectCreated:Put {text}" for number in range(5)]
    logs.create_log_group(logGroupName=group, tags=stack.tags)
    try:
        write_lines(logs, group, right)
        wait_for(lambda: len(logs.filter_log_events(logGroupName=group)["events"]) >= 15, SOON)
        found = find_lines(paged, group, text)
        nobody = find_lines(paged, f"{group}-nobody", text) if found is not None else None
        found, nobody = (answer if answer is None else list(answer) for answer in (found, nobody))
    finally:
        logs.delete_log_group(logGroupName=group)
    if found is None:
        return not_yet(looked, "your function answered None", "Return a list of messages.")
    found = [str(line) for line in found]
    texts = sorted(line.rstrip() for line in found)
    if texts != right:
        missing = len(set(right) - set(texts))
        extra = len(texts) - (len(right) - missing)
        return partly(
            looked,
            f"of five lines {missing} are missing, and {extra} others came along",
            "`filterPattern` is the text in double quotes, and `get_paginator` reads every page.",
            0.4,
        )
    if any(line != line.rstrip() for line in found):
        return partly(looked, "the lines still end in a line break", "Use `message.rstrip()`.", 0.7)
    if nobody != []:
        return partly(
            looked,
            f"for a group that isn't there it answered {nobody!r}",
            "Catch `logs.exceptions.ResourceNotFoundException`, and return `[]`.",
            0.7,
        )
    return passes(looked, "all five lines, no others, and none where there is no group")


def write_lines(logs: Any, group: str, lines: list[str]) -> None:
    """Write each line and two of other kinds, over three streams, as three environments would."""
    now = int(time.time() * 1000)
    for number in range(3):
        logs.create_log_stream(logGroupName=group, logStreamName=f"{number}")
    for number, line in enumerate(lines):
        events = [
            {"timestamp": now + number, "message": f"{line}\n"},
            {"timestamp": now + number, "message": f"{number} index_upload key='incoming/a b - u.txt'\n"},
            {"timestamp": now + number, "message": f"{number} the same words: ü.txt' + b key='incoming/a\n"},
        ]
        logs.put_log_events(logGroupName=group, logStreamName=f"{number % 3}", logEvents=events)


TIME, SEQUENCER = "2026-11-25T10:00:00.000Z", "0055AED6DCD90281E5"
EVENT_CASES = (
    ("ObjectCreated:Put", "incoming/red+flower+%2B+bee.txt", "incoming/red flower + bee.txt"),
    ("ObjectCreated:CompleteMultipartUpload", "incoming/100%25+s%C3%BC%C3%9F.txt", "incoming/100% süß.txt"),
    ("ObjectRemoved:Delete", "incoming/line%0Abreak.txt", "incoming/line\nbreak.txt"),
)


def event_tells(stack: Stack, *_: object) -> Outcome:
    """Deploy the learner's file as a function of its own, and start it with events."""
    looked = "`work/functions/index_upload`, deployed to be thrown away, and started with five events"
    file = work_folder() / "functions" / "index_upload" / "lambda_function.py"
    if not file.exists():
        return not_yet("`work/functions/index_upload`", "there is no file yet", "Run the cell above.")
    with throwaway.function(stack, package(file.parent)) as start:
        runs = [start({"Records": [record(*case[:2])]}) for case in EVENT_CASES]
        both = start({"Records": [record(*case[:2]) for case in EVENT_CASES[:2]]})
        none = start({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    if not any("index_upload" in run.log for run in runs) and not any(run.error for run in runs):
        return not_yet(
            looked, "it runs, and says nothing", "Loop over the records, and print a line for each."
        )
    wrong = [
        f"{event} of `{key}`: {run.error or 'no such line'}"
        for (event, _, key), run in zip(EVENT_CASES, runs, strict=True)
        if run.error or not told(run.log, event, key)
    ]
    if wrong:
        return partly(
            looked,
            "; ".join(wrong),
            "The key is form-encoded: `unquote_plus`. The line is the one above, with `{key!r}`; time and "
            "sequencer come from the record.",
            1 - len(wrong) / (len(EVENT_CASES) + 2),
        )
    if not all(told(both.log, event, key) for event, _, key in EVENT_CASES[:2]):
        return partly(
            looked, "of an event with two records it tells one", "Loop over `event['Records']`.", 0.7
        )
    if none.error:
        return partly(
            looked,
            f"an event without records ends in {none.error}",
            "`event.get('Records', [])` is empty then.",
            0.8,
        )
    return passes(looked, "each record is told in a line, with the name that the file has")


def record(event: str, key: str) -> dict[str, Any]:
    """One record of an S3 event, as far as a function reads it."""
    described: dict[str, Any] = {"key": key, "sequencer": SEQUENCER}
    if event.startswith("ObjectCreated"):
        described |= {"size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": event,
        "eventTime": TIME,
        "s3": {"bucket": {"name": "no-such-bucket-of-ours"}, "object": described},
    }


def told(log: str, event: str, key: str) -> bool:
    """Whether a log has the line about an event, with all its parts."""
    parts = ("index_upload", event, f"key={key!r}", f"event_time={TIME}", f"sequencer={SEQUENCER}")
    return any(all(part in line for part in parts) for line in log.splitlines())


def role_is_least(stack: Stack, *_: object) -> Outcome:
    """Ask IAM what the function's role may do, and what it may not."""
    index = stack.functions["index_upload"]
    looked = f"what `{index.role}` may do, asked of IAM"
    bucket = f"arn:aws:s3:::{stack.upload_bucket}"
    inside, outside = f"{bucket}/{stack.prefix}a.txt", f"{bucket}/elsewhere/a.txt"
    log = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{index.log_group}:log-stream:a"
    needed = [("logs:PutLogEvents", log), ("s3:GetObject", inside), ("s3:ListBucket", bucket)]
    too_much = [
        ("s3:PutObject", inside),
        ("s3:DeleteObject", inside),
        ("s3:GetObject", outside),
        ("s3:PutObject", outside),
        ("s3:GetObject", "arn:aws:s3:::another-bucket/incoming/a.txt"),
        ("s3:ListBucket", "arn:aws:s3:::another-bucket"),
        ("s3:GetObjectAcl", inside),
        ("s3:ListBucketVersions", bucket),
        ("s3:PutBucketNotification", bucket),
        ("s3:DeleteBucket", bucket),
        ("dynamodb:DeleteTable", stack.table_arn),
        ("lambda:InvokeFunction", stack.function_arn("index_upload")),
        ("logs:DeleteLogGroup", log.partition(":log-stream")[0]),
    ]
    stack.client("lambda").get_function_configuration(FunctionName=index.name)
    if missing := [action for action, resource in needed if not may(stack, index.role, action, resource)]:
        return partly(
            looked,
            f"it may not {', '.join(missing)}",
            "Two statements: `s3:GetObject` on `arn:aws:s3:::BUCKET/incoming/*`, and `s3:ListBucket` on the "
            "bucket, `arn:aws:s3:::BUCKET`, without a slash.",
            0.4,
        )
    if allowed := [what for what in too_much if may(stack, index.role, *what)]:
        named = "; ".join(f"{action} on {resource.rpartition(':')[2]}" for action, resource in allowed)
        return partly(
            looked,
            f"it may do its work, and also {named}",
            "Name the two actions one by one, and end the objects' ARN in the prefix and `*`.",
            0.5,
        )
    return passes(looked, "it may log, look at uploads and list the bucket; writing and the rest are denied")


EXERCISES = (
    Exercise(
        id="events-1",
        title="Find the lines",
        look=lines_are_found,
        why="The log is where you look first when something fails, and searching it by hand takes minutes "
        "that you don't have then.",
        where="02_events, 'Find what it printed'",
        hints=(
            "`logs.get_paginator('filter_log_events').paginate(logGroupName=..., filterPattern=...)` gives "
            "pages, each with `events`, each with a `message`.",
            "The pattern has double quotes inside the text: `f'\"{text}\"'`.",
            "Pages are only asked for when you loop over them, so the loop stands inside `try`; "
            "`except logs.exceptions.ResourceNotFoundException: return []`.",
        ),
    ),
    Exercise(
        id="events-2",
        title="Tell what arrived",
        look=event_tells,
        why="A key that is decoded wrongly is another file's name. Everything that follows, the record, the "
        "link, the delete, would be about a file that isn't there.",
        where="02_events, 'Read the event'",
        hints=(
            "`for record in event.get('Records', []):` and in it, `record['s3']['object']`.",
            "The key is `unquote_plus(record['s3']['object']['key'])`; time and name stand in the record itself.",
            "print(f\"index_upload {record['eventName']} key={key!r} event_time={record['eventTime']} "
            "sequencer={record['s3']['object']['sequencer']}\")",
        ),
        points=2,
        function="index_upload",
    ),
    Exercise(
        id="events-3",
        title="The least it needs",
        look=role_is_least,
        why="Code has bugs. What a role may not do, no bug can do: this function can't write where uploads "
        "arrive, so it can't trigger itself.",
        where="02_events, 'Give it a role that may do little'",
        hints=(
            "Two statements, because the resources differ: objects have a slash in their ARN, a bucket has none.",
            "`allow(['s3:GetObject'], [f'arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*'])`, and another "
            "for `s3:ListBucket`.",
            "return deploy(stack, 'index_upload', [look, tell_missing_from_forbidden], variables, code)",
        ),
        points=2,
    ),
    Exercise(
        id="events-4",
        title="Send events of the prefix",
        look=prefix_triggers,
        why="Without the filter every object of the bucket starts the function: those it should not know, and "
        "those that a function writes itself.",
        where="02_events, 'Let the bucket start it'",
        hints=(
            "`s3.put_bucket_notification_configuration(Bucket=..., NotificationConfiguration={...})` with "
            "`LambdaFunctionConfigurations`: a list with one rule.",
            "The rule has four parts: `Id`, `LambdaFunctionArn`, `Events`, `Filter`.",
            'rule = {"Id": "index-upload", "LambdaFunctionArn": function_arn, "Events": EVENTS, "Filter": '
            '{"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}',
        ),
        points=2,
    ),
    Exercise(
        id="events-5",
        title="End the loop",
        look=loop_is_ended,
        why="A loop runs as fast as the cloud can, and each round is billed. Detection is a net under the "
        "rope; a prefix is the rope.",
        where="02_events, 'What can go wrong: a loop'",
        hints=(
            "You have written the function for it already, for the upload bucket.",
            "`send_events` takes the client, the bucket, the function's ARN and the prefix.",
            'send_events(s3, scratch_bucket, scratch_arn, "originals/")',
        ),
    ),
)
