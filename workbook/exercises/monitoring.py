"""08_monitoring: logs that are written and end, alarms that ring, and events that are not lost."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.teardown import if_there
from workbook import throwaway
from workbook.asking import may
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.monitoring_failures import alarms_ring, failures_are_caught
from workbook.waiting import wait_for, wait_for_effect

DAYS = 14
NUMBERS = {
    "duration": r"\tDuration: ([\d.]+) ms",
    "billed": r"Billed Duration: ([\d.]+) ms",
    "size": r"Memory Size: ([\d.]+) MB",
    "used": r"Max Memory Used: ([\d.]+) MB",
    "init": r"Init Duration: ([\d.]+) ms",
}
COLD = (
    "REPORT RequestId: 5f0c9f1e-8d39-4b5c-9a0f-0c4f3a1f2b77\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
    "Memory Size: 256 MB\tMax Memory Used: 63 MB\tInit Duration: 110.10 ms\t"
)


def reports_are_read(stack: Stack, parse_report: Callable[[str], Any] | None = None) -> Outcome:
    """Invoke two functions, and compare what the learner's function reads with what stands there."""
    looked = "`parse_report`, with REPORT lines of two of your functions and with other lines"
    if parse_report is None:
        return no_function(looked, "monitoring-1", "parse_report")
    warm = COLD.partition("Init")[0]
    lines = [COLD, warm, report_of(stack, "list_files", {}), report_of(stack, "get_file", {})]
    for line in lines:
        found = parse_report(line)
        if not isinstance(found, dict):
            return not_yet(
                looked, f"for a REPORT line it returns {found!r}", "Return a dict with five numbers."
            )
        if missing := sorted(set(NUMBERS) - set(found)):
            return partly(
                looked, f"`{missing[0]}` is missing", "The keys are duration, billed, size, used, init.", 0.3
            )
        for name, pattern in NUMBERS.items():
            stands = re.search(pattern, line)
            if (right := float(stands[1]) if stands else None) != found[name]:
                got = f"`{name}` is {found[name]!r}; the line says {right!r}"
                return partly(looked, got, "Compare with the line: `print(line.expandtabs())`.", 0.5)
    for line in ("START RequestId: 1 Version: $LATEST", "END RequestId: 1", "list_files Duration: 3 ms", ""):
        if (found := parse_report(line)) is not None:
            return partly(looked, f"for {line!r} it returns {found!r}", "Other lines give None.", 0.8)
    return passes(looked, "cold and warm starts are read rightly, and other lines give None")


def report_of(stack: Stack, short: str, event: dict[str, Any]) -> str:
    """Invoke a function, and take the REPORT line from the end of its log, which comes with the answer."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.functions[short].name, Payload=json.dumps(event), LogType="Tail"
    )
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    return next(line for line in reversed(tail) if line.startswith("REPORT"))


def function_writes_again(stack: Stack) -> Outcome:
    """Call the function with a word that nobody else uses, and look for the word in its log."""
    function = stack.functions["create_upload"]
    looked = f"a call of `{function.name}`, its log group, and what IAM says of its role"
    word = uuid.uuid4().hex[:12]

    def line() -> bool:
        found = stack.client("logs").filter_log_events(
            logGroupName=function.log_group, filterPattern=f'"{word}"'
        )
        return bool(found["events"])

    def call() -> bool:
        asked = {"name": f"{word}.txt", "content_type": "text/plain", "size": 1}
        stack.client("lambda").invoke(
            FunctionName=function.name, Payload=json.dumps({"body": json.dumps(asked)})
        )
        return bool(wait_for_effect(line, seconds=1))

    if not (
        call()
        or (
            may(
                stack, function.role, "logs:PutLogEvents", f"{arn_of(stack, function.log_group)}:log-stream:x"
            )
            and wait_for(call, seconds=60)
        )
    ):
        return not_yet(
            looked,
            "the call was answered, and its line is in no log",
            "Allow `logs:CreateLogStream` and `logs:PutLogEvents` on the group's ARN and `:*`.",
        )
    if not may(
        stack, function.role, "logs:CreateLogStream", f"{arn_of(stack, function.log_group)}:log-stream:x"
    ):
        return partly(
            looked,
            "the line is there, because an old copy of the function still has its stream; a new copy could not make one",
            "Allow `logs:CreateLogStream` as well.",
        )
    other = arn_of(stack, stack.functions["get_file"].log_group)
    forbidden = {
        "write into other functions' logs": ("logs:PutLogEvents", f"{other}:log-stream:x"),
        "delete its own log": ("logs:DeleteLogGroup", f"{arn_of(stack, function.log_group)}:*"),
        "read logs": ("logs:FilterLogEvents", f"{arn_of(stack, function.log_group)}:*"),
    }
    if too_much := [
        what for what, (action, resource) in forbidden.items() if may(stack, function.role, action, resource)
    ]:
        return partly(
            looked,
            f"the line is there, and the role may also {', '.join(too_much)}",
            "Two actions, and one resource: the function's own group.",
            0.6,
        )
    return passes(looked, "the line is in the log, and the function can write nowhere else")


def arn_of(stack: Stack, log_group: str) -> str:
    return f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{log_group}"


def logs_end(stack: Stack, keep_logs: Callable[..., object] | None = None) -> Outcome:
    """Read the retention of all five groups, and let the learner's function set another group's."""
    looked = "the retention of the five log groups"
    found = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{stack.name}-")[
        "logGroups"
    ]
    days = {group["logGroupName"]: group.get("retentionInDays") for group in found}
    kept = {function.name: days.get(function.log_group) for function in stack.functions.values()}
    right = [name for name, number in kept.items() if number == DAYS]
    if len(right) == len(kept):
        if keep_logs is not None and (other := kept_by(stack, keep_logs)) != 3:
            return partly(
                looked,
                f"all five are right; asked for 3 days for another group, your function says {other or 'nothing'}",
                "Pass on the group's name and the `days` that your function was given.",
                0.8,
            )
        return passes(looked, f"all five keep their lines for {DAYS} days")
    name, number = next((name, number) for name, number in kept.items() if number != DAYS)
    says = f"`{name}` keeps its lines {f'{number} days' if number else 'for ever'}"
    step = "Call `put_retention_policy` with the group's name and the days that were given."
    if not any(kept.values()):
        return not_yet(looked, says, step)
    return partly(looked, says, step, len(right) / len(kept))


def kept_by(stack: Stack, keep_logs: Callable[..., object]) -> int | None:
    """For how many days a new group keeps its lines when the learner's function is asked for three."""
    logs, group = stack.client("logs"), f"/aws/lambda/{throwaway.name_of(stack)}"
    logs.create_log_group(logGroupName=group, tags=stack.tags)
    try:
        keep_logs(logs, group, 3)
        days: int | None = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0].get(
            "retentionInDays"
        )
        return days
    finally:
        if_there(logs.delete_log_group, logGroupName=group)


