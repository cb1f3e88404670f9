"""Proved by breaking things: each single defect turns exactly the named rules, and harmless variants none."""

import pytest

from checks.audit import audit
from checks.findings import Status
from checks.target import Target
from tests.checks.mutations import DEFECTS, HARMLESS, PLANTED

BAD = {Status.FAIL, Status.ERROR, Status.NOT_YET}


@pytest.fixture(scope="module")
def stack(good_stack):
    """A whole dashboard, and still a good one when every defect was mended."""
    yield good_stack
    assert failing(good_stack) == {}


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
