"""What a function says goes to CloudWatch Logs, as far as its role may write there."""

import re
import uuid

import boto3

from tests.cloud.functions.making import LOGS, eventually, invoke, log_events, make_function, make_role

CODE = """
import logging, sys
logging.getLogger().setLevel("INFO")

def handler(event, context):
    print("printed")
    logging.info("logged")
    print("to stderr", file=sys.stderr)
    print("no line end", end="")
    if event:
        raise KeyError("x")
"""


def test_the_lines_of_a_cold_and_a_warm_invocation(aws):
    name = make_function(CODE)
    request_id = invoke(name)[1]["ResponseMetadata"]["RequestId"]
    first = log_events(name, "REPORT")
    assert re.fullmatch(
        r"INIT_START Runtime Version: python:3\.\d+\.v\d+\tRuntime Version ARN: arn:aws:lambda:.*\n", first[0]
    )
    assert first[1] == f"START RequestId: {request_id} Version: $LATEST\n"
    assert sorted(line.strip() for line in first[2:-2]) == sorted(
        ["printed", "to stderr", "no line end", next(line for line in first if "[INFO]" in line).strip()]
    )
    assert any(re.fullmatch(rf"\[INFO\]\t[\d:.TZ-]+Z\t{request_id}\tlogged\s*", line) for line in first)
    assert first[-2] == f"END RequestId: {request_id}\n"
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n",
        first[-1],
    )
    second_id = invoke(name)[1]["ResponseMetadata"]["RequestId"]
    second = log_events(name, f"REPORT RequestId: {second_id}")[len(first) :]
    assert second[0] == f"START RequestId: {second_id} Version: $LATEST\n"
    assert "Init Duration" not in second[-1]


def test_an_uncaught_error_is_one_event_with_indents_that_stay(aws):
    name = make_function(CODE)
    invoke(name, 1)
    [error] = [line for line in log_events(name, "REPORT") if line.startswith("[ERROR]")]
    assert error.startswith(
        "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n\xa0\xa0File \"/var/task/"
    )


def test_the_stream_says_the_day_and_the_version(aws):
    name = make_function(CODE)
    invoke(name)
    log_events(name, "REPORT")
    [stream] = boto3.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])


def test_without_the_right_to_write_there_is_no_log_and_nobody_is_told(aws):
    silent = make_function(CODE, Role=make_role())
    payload, answer = invoke(silent)
    assert (payload, answer["StatusCode"], answer.get("FunctionError")) == (None, 200, None)
    heard = make_function(CODE)  # its log comes after the silent one's would have
    invoke(heard)
    assert log_events(heard, "REPORT")
    assert log_events(silent) == []


def test_a_role_that_may_not_make_a_group_writes_into_one_that_is_there(aws):
    writing = LOGS | {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}
    name = make_function(CODE, Role=make_role(writing), FunctionName=f"made-{uuid.uuid4().hex[:8]}")
    invoke(name)
    assert log_events(name) == []
    boto3.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    invoke(name)
    assert log_events(name, "REPORT")


def test_a_function_may_write_into_a_group_of_another_name(aws):
    group = f"/team/{uuid.uuid4().hex[:8]}"
    name = make_function(CODE, LoggingConfig={"LogGroup": group})
    invoke(name)

    def found():
        groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return bool(groups) and boto3.client("logs").filter_log_events(logGroupName=group)["events"]

    assert eventually(found)
    assert log_events(name) == []


def test_json_logs_are_one_object_a_line(aws):
    name = make_function(
        "import logging\nlogging.getLogger().setLevel('INFO')\n"
        "def handler(event, context):\n    logging.info('logged')",
        LoggingConfig={"LogFormat": "JSON"},
    )
    invoke(name)
    assert any(
        '"message": "logged"' in line or '"message":"logged"' in line for line in log_events(name, "logged")
    )
