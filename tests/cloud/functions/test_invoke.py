"""Invoke: what comes back, and how a function that goes wrong is told of."""

import base64
import json
import re

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import invoke, log_events, make_function

CODE = """
import os, sys, time
print("imported")
count = 0

def handler(event, context):
    global count
    count += 1
    match event.get("do"):
        case "count":
            return count
        case "raise":
            raise ValueError("no such thing")
        case "exit":
            sys.exit(event["status"])
        case "crash":
            import ctypes
            ctypes.string_at(0)
        case "sleep":
            time.sleep(event["seconds"])
        case "large":
            return "x" * event["size"]
        case "write":
            open("/tmp/kept", "w").write("kept")
        case "read":
            return [count, os.path.exists("/tmp/kept")]
        case "memory":
            kept = bytearray(event["megabytes"] * 1024 * 1024)
            kept[::4096] = b"x" * len(kept[::4096])
            time.sleep(event.get("seconds", 0))
            return len(kept)
        case "context":
            return {
                "name": context.function_name, "version": context.function_version,
                "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
                "group": context.log_group_name, "stream": context.log_stream_name,
                "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(),
                "client": context.client_context.custom if context.client_context else None,
                "trace": os.environ.get("_X_AMZN_TRACE_ID"),
            }
        case "environment":
            return dict(os.environ)
    return event
"""


@pytest.fixture(scope="module")
def function(aws):
    return make_function(CODE, Timeout=3, MemorySize=128)


def test_the_value_comes_back_with_the_version_that_ran(function):
    payload, answer = invoke(function, {"a": [1, "é"]})
    assert payload == {"a": [1, "é"]}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer


def test_an_error_is_a_200_that_says_unhandled(function):
    payload, answer = invoke(function, {"do": "raise"})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no such thing")
    assert re.fullmatch("[0-9a-f-]{36}", payload["requestId"])
    assert payload["stackTrace"][-1].startswith('  File "/var/task/handler.py", line ')


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0, "Runtime exited without providing a reason"), (7, "Runtime exited with error: exit status 7")],
)
def test_an_exit_is_told_with_its_status(function, status, reason):
    payload, answer = invoke(function, {"do": "exit", "status": status})
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: {reason}",
    }


def test_a_crash_is_told_with_its_signal(function):
    payload, _ = invoke(function, {"do": "crash"})
    assert payload["errorMessage"].endswith("Runtime exited with error: signal: segmentation fault")


def test_after_a_time_out_the_module_is_new_and_tmp_is_kept(function):
    invoke(function, {"do": "write"})
    payload, answer = invoke(function, {"do": "sleep", "seconds": 30})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Error: Task timed out after 3.00 seconds")
    assert invoke(function, {"do": "read"})[0] == [1, True]


def test_a_module_keeps_its_state_between_invocations(function):
    first = invoke(function, {"do": "count"})[0]
    assert invoke(function, {"do": "count"})[0] == first + 1


def test_an_answer_above_six_megabytes_is_refused(function):
    payload, answer = invoke(function, {"do": "large", "size": 6_291_556})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Function.ResponseSizeTooLarge"
    size = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    assert payload["errorMessage"] == size


def test_more_memory_than_it_has_ends_the_function(function):
    payload, answer = invoke(function, {"do": "memory", "megabytes": 300, "seconds": 2}, LogType="Tail")
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("Runtime exited with error: signal: killed")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in tail
    assert "Error Type: Runtime.OutOfMemory" in tail


def test_the_tail_of_the_log_comes_along_when_asked_for(function):
    _, answer = invoke(function, {}, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert re.search(r"^START RequestId: [0-9a-f-]{36} Version: \$LATEST$", tail, re.MULTILINE)
    assert re.search(
        r"^REPORT RequestId: [0-9a-f-]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t", tail, re.M
    )
    assert "LogResult" not in invoke(function, {})[1]


def test_the_context_is_lambda_s(function, aws):
    custom = base64.b64encode(json.dumps({"custom": {"user": "ann"}}).encode()).decode()
    payload, answer = invoke(function, {"do": "context"}, ClientContext=custom)
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    assert payload.pop("id") == answer["ResponseMetadata"]["RequestId"]
    assert 0 < payload.pop("left") <= 3000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", payload.pop("stream"))
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};.*Lineage=1:[0-9a-f]{8}:1", payload.pop("trace"))
    assert payload == {
        "name": function,
        "version": "$LATEST",
        "arn": arn,
        "memory": "128",
        "group": f"/aws/lambda/{function}",
        "client": {"user": "ann"},
    }


