"""The state row: page, functions and table speak of the same things, and the page calls this API."""

import json

import pytest

from checks.audit import audit
from checks.findings import Status
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