EXERCISES = (
    Exercise(
        id="monitoring-1",
        title="Read a REPORT line",
        look=reports_are_read,
        why="REPORT is the bill of each call. Who can read it can say how slow and how dear a function is.",
        where="08_monitoring, 'Read one invocation'",
        hints=(
            "The parts are separated by tabs: `line.split('\\t')`. Or look for `name: number unit` with `re.findall`.",
            'Beware: "Duration:" also ends "Billed Duration:" and "Init Duration:".',
            r'`re.findall(r"([A-Z][A-Za-z ]+): ([\d.]+) (?:ms|MB)", line)` gives pairs for a dict.',
        ),
    ),
    Exercise(
        id="monitoring-2",
        title="Give it its voice back",
        look=function_writes_again,
        why="Without the right to log there is no line and no error, and the empty log looks like a quiet day.",
        where="08_monitoring, 'What can go wrong: a function that may not write'",
        hints=(
            "`allow(actions, resources)` makes the statement; the deployment already made the group.",
            "What lies in a log group is named by the group's ARN and `:*`.",
            'return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs_arn}:*"])',
        ),
    ),
    Exercise(
        id="monitoring-3",
        title="Let logs end",
        look=logs_end,
        why="The default is for ever. It costs more each month, and keeps what people may want forgotten.",
        where="08_monitoring, 'Don't keep everything for ever'",
        hints=(
            "One call with two arguments.",
            "`logs.put_retention_policy(logGroupName=..., retentionInDays=...)`",
        ),
    ),
    Exercise(
        id="monitoring-4",
        title="Ring on the first error",
        look=alarms_ring,
        why="People don't read logs while everything works. An alarm says when to begin.",
        where="08_monitoring, 'Set alarms'",
        hints=(
            "Everything is in one call: what to watch, how to add it up, and when it is too much.",
            'Statistic "Sum", Period 300, EvaluationPeriods 1, Threshold 0, "GreaterThanThreshold", "notBreaching".',
            'Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()]',
        ),
        points=2,
    ),
    Exercise(
        id="monitoring-5",
        title="Catch what fails",
        look=failures_are_caught,
        why="S3 tells of an upload once. What the function cannot handle, and nobody keeps, is a file that is never listed.",
        where="08_monitoring, 'Ask who hears of an event that fails'",
        hints=(
            "`create_queue` answers a URL; the ARN is one of the queue's attributes.",
            "`sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['QueueArn'])['Attributes']['QueueArn']`",
            '`lambda_.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=2, DestinationConfig={"OnFailure": {"Destination": queue_arn}})`',
        ),
        points=2,
    ),
)