@pytest.mark.parametrize("written", ['{"custom": {"of": "Ünal 🙂"}}', '{"custom":\r\n  {"of": "Ünal 🙂"}}'])
def test_what_a_client_says_of_itself_may_be_in_any_script_and_have_several_lines(function, written):
    """The client context is JSON, which the SDK sends as base64, and the function gets as an object.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext
    """
    given = base64.b64encode(written.encode()).decode()
    payload, _ = invoke(function, {"do": "context"}, ClientContext=given)
    assert payload["client"] == {"of": "Ünal 🙂"}


def test_the_environment_is_the_documented_one_and_nothing_of_the_host(function):
    found, _ = invoke(function, {"do": "environment"})
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == function
    assert found["LAMBDA_TASK_ROOT"] == "/var/task"
    assert (found["TZ"], found["_HANDLER"]) == (":UTC", "handler.handler")
    lambda_s = ("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN", "_LAMBDA", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH")
    python_s = ("PATH", "PYTHONPATH", "TZ", "TMPDIR")
    assert [name for name in found if not name.startswith(lambda_s + python_s)] == []


def test_a_broken_module_is_told_by_the_invocation_that_needed_it(aws):
    for code, kind, message in [
        ("import nothing_like_this", "Runtime.ImportModuleError", "Unable to import module 'handler'"),
        ("def other(): pass", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'handler'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'handler'"),
        ("raise OSError('not today')", "OSError", "not today"),
    ]:
        payload, answer = invoke(make_function(code))
        assert answer["FunctionError"] == "Unhandled"
        assert payload["errorType"] == kind
        assert message in payload["errorMessage"]
        assert payload["requestId"] == ""


def test_a_start_that_takes_too_long_is_tried_once_more_at_the_invocation_s_expense(aws):
    code = "import time\ntime.sleep(60)\ndef handler(event, context): pass"
    name = make_function(code, Timeout=1)
    payload, _ = invoke(name)
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    kinds = [line.split()[0] for line in log_events(name, "REPORT")]
    assert kinds[:2] == ["INIT_START", "INIT_REPORT"]
    assert kinds[-1] == "REPORT"


def test_event_and_dry_run_answer_without_a_payload(function):
    client = boto3.client("lambda")
    event = client.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    assert (event["StatusCode"], event["Payload"].read()) == (202, b"")
    assert "ExecutedVersion" not in event
    dry = client.invoke(FunctionName=function, InvocationType="DryRun", Payload=b"{}")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")


def test_a_function_may_be_named_in_three_ways(function, aws):
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    for name in (arn, f"{aws.account_id}:function:{function}", f"{function}:$LATEST"):
        assert invoke(name, {"a": 1})[0] == {"a": 1}


@pytest.mark.parametrize(
    ("asked", "code", "status", "message"),
    [
        ({"FunctionName": "nobody"}, "ResourceNotFoundException", 404, r"function:nobody:\$LATEST$"),
        ({"Qualifier": "99"}, "ResourceNotFoundException", 404, r":99$"),
    ],
)  # fmt: skip
def test_what_lambda_refuses(function, asked, code, status, message):
    with pytest.raises(ClientError) as refused:
        boto3.client("lambda").invoke(**({"FunctionName": function} | asked))
    answer = refused.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert re.search(message, answer["Error"]["Message"])


def test_a_reserved_concurrency_of_zero_stops_a_function(aws):
    name = make_function(CODE)
    client = boto3.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    shown = client.get_function(FunctionName=name)
    assert shown["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        invoke(name)
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.delete_function_concurrency(FunctionName=name)
    assert invoke(name, {"a": 1})[0] == {"a": 1}


def test_functions_that_call_each_other_without_end_are_stopped_at_the_seventeenth_time(function):
    client = boto3.client("lambda")
    trace = invoke(function, {"do": "context"})[0]["trace"]
    sent = {"X-Amzn-Trace-Id": ""}

    def add_trace(request, **_):  # as the SDK does inside a function
        request.headers["X-Amzn-Trace-Id"] = sent["X-Amzn-Trace-Id"]

    def after(times):
        sent["X-Amzn-Trace-Id"] = re.sub(r"(Lineage=1:[0-9a-f]+):1", rf"\1:{times}", trace)
        return client.invoke(FunctionName=function, Payload=b"{}")["StatusCode"]

    client.meta.events.register("before-sign.lambda.Invoke", add_trace)
    assert after(15) == 200
    with pytest.raises(client.exceptions.RecursiveInvocationException, match="recursive loop"):
        after(16)
    client.put_function_recursion_config(FunctionName=function, RecursiveLoop="Allow")
    assert after(16) == 200
    client.put_function_recursion_config(FunctionName=function, RecursiveLoop="Terminate")
