"""A change mends the one thing that its finding speaks of, and its undo brings it back as it was."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from checks.audit import audit
from checks.findings import Status
from checks.fix import settled
from checks.rendering import boto3_text
from checks.target import Target
from tests.checks.mutations import DEFECTS

KINDS = """
switch off BlockPublicPolicy
public access block deleted
uploads let in another account
acls in force object writer
acls in force none
long life of tickets
list function also may delete bucket
partition condition removed
any api may invoke
permission for all of this api
alias may be invoked by everybody
alias may be invoked by all routes
visitors of some files sent elsewhere what was once there
one rule of two sends visitors elsewhere
uploads go tomorrow
uploads go on a day
uploads go beside a harmless rule
page goes some day
failures may no longer be published
also invoked by everybody
open function url
site lets everybody write
site is closed
api allows everything
api cors deleted
bucket allows everything
bucket cors deleted
api rule any method
api allows credentials
prefix none
no notification
gap created only
bucket may not invoke
triggered function writes uploads
loops allowed
never runs
more routes default
delete leads to get
integration with another function
route does not wait at once
handler lost no file
triggered handler lost no function
permission lost list
stage does not deploy
own address off
names something else list
log group deleted api
kept for ever
no log permission
""".strip().splitlines()
CHOSEN = {one.name: one for one in DEFECTS}


def failing(stack, clients, defect):
    """What fails in the defect's own rows."""
    areas = {id_.partition("-")[0].lower() for id_ in defect.ids}
    report = audit(Target.of_stack(stack), areas=sorted(areas), make_client=clients)
    return [one for one in report.findings if one.status is Status.FAIL]


def made(calls, clients):
    for call in calls:
        json.dumps(call.params)  # plain data: the undo file is written from it
        getattr(clients(call.service), call.operation)(**call.params)


def read(change, clients):
    """What the change rests on, now; None where there is no such thing."""
    try:
        answer = getattr(clients(change.read.service), change.read.operation)(**change.read.params)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return None
    return settled(answer)


@pytest.mark.parametrize("name", KINDS, ids=lambda name: name.replace(" ", "-"))
def test_a_change_mends_and_its_undo_brings_it_back(name, good_stack, clients):
    defect = CHOSEN[name]
    defect.break_(good_stack)
    try:
        before = failing(good_stack, clients, defect)
        changes = {one.change.describe: one.change for one in before if one.change}
        assert changes
        for finding in before:
            assert finding.fix
            if finding.change:
                assert finding.fix == boto3_text(finding.change)
                assert read(finding.change, clients) == settled(finding.change.before)
        for change in changes.values():
            made(change.calls, clients)
        mended = {one.id for one in before if one.change}
        assert not mended & {one.id for one in failing(good_stack, clients, defect)}
        for change in reversed(changes.values()):
            made(change.undo, clients)
        assert {one.id for one in failing(good_stack, clients, defect)} == defect.ids
    finally:
        defect.mend(good_stack)


def test_what_is_shown_is_python_that_boto3_understands(good_stack, clients):
    defect = CHOSEN["list function also may delete bucket"]
    defect.break_(good_stack)
    try:
        [finding] = failing(good_stack, clients, defect)
        exec(finding.fix, {"boto3": boto3, "json": json})  # people will do just that
        assert failing(good_stack, clients, defect) == []
    finally:
        iam, role = good_stack.client("iam"), good_stack.functions["list_files"].role
        iam.put_role_policy(
            RoleName=role,
            PolicyName="extra",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
                }
            ),
        )
        defect.mend(good_stack)
