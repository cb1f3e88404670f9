"""Not built is not wrong: a stack that grows layer by layer is never red, and one that loses a piece is."""

import importlib
from dataclasses import replace

import pytest

from checks.audit import audit
from checks.findings import Status
from checks.target import Function, Target
from dashboard.stack import LAYERS, Stack, build, destroy

NOT_GOOD = {Status.FAIL, Status.ERROR}


def statuses(target, clients):
    return {(one.id, one.resource): one for one in audit(target, make_client=clients).findings}


def test_a_stack_that_grows_shows_what_is_not_yet_built_and_nothing_worse(aws, clients):
    stack = Stack.named("growing")
    left = []
    for layer in (None, *LAYERS):
        if layer:
            importlib.import_module(f"dashboard.stack.{layer}").build(stack)
        found = statuses(Target.of_stack(stack), clients)
        worse = {key: one.observed for key, one in found.items() if one.status in NOT_GOOD}
        assert worse == {}, layer
        left.append(sum(one.status is Status.NOT_YET for one in found.values()))
    assert left[0] == max(left)
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)
    destroy(stack)


def test_not_yet_says_what_to_build(aws, clients):
    found = statuses(Target.of_stack(Stack.named("empty")), clients)
    assert {one.status for one in found.values()} == {Status.NOT_YET, Status.SKIP}
    assert found["SECURITY-1", f"empty-uploads-{aws.account_id}"].fix == "Build the storage layer."


@pytest.fixture(scope="module")
def whole(aws):
    stack = Stack.named("losing")
    build(stack)
    yield stack
    destroy(stack)


@pytest.mark.parametrize(
    ("lose", "ids"),
    [
        (
            lambda stack: stack.client("lambda").delete_function(
                FunctionName=stack.functions["get_file"].name
            ),
            {
                "SECURITY-5",
                "SECURITY-6",
                "SECURITY-7",
                "SECURITY-9",
                "API-2",
                "STATE-3",
                "VISIBILITY-1",
                "VISIBILITY-2",
            },
        ),
        (lambda stack: stack.client("dynamodb").delete_table(TableName=stack.table), {"STATE-3"}),
        (
            lambda stack: stack.client("apigatewayv2").delete_api(ApiId=api_id(stack)),
            {"SECURITY-7", "CORS-1", "CORS-3", "CORS-4", "API-1", "API-2", "STATE-4"},
        ),
    ],
)
def test_a_piece_that_a_whole_stack_lost_is_a_failure(lose, ids, whole, clients):
    lose(whole)
    found = statuses(Target.of_stack(whole), clients)
    build(whole)
    failed = {id_ for (id_, _), one in found.items() if one.status is Status.FAIL}
    assert failed >= ids - {"SECURITY-7"}
    assert {one.status for one in found.values()} <= {Status.PASS, Status.SKIP, Status.FAIL}
    assert set().union({one.status for one in statuses(Target.of_stack(whole), clients).values()}) == {
        Status.PASS,
        Status.SKIP,
    }


def api_id(stack):
    from dashboard.stack.api import find_api

    return find_api(stack.client("apigatewayv2"), stack.api_name)


def test_a_part_that_has_no_name_is_skipped_with_the_reason(good_stack, clients):
    target = Target("part", good_stack.account_id, good_stack.region, upload_bucket=good_stack.upload_bucket)
    found = audit(target, make_client=clients).findings
    assert {one.status for one in found} == {Status.PASS, Status.SKIP}
    assert {one.id for one in found if one.status is Status.PASS} == {
        "SECURITY-1",
        "SECURITY-2",
        "SECURITY-3",
        "SAFETY-1",
    }
    reasons = {one.observed for one in found if one.id == "CORS-1"}
    assert reasons == {"No API is named, so this was not asked."}


def test_what_is_named_and_is_not_there_is_a_failure_and_not_not_yet(good_stack, clients):
    target = Target(
        "foreign",
        good_stack.account_id,
        good_stack.region,
        upload_bucket="no-such-bucket-here",
        table="nowhere",
        api="nothing",
        functions={"list_files": Function("list_files", "nobody")},
    )
    found = audit(target, make_client=clients).findings
    assert Status.NOT_YET not in {one.status for one in found}
    said = {one.observed for one in found if one.status is Status.FAIL}
    assert {
        "There is no bucket 'no-such-bucket-here'.",
        "There is no function 'nobody'.",
        "There is no API 'nothing'.",
    } <= said


def test_the_same_stack_named_by_its_parts_is_judged_the_same(good_stack, clients):
    stack = Target.of_stack(good_stack)
    functions = {short: Function(short, one.name) for short, one in stack.functions.items()}
    target = Target(
        "by-parts",
        stack.account_id,
        stack.region,
        stack.upload_bucket,
        stack.site_bucket,
        stack.table,
        stack.api,
        functions=functions,
    )
    assert {one.status for one in audit(target, make_client=clients).findings} == {Status.PASS, Status.SKIP}


PARTS = ["upload_bucket", "site_bucket", "table", "api"]
FUNCTIONS = ["create_upload", "list_files", "get_file", "delete_file", "index_upload"]


def without(target, part):
    """The target as a configuration names it that leaves a part out."""
    if part in PARTS:
        return replace(target, **{part: None})
    left = {short: one for short, one in target.functions.items() if part not in (short, "functions")}
    return replace(target, functions=left)


@pytest.mark.parametrize("part", [*PARTS, *FUNCTIONS, "functions"])
def test_a_part_that_has_no_name_is_skipped_and_spoils_no_rule(part, good_stack, clients):
    target = without(replace(Target.of_stack(good_stack), whole=True), part)
    assert {one.status for one in statuses(target, clients).values()} == {Status.PASS, Status.SKIP}


@pytest.mark.parametrize("part", [*PARTS, *FUNCTIONS])
def test_a_part_that_is_named_alone_is_judged_alone(part, good_stack, clients):
    target = replace(Target.of_stack(good_stack), whole=True)
    for other in {*PARTS, *FUNCTIONS} - {part}:
        target = without(target, other)
    assert {one.status for one in statuses(target, clients).values()} <= {Status.PASS, Status.SKIP}
