"""An error is never a verdict: whatever call fails, the rules that rest on it neither pass nor fail."""

import json
import re
from contextlib import contextmanager

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from checks.access import READS
from checks.asking import Asker, RefusedError
from checks.audit import audit
from checks.findings import Status
from checks.target import Target

ALWAYS = [call for call, access in READS.items() if not access.when and call[1] != "GetBucketAcl"]


@contextmanager
def faulty(client, operation):
    """boto3's client, whose operation answers with a fault of the server's every time."""

    class Raw:
        def stream(self, *_, **__):
            return iter([b"<html>no</html>"])

    def fault(request, **_):
        return AWSResponse(request.url, 500, {}, Raw())

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, fault)
    yield
    client.meta.events.unregister(event, fault)


def verdicts(report):
    return {(one.id, one.resource): one.status for one in report.findings}


@pytest.fixture(scope="module")
def good(good_stack, clients):
    """What every rule says of a good stack."""
    return verdicts(audit(Target.of_stack(good_stack), make_client=clients))


@pytest.mark.parametrize(("service", "operation"), READS, ids=lambda name: name)
def test_a_fault_of_aws_is_an_error_and_not_a_verdict(service, operation, good, good_stack, clients):
    target = Target.of_stack(good_stack)
    with faulty(clients(service), operation):
        report = audit(target, make_client=clients)
    now = verdicts(report)
    assert Status.FAIL not in now.values()
    changed = {key for key in good if now.get(key) is not good[key]}
    assert all(now.get(key, Status.ERROR) is Status.ERROR for key in changed)
    if (service, operation) in ALWAYS:
        errors = [one for one in report.findings if one.status is Status.ERROR]
        assert errors
        assert all(READS[service, operation].permission in one.evidence for one in errors)
        assert report.exit_code == 3


def test_a_site_that_nobody_can_reach_is_an_error(good_stack, clients):
    origin = "http://127.0.0.1:1"
    target = Target(**{**vars(Target.of_stack(good_stack)), "site_origin": origin})
    [finding] = [
        one for one in audit(target, make_client=clients, areas=["cors"]).findings if one.id == "CORS-3"
    ]
    assert finding.status is Status.ERROR
    assert f"GET {origin}/" in finding.observed


def test_the_audit_can_not_write(aws, good_stack):
    asker = Asker(boto3.client)
    for call in (
        lambda: asker.client("s3").delete_bucket(Bucket=good_stack.site_bucket),
        lambda: asker.client("iam").delete_role(RoleName="x"),
        lambda: asker.client("s3").put_object(Bucket=good_stack.upload_bucket, Key="incoming/x"),
        lambda: asker.client("lambda").invoke(FunctionName="x"),
    ):
        with pytest.raises(RefusedError, match="not on its list"):
            call()
    assert asker.calls == 0


def test_a_good_stack_needs_forty_calls_at_most(good_stack):
    report = audit(Target.of_stack(good_stack))
    assert report.calls <= 39  # and one more, to find out whose account it is


def test_everything_on_the_reading_list_reads():
    assert all(re.match(r"(Get|List|Describe|Simulate)[A-Z]", operation) for _, operation in READS)


def test_what_it_changed_on_clients_is_taken_back(good_stack):
    client = boto3.client("s3")
    audit(
        Target.of_stack(good_stack),
        make_client=lambda service, **more: client if service == "s3" else boto3.client(service, **more),
    )
    client.put_object(Bucket=good_stack.upload_bucket, Key="elsewhere/mine.txt", Body=b"x")
    client.delete_object(Bucket=good_stack.upload_bucket, Key="elsewhere/mine.txt")


def test_every_finding_can_be_written_down(good_stack, clients):
    shown = json.dumps(audit(Target.of_stack(good_stack), make_client=clients).as_dict())
    assert set(json.loads(shown)) == {"stack", "cloud", "account_id", "region", "summary", "rows"}
