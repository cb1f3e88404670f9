"""Proved by breaking things: each single defect turns exactly the named rules, and harmless variants none."""

import boto3
import pytest

from checks.audit import audit
from checks.findings import Status
from checks.target import Target
from dashboard.stack import Stack, build, destroy
from tests.checks.mutations import DEFECTS, HARMLESS, PLANTED

BAD = {Status.FAIL, Status.ERROR, Status.NOT_YET}


@pytest.fixture(scope="module")
def stack(aws):
    """A whole dashboard, and still a good one when every defect was mended."""
    stack = Stack.named("mutants")
    build(stack)
    yield stack
    assert failing(stack) == {}
    destroy(stack)


@pytest.fixture(scope="module")
def clients(aws):
    """boto3's clients, made once: an audit takes its hooks off them again."""
    made = {}

    def make(service, **settings):
        if service not in made:
            made[service] = boto3.client(service, **settings)
        return made[service]

    return make


def failing(stack, make_client=None):
    """What is not good: status of each rule, with what was observed."""
    report = audit(Target.of_stack(stack), make_client=make_client)
    return {(one.id, one.status): one.observed for one in report.findings if one.status in BAD}


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_a_defect_turns_exactly_its_rules(stack, clients, defect):
    defect.break_(stack)
    try:
        found = failing(stack, clients)
    finally:
        defect.mend(stack)
    assert set(found) == {(id_, Status.FAIL) for id_ in defect.ids}, found


@pytest.mark.parametrize("variant", HARMLESS, ids=str)
def test_a_harmless_variant_stays_green(stack, clients, variant):
    variant.break_(stack)
    try:
        found = failing(stack, clients)
    finally:
        variant.mend(stack)
    assert found == {}


def test_the_table_is_as_large_as_promised():
    assert len({one.name for one in DEFECTS}) == len(DEFECTS) >= 60
    assert len(HARMLESS) >= 15
    assert len(PLANTED) == 25
