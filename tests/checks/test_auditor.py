"""The auditor's policy: an audit as a user with exactly this policy, and what lacks when one action does."""

import json

import pytest

from checks.access import LIVE, READS
from checks.audit import audit
from checks.auditor import auditor_policy
from checks.findings import Status
from checks.target import Target
from tests.checks.mutations import HARMLESS

ACTIONS = sorted({access.permission for access in READS.values() if not access.when})


def test_an_audit_with_exactly_this_policy_sees_everything(good_stack, auditor):
    target = Target.of_stack(good_stack)
    report = audit(target, make_client=auditor(auditor_policy(target)))
    assert {one.status for one in report.findings} == {Status.PASS, Status.SKIP}


SELDOM = """
destination that is there function
destination that is there alias
destination that is there event bus
destination that is there bucket
failures published to a topic
alias that its own route may invoke
account blocks what the bucket does not
""".strip().splitlines()


@pytest.mark.parametrize("name", SELDOM, ids=lambda name: name.replace(" ", "-"))
def test_the_policy_holds_what_is_asked_only_sometimes(name, good_stack, auditor):
    [variant] = [one for one in HARMLESS if one.name == name]
    target = Target.of_stack(good_stack)
    variant.break_(good_stack)
    try:
        report = audit(target, make_client=auditor(auditor_policy(target)))
    finally:
        variant.mend(good_stack)
    assert {one.status for one in report.findings} == {Status.PASS, Status.SKIP}


@pytest.mark.parametrize("action", ACTIONS)
def test_without_any_one_action_something_can_not_be_said(action, good_stack, auditor):
    target = Target.of_stack(good_stack)
    policy = auditor_policy(target)
    for statement in policy["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    policy["Statement"] = [one for one in policy["Statement"] if one["Action"]]
    report = audit(target, make_client=auditor(policy))
    assert {Status.FAIL, Status.NOT_YET}.isdisjoint(one.status for one in report.findings)
    errors = [one for one in report.findings if one.status is Status.ERROR]
    assert errors
    for one in errors:
        assert "AccessDenied" in one.observed
        assert action in one.evidence
        assert action in one.fix
    assert report.exit_code == 3


def test_what_is_asked_only_sometimes_is_in_it_too(good_stack):
    actions = {
        action for one in auditor_policy(Target.of_stack(good_stack))["Statement"] for action in one["Action"]
    }
    assert actions == {access.permission for access in READS.values()}
    assert "s3:PutObject" not in actions


def test_the_live_policy_holds_the_live_list_and_stays_under_the_prefix(good_stack):
    policy = auditor_policy(Target.of_stack(good_stack), live=True)
    actions = {action for one in policy["Statement"] for action in one["Action"]}
    assert {access.permission for access in LIVE.values()} <= actions
    [writing] = [one for one in policy["Statement"] if "s3:PutObject" in one["Action"]]
    assert writing["Resource"] == [f"arn:aws:s3:::{good_stack.upload_bucket}/incoming/*"]


def test_a_partial_target_needs_less(good_stack):
    target = Target("part", good_stack.account_id, good_stack.region, upload_bucket=good_stack.upload_bucket)
    text = json.dumps(auditor_policy(target))
    assert good_stack.upload_bucket in text
    assert "lambda:" not in text
    assert "apigateway:" not in text
