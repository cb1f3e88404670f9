"""08_monitoring, failures: an alarm rings at the first, and the event that failed is not lost."""

from __future__ import annotations

import json
import uuid
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from workbook.asking import may
from workbook.exercises import Outcome, cannot_tell, not_yet, partly, passes
from workbook.waiting import wait_for

LONGEST_SECONDS = 300  # two waits of a minute and of two, on AWS


def alarms_ring(stack: Stack) -> Outcome:
    """Make one function fail, wait for its alarm, and look whether the others stay quiet."""
    index, quiet = stack.functions["index_upload"], stack.functions["delete_file"]
    names = [f"{function.name}-errors" for function in stack.functions.values()] + [f"{stack.name}-api-5xx"]
    looked = f"six alarms, while `{index.name}` fails once"
    alarms = states(stack, names)
    if not alarms:
        return not_yet(
            looked, "there is no alarm of those names", "Call `put_metric_alarm` with the name that is given."
        )
    if missing := [name for name in names if name not in alarms]:
        return partly(
            looked, f"`{missing[0]}` is missing", "Run the loop over all functions again.", len(alarms) / 8
        )
    watched = {function.name: alarms[f"{function.name}-errors"] for function in stack.functions.values()}
    watched[find_api(stack.client("apigatewayv2"), stack.api_name)] = alarms[f"{stack.name}-api-5xx"]
    for what, alarm in watched.items():
        values = [dimension["Value"] for dimension in alarm.get("Dimensions", [])]
        if values != [what]:
            return partly(
                looked, f"`{alarm['AlarmName']}` watches {values}", f"Its dimension's value is `{what}`.", 0.4
            )

    def rings() -> bool:
        """Fail again each time, so that no boundary between two periods can hide it."""
        stack.client("lambda").invoke(FunctionName=index.name, Payload=json.dumps({"Records": [{}]}))
        return bool(states(stack, names)[f"{index.name}-errors"]["StateValue"] == "ALARM")

    if states(stack, names)[f"{quiet.name}-errors"]["StateValue"] == "ALARM":
        return partly(
            looked,
            f"the alarm of `{quiet.name}` rings although the function has not failed",
            "It rings when the sum is *greater than* 0, and missing data is `notBreaching`.",
        )
    alarm = alarms[f"{index.name}-errors"]
    wanted = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    if alarm.get("ComparisonOperator") == "GreaterThanOrEqualToThreshold":  # the same, in other words
        wanted |= {"Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    other = {name: alarm.get(name) for name, value in wanted.items() if alarm.get(name) != value}
    if not wait_for(rings, seconds=2 if other else LONGEST_SECONDS):
        found = ", ".join(f"{name} is {value}" for name, value in other.items()) or "its settings are right"
        return partly(
            looked,
            f"the function failed, and its alarm does not ring: {found}",
            "One error is enough to ring.",
        )
    if other:
        name, value = next(iter(other.items()))
        return partly(looked, f"it rings, and {name} is {value!r}", f"It should be {wanted[name]!r}.", 0.8)
    return passes(looked, "the alarm of the function that failed rings, and the others are quiet")


def states(stack: Stack, names: list[str]) -> dict[str, dict[str, Any]]:
    """The alarms of those names, each with its state of now."""
    found = stack.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return {alarm["AlarmName"]: alarm for alarm in found}


def failures_are_caught(stack: Stack) -> Outcome:
    """Send an event that must fail, and wait for it in the queue."""
    index, lambda_, sqs = stack.functions["index_upload"], stack.client("lambda"), stack.client("sqs")
    looked = f"an event that `{index.name}` cannot read, and the queue `{stack.failure_queue}`"
    url = sqs.get_queue_url(QueueName=stack.failure_queue)["QueueUrl"]
    config = lambda_.get_function_event_invoke_config(FunctionName=index.name)
    destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination != stack.failure_queue_arn:
        return partly(
            looked,
            f"the queue is there; failures go to {destination or 'nobody'}",
            'The destination is the queue\'s ARN, under `{"OnFailure": {"Destination": ...}}`.',
        )
    if config.get("MaximumRetryAttempts", 2) != 2:  # two is also what Lambda does unasked
        return partly(
            looked,
            f"a failed event is tried again {config.get('MaximumRetryAttempts')} times",
            "Two retries: much that fails once works a minute later.",
            0.6,
        )
    if lambda_.get_function_recursion_config(FunctionName=index.name)["RecursiveLoop"] != "Terminate":
        return partly(
            looked, "recursive loops are allowed", "`put_function_recursion_config` with `Terminate`.", 0.7
        )
    if not may(stack, index.role, "sqs:SendMessage", stack.failure_queue_arn):
        return partly(
            looked, "the role may not send to the queue", "Run the `grant` line of the cell again.", 0.7
        )
    word = uuid.uuid4().hex
    lambda_.invoke(
        FunctionName=index.name, InvocationType="Event", Payload=json.dumps({"Records": [{"note": word}]})
    )

    def caught() -> dict[str, Any] | None:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1).get(
            "Messages", []
        ):
            if word in message["Body"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return dict(json.loads(message["Body"]))
        return None

    record = wait_for(caught, seconds=LONGEST_SECONDS, every=0.2)
    if record is None:
        return cannot_tell(
            looked, f"nothing arrived within {LONGEST_SECONDS} seconds", "Run the check again."
        )
    tried = record["requestContext"]["approximateInvokeCount"]
    return passes(looked, f"after {tried} attempts the whole event was in the queue")
