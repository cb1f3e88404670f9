"""The visibility row: the log group that a function itself names is the one that counts."""

import json
from datetime import UTC, datetime, timedelta

from checks.audit import audit
from checks.findings import Status
from checks.target import Target
from tests.checks.defects import allow, extra_policy


def test_a_log_group_of_its_own_choice_is_looked_at(good_stack, clients):
    lambda_, logs = good_stack.client("lambda"), good_stack.client("logs")
    name, group = good_stack.functions["get_file"].name, f"/files/{good_stack.name}"
    lambda_.update_function_configuration(FunctionName=name, LoggingConfig={"LogGroup": group})
    try:
        elsewhere = found(good_stack, clients)
        logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=7)
        arn = f"arn:aws:logs:{good_stack.region}:{good_stack.account_id}:log-group:{group}:*"
        mend = extra_policy(good_stack, "get_file", allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn))
        made = found(good_stack, clients)
        mend()
        logs.delete_log_group(logGroupName=group)
    finally:
        usual = good_stack.functions["get_file"].log_group
        lambda_.update_function_configuration(FunctionName=name, LoggingConfig={"LogGroup": usual})
    assert elsewhere == {("VISIBILITY-1", group), ("VISIBILITY-2", good_stack.functions["get_file"].role)}
    assert made == set()
    assert found(good_stack, clients) == set()


def test_what_is_told_does_not_change_from_day_to_day(good_stack, clients):
    report = audit(Target.of_stack(good_stack), make_client=clients)
    told = json.dumps([one.as_dict() for one in report.findings])
    now = datetime.now(UTC)
    days = [f"{now + timedelta(days=off):{form}}" for off in (-1, 0, 1) for form in ("%Y/%m/%d", "%Y-%m-%d")]
    assert "/[$LATEST]" in told
    assert [day for day in days if day in told] == []


def found(stack, clients):
    report = audit(Target.of_stack(stack), areas=["visibility"], make_client=clients)
    return {(one.id, one.resource) for one in report.findings if one.status is Status.FAIL}
