"""Following a real upload through the real layers."""

import base64

import pytest

from dashboard.stack import Stack, build, destroy, manifest
from dashboard.widgets.api import Api
from workbook.trace_sources import invocation, searchable
from workbook.tracing import Kind, trace
from workbook.waiting import wait_for


@pytest.fixture(scope="module")
def stack(aws):
    stack = Stack.named("trace-test")
    build(stack)
    yield stack
    destroy(stack)


@pytest.fixture(scope="module")
def api(stack):
    return Api(manifest(stack)["api_url"])


def upload(api, name):
    ticket = api.ticket(name, "text/plain", 3)
    api.put(ticket, b"abc", lambda _: None)
    key = ticket["object_key"]
    assert wait_for(lambda: api.page(key)["files"], 30)
    api.page(key)  # as the page does; the list that found it may have begun before S3's event came
    return key


@pytest.mark.parametrize("name", ["cat.txt", "Grüße & \"quotes\" 'and' + more.txt", "猫.txt"])
def test_every_layer_is_seen_in_order(stack, api, name):
    found = trace(upload(api, name), stack)
    names = [step.name for step in found.steps if step.kind is not Kind.START]
    assert names[:4] == ["create_upload runs", "PUT to S3", "S3's event", "index_upload runs"]
    assert names[-1] == "list_files runs"
    assert "this invocation wrote it" in found.text
    assert all(step.end >= step.begin for step in found.steps)


def test_a_cold_start_is_told_apart(stack, api):
    upload(api, "first.txt")
    warm = {step.name for step in trace(upload(api, "second.txt"), stack).steps}
    assert "create_upload starts" not in warm
    stack.client("lambda").update_function_configuration(
        FunctionName=stack.functions["create_upload"].name, Description="so that it starts anew"
    )
    cold = trace(upload(api, "cold.txt"), stack)
    [starts] = [step for step in cold.steps if step.name == "create_upload starts"]
    assert starts.kind is Kind.START
    assert starts.ms > 0


def test_it_is_a_plot_a_table_and_one_line(stack, api):
    found = trace(upload(api, "shown.txt"), stack)
    assert repr(found) == "Trace of 'shown.txt': followed through the layers"
    assert base64.b64decode(found.image).startswith(b"\x89PNG")
    html = found._repr_html_()
    assert 'alt="Waterfall of one upload, in order:' in html
    assert '<th scope="row"' in html
    assert str(found).splitlines()[0].split() == ["What", "begins", "at", "takes", "Known", "from"]


def test_a_key_that_nobody_uploaded_gets_a_sentence(stack):
    found = trace("incoming/nobody.txt", stack)
    assert str(found).startswith("Nobody has uploaded 'incoming/nobody.txt':")
    assert repr(found) == "Trace of 'nobody.txt': nothing is known"
    assert "<img" not in found._repr_html_()


@pytest.mark.parametrize("key", [None, "", 7])
def test_what_is_no_key_gets_a_sentence(stack, key):
    assert f"not {key!r}" in str(trace(key, stack))


def test_a_ticket_that_nobody_used_is_told(stack, api):
    found = trace(api.ticket("unused.txt", "text/plain", 3)["object_key"], stack)
    assert "The ticket was not used" in str(found)


def test_a_file_put_around_the_api_has_no_ticket(stack):
    stack.client("s3").put_object(Bucket=stack.upload_bucket, Key="incoming/direct.txt", Body=b"1")
    found = trace("incoming/direct.txt", stack)
    assert found.steps[0].name == "PUT to S3"
    assert "No ticket" in str(found)


def test_what_was_deleted_since_is_still_known(stack, api):
    key = upload(api, "gone.txt")
    api.delete(key)
    assert wait_for(lambda: removals(stack, key), 30)
    assert "It was deleted later" in str(trace(key, stack))


def removals(stack, key):
    group = stack.functions["index_upload"].log_group
    said = stack.client("logs").filter_log_events(logGroupName=group)["events"]
    return [one for one in said if "ObjectRemoved" in one["message"] and key in one["message"]]


def test_a_file_that_s3_tells_nobody_of_is_told(stack):
    stack.client("s3").put_object(Bucket=stack.upload_bucket, Key="elsewhere/x.txt", Body=b"1")
    found = trace("elsewhere/x.txt", stack, seconds=0)
    assert "index_upload's log has no line for this key" in str(found)


def test_a_stack_that_is_not_built_is_no_traceback(aws):
    assert "Nobody has uploaded" in str(trace("incoming/a.txt", Stack.named("trace-nothing")))


def test_an_invocation_is_read_from_its_stream():
    lines = [
        "INIT_START Runtime Version: x", "a module prints", "START RequestId: 1 Version: $LATEST", "hello",
        "END RequestId: 1", "REPORT RequestId: 1\tDuration: 5.00 ms\tInit Duration: 80.00 ms\t",
        "START RequestId: 2 Version: $LATEST", "hello again", "END RequestId: 2",
    ]  # fmt: skip
    events = [{"timestamp": 1000 * at, "message": line} for at, line in enumerate(lines)]
    first = invocation(events, "hello")
    assert (first.started, first.began, first.ran, first.init) == (0.0, 2.0, 0.005, 0.08)
    second = invocation(events, "hello again")
    assert (second.started, second.began, second.ran) == (None, 6.0, None)


def test_what_cloudwatch_cannot_look_for_is_left_out():
    assert searchable('incoming/0123456789abcdef/"all" + 猫.txt') == "incoming/0123456789abcdef/"
