"""What a function says goes to CloudWatch Logs, as far as its role may write there."""

import json
import re
import uuid

import boto3

from tests.cloud.functions.making import LOGS, eventually, invoke, log_events, make_function, make_role
from tests.cloud.functions.refusing import refused

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


def reported(name):
    """A function's log up to its report, without the errors and warnings that its runtime writes."""
    return [line for line in log_events(name, "REPORT R") if not line.startswith(("[ERROR]", "[WARNING]"))]


def test_a_module_that_fails_is_loaded_once_more_within_the_invocation(aws):
    """Seen on Lambda with python3.12 in April 2026: two INIT_REPORT lines, then START, END and REPORT.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    name = make_function("print('loaded')\nimport nothing_like_this")
    payload, answer = invoke(name)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (payload["errorType"], answer["FunctionError"]) == ("Runtime.ImportModuleError", "Unhandled")
    ending = r"Status: error\tError Type: Runtime\.ImportModuleError"
    wanted = [
        r"INIT_START .*",
        r"loaded",
        rf"INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\t{ending}",
        r"loaded",
        rf"INIT_REPORT Init Duration: [\d.]+ ms\tPhase: invoke\t{ending}",
        rf"START RequestId: {request_id} Version: \$LATEST",
        rf"END RequestId: {request_id}",
        rf"REPORT RequestId: {request_id}\tDuration: .*\tMax Memory Used: \d+ MB\t{ending}",
    ]
    found = reported(name)
    assert len(found) == len(wanted)
    assert all(re.fullmatch(pattern, line.rstrip("\n")) for pattern, line in zip(wanted, found, strict=True))
    again = invoke(name)[1]["ResponseMetadata"]["RequestId"]  # the environment has had its init phase
    assert log_events(name, f"REPORT RequestId: {again}")
    assert [line.split("\t")[1] for line in log_events(name) if line.startswith("INIT_REPORT")] == [
        "Phase: init", "Phase: invoke", "Phase: invoke",
    ]  # fmt: skip


def test_a_module_that_fails_once_answers_all_the_same(aws):
    """What the first phase left in /tmp is there in the second. The time for both is the invocation's."""
    code = """
import os
if not os.path.exists("/tmp/tried"):
    open("/tmp/tried", "w").close()
    os._exit(3)

def handler(event, context):
    return "ready"
"""
    name = make_function(code)
    assert invoke(name)[0] == "ready"
    kinds = [line.split()[0] for line in reported(name)]
    assert kinds == ["INIT_START", "INIT_REPORT", "START", "END", "REPORT"]
    assert reported(name)[1].endswith("Phase: init\tStatus: error\tError Type: Runtime.ExitError\n")
    assert "Init Duration" not in reported(name)[-1]


def test_after_a_crash_the_next_invocation_pays_for_the_new_start(aws):
    """Lambda "doesn't explicitly report" such a phase, says the page on the environment's life."""
    name = make_function(
        "import os\nprint('loaded')\ndef handler(event, context):\n    event and os._exit(1)"
    )
    invoke(name, 1)
    request_id = invoke(name)[1]["ResponseMetadata"]["RequestId"]
    last = log_events(name, f"REPORT RequestId: {request_id}")[-4:]
    assert [line.split()[0] for line in last] == ["loaded", "START", "END", "REPORT"]
    assert "Init Duration" not in last[-1]


def test_the_first_phase_that_takes_too_long_is_told_of_as_a_time_out(aws):
    name = make_function("import time\ntime.sleep(60)\ndef handler(event, context): pass", Timeout=1)
    invoke(name)
    reports = [line.partition(" ms\t")[2] for line in reported(name) if line.startswith("INIT_REPORT")]
    assert reports == ["Phase: init\tStatus: timeout\n", "Phase: invoke\tStatus: timeout\n"]


def objects(name, wanted="platform.report"):
    return [json.loads(line) for line in log_events(name, wanted) if line.startswith("{")]


def test_the_platform_writes_json_where_the_function_does(aws):
    """Members as in a log of October 2026; the pages in the module's docstring have the schema."""
    name = make_function(CODE, LoggingConfig={"LogFormat": "JSON"})
    request_id = invoke(name)[1]["ResponseMetadata"]["RequestId"]
    lines = log_events(name, "platform.report")
    assert not any(line.startswith(("INIT_START", "START", "END", "REPORT")) for line in lines)
    first, start, report = (one for one in objects(name) if one.get("type", "").startswith("platform."))
    assert (first["type"], start["type"], report["type"]) == (
        "platform.initStart", "platform.start", "platform.report",
    )  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", report["time"])
    assert first["record"] | {"runtimeVersion": "", "runtimeVersionArn": "", "instanceId": ""} == {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "",
        "runtimeVersionArn": "",
        "functionName": name,
        "functionVersion": "$LATEST",
        "instanceId": "",
        "instanceMaxMemory": 134_217_728,
    }
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}", first["record"]["instanceId"])
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{name}"
    assert start["record"] == {"requestId": request_id, "functionArn": arn, "version": "$LATEST"}
    assert report["record"]["status"] == "success"
    assert sorted(report["record"]["metrics"]) == [
        "billedDurationMs", "durationMs", "initDurationMs", "maxMemoryUsedMB", "memorySizeMB",
    ]  # fmt: skip


def test_levels_say_how_much_of_the_log_is_written(aws):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
    code = (
        "import logging\n"
        "def handler(event, context):\n"
        "    logging.info('for those who look closely')\n"
        "    logging.warning('for everybody')\n"
        "    if event: raise ValueError"
    )
    levels = {"ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}
    name = make_function(code, LoggingConfig={"LogFormat": "JSON"} | levels)
    client = boto3.client("lambda")
    shown = client.get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert shown == {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{name}"} | levels
    invoke(name)
    invoke(name, 1)
    found = objects(name)
    assert [one["message"] for one in found if "message" in one] == ["for everybody", "for everybody"]
    assert [one["type"] for one in found if "type" in one] == ["platform.report"]  # of the one that failed
    client.update_function_configuration(
        FunctionName=name, LoggingConfig=levels | {"SystemLogLevel": "DEBUG"}
    )
    request_id = invoke(name)[1]["ResponseMetadata"]["RequestId"]
    assert "platform.initReport" in [one.get("type") for one in objects(name, f'"{request_id}","metrics"')]


def test_levels_are_of_json_only(aws):
    role = make_role(LOGS)
    message = (
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or '
        'change the LogFormat to "JSON" and try again.'
    )
    name = make_function(CODE, Role=role, LoggingConfig={"LogFormat": "JSON"})
    for level in ("ApplicationLogLevel", "SystemLogLevel"):
        asked = {level: "WARN", "LogFormat": "Text"}
        found = refused("update_function_configuration", FunctionName=name, LoggingConfig=asked)
        assert found == ("InvalidParameterValueException", 400, message)
    client = boto3.client("lambda")
    shown = client.get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert (shown["ApplicationLogLevel"], shown["SystemLogLevel"]) == ("INFO", "INFO")
    shown = client.update_function_configuration(FunctionName=name, LoggingConfig={"LogFormat": "Text"})
    assert shown["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}


def test_in_a_group_that_functions_share_the_stream_has_the_function_s_name(aws):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    group = f"/shared/{uuid.uuid4().hex[:8]}"
    name = make_function(CODE, LoggingConfig={"LogGroup": group})
    invoke(name)

    def streams():
        groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return groups and boto3.client("logs").describe_log_streams(logGroupName=group)["logStreams"]

    [stream] = eventually(streams)
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}", stream["logStreamName"])
