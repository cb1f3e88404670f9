"""The state row: page, functions and table speak of the same things, and the page calls this API."""

import json

import pytest

from checks.asking import Answer
from checks.audit import audit
from checks.findings import Status
from checks.lifecycle import rules_of
from checks.target import Target
from dashboard.stack import Stack, build, destroy
from dashboard.stack.package import FUNCTIONS
from tests.checks.defects import api_of, published, variables


def findings(stack, clients, id_):
    report = audit(Target.of_stack(stack), areas=["state"], make_client=clients)
    return {one.resource: one for one in report.findings if one.id == id_}


def test_the_table_and_every_function_are_looked_at(good_stack, clients):
    found = findings(good_stack, clients, "STATE-3")
    assert set(found) == {good_stack.table, *(one.name for one in good_stack.functions.values())}
    assert {one.status for one in found.values()} == {Status.PASS}


@pytest.mark.parametrize(
    ("short", "variable"),
    [
        (folder.name, variable)
        for folder in sorted(FUNCTIONS.iterdir())
        for variable in ("TABLE_NAME", "UPLOAD_BUCKET")
        if f'"{variable}"' in (folder / "lambda_function.py").read_text()
    ],
)
def test_each_name_that_a_function_reads_must_be_this_stacks(short, variable, good_stack, clients):
    mend = variables(good_stack, short, **{variable: "somebody-elses"})
    try:
        found = findings(good_stack, clients, "STATE-3")
    finally:
        mend()
    [wrong] = [one for one in found.values() if one.status is not Status.PASS]
    assert (wrong.status, wrong.resource) == (Status.FAIL, good_stack.functions[short].name)
    assert wrong.observed.startswith(f"{variable} is 'somebody-elses', not ")


def test_a_name_that_no_code_reads_harms_nobody(good_stack, clients):
    mend = variables(good_stack, "create_upload", TABLE_NAME="somebody-elses")
    try:
        found = findings(good_stack, clients, "STATE-3")
    finally:
        mend()
    assert {one.status for one in found.values()} == {Status.PASS}


@pytest.mark.parametrize(
    ("content", "named"),
    [('{"apiUrl": "https://old.example"}', "'https://old.example'"), ("[]", "None"), ("not JSON", "None")],
)
def test_a_page_that_calls_something_else_is_told_whom(content, named, good_stack, clients):
    mend = published(good_stack, "config.json", content)
    try:
        [found] = findings(good_stack, clients, "STATE-4").values()
    finally:
        mend()
    assert (found.status, found.resource) == (Status.FAIL, good_stack.site_bucket)
    assert found.observed.startswith(f"config.json names {named}, and the API is at ")


def test_the_fix_names_the_address_that_the_api_has_now(good_stack, clients):
    client, api = api_of(good_stack)
    mend = published(good_stack, "config.json", "{}")
    try:
        [found] = findings(good_stack, clients, "STATE-4").values()
    finally:
        mend()
    assert json.dumps({"apiUrl": client.get_api(ApiId=api)["ApiEndpoint"]}) in found.fix


def test_without_a_page_nothing_is_wrong_yet(aws, clients):
    stack = Stack.named("pageless")
    build(stack, through="api")
    try:
        found = findings(stack, clients, "STATE-4")
    finally:
        destroy(stack)
    assert {one.status for one in found.values()} == {Status.NOT_YET}


SMALL, LARGE = 1_000, 1_000_000  # bytes
ARCHIVING = {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
EXPIRING = {"Expiration": {"Days": 1}}


def the_rule(given, **more):
    [rule] = rules_of(Answer("", {"Rules": [{"ID": "x", "Status": "Enabled", **given}], **more}))
    return rule


@pytest.mark.parametrize(
    ("filters", "small", "large"),
    [
        ({"Prefix": ""}, True, True),
        ({"ObjectSizeGreaterThan": SMALL}, False, True),
        ({"ObjectSizeLessThan": LARGE}, True, False),
        ({"And": {"Prefix": "a", "ObjectSizeGreaterThan": SMALL, "ObjectSizeLessThan": LARGE}}, False, False),
    ],
)
def test_a_lifecycle_rule_speaks_of_sizes_without_their_bounds(filters, small, large):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html"""
    rule = the_rule({"Filter": filters, **EXPIRING})
    assert (rule.expiring(SMALL, SMALL), rule.expiring(LARGE, LARGE)) == (small, large)
    assert rule.expiring(1, 5 * 2**30)


@pytest.mark.parametrize(
    ("filters", "more", "small"),
    [
        ({"Prefix": ""}, {}, False),
        ({"Prefix": ""}, {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}, False),
        ({"Prefix": ""}, {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}, True),
        ({"ObjectSizeGreaterThan": 1}, {}, True),
    ],
)
def test_what_is_small_goes_to_no_archive_unless_that_is_said(filters, more, small):
    """Under 128 KB nothing moves by default; a filter of sizes takes precedence over the default.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    """
    rule = the_rule({"Filter": filters, **ARCHIVING}, **more)
    assert (rule.archiving(SMALL, SMALL), rule.archiving(LARGE, LARGE)) == (small, True)


@pytest.mark.parametrize(
    "filters",
    [
        {"Tag": {"Key": "a", "Value": "b"}},
        {"And": {"Prefix": "incoming/", "Tags": [{"Key": "a", "Value": "b"}]}},
    ],
)
def test_a_lifecycle_rule_for_tags_speaks_of_nothing_that_the_dashboard_stores(filters):
    given = [{"ID": "x", "Status": "Enabled", "Filter": filters, **EXPIRING}]
    assert rules_of(Answer("", {"Rules": given})) == []
