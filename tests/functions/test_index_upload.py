"""S3 events: delivered twice, late or in any order, they leave the table saying what the bucket holds."""

import itertools
import json
from urllib.parse import quote_plus

import boto3
import pytest

KEY = "incoming/1/grüße + mehr.txt"


def event(bucket, key, sequencer, name="ObjectCreated:Put"):
    """An S3 event with what the function reads of it."""
    thing = {"key": quote_plus(key, safe="/"), "sequencer": sequencer}
    return {"Records": [{"eventName": name, "eventTime": "2026-01-01T00:00:00.000Z",
                         "s3": {"bucket": {"name": bucket}, "object": thing}}]}  # fmt: skip


@pytest.fixture
def deliver(dashboard):
    """Hand an event to the function, as S3 would, and wait for its end."""
    name = dashboard.built["functions"]["index_upload"]["name"]

    def deliver(one):
        answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(one))
        assert "FunctionError" not in answer, answer["Payload"].read()

    return deliver


@pytest.fixture
def quiet(dashboard):
    """The same dashboard while S3 tells nobody: the test delivers what it wants to."""
    s3, bucket = boto3.client("s3"), dashboard.bucket.name
    before = s3.get_bucket_notification_configuration(Bucket=bucket)
    before.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield dashboard
    dashboard.clear()  # now, as S3 would tell of it later, in the middle of the next test
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=before)


def test_an_upload_becomes_a_record_under_its_decoded_key(dashboard):
    dashboard.bucket.put_object(Key=KEY, Body=b"hello", ContentType="text/plain")
    record = dashboard.until(lambda: dashboard.record(KEY))
    assert record["name"] == "grüße + mehr.txt"
    assert record["size"] == 5
    assert record["content_type"] == "text/plain"


def test_a_deletion_by_hand_removes_the_record(dashboard):
    dashboard.bucket.put_object(Key=KEY, Body=b"hello")
    dashboard.until(lambda: dashboard.record(KEY))
    dashboard.bucket.Object(KEY).delete()
    dashboard.until(lambda: dashboard.record(KEY) is None)


def test_what_is_not_under_the_prefix_is_not_recorded(dashboard):
    dashboard.bucket.put_object(Key="elsewhere/a.txt", Body=b"1")
    dashboard.upload()
    assert dashboard.record("elsewhere/a.txt") is None


def test_the_same_event_twice_changes_nothing(quiet, deliver):
    quiet.bucket.put_object(Key=KEY, Body=b"hello")
    deliver(event(quiet.bucket.name, KEY, "0A"))
    once = quiet.record(KEY)
    deliver(event(quiet.bucket.name, KEY, "0A"))
    assert quiet.record(KEY) == once


STEPS = [("put", b"one"), ("delete", b""), ("put", b"three!")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_in_any_order_the_table_says_what_the_bucket_holds(quiet, deliver, order):
    """Three writes, their three events delivered in every order, and the first one again at the end."""
    events = []
    for number, (what, content) in enumerate(STEPS):
        name = "ObjectCreated:Put" if what == "put" else "ObjectRemoved:Delete"
        if what == "put":
            quiet.bucket.put_object(Key=KEY, Body=content)
        else:
            quiet.bucket.Object(KEY).delete()
        events.append(event(quiet.bucket.name, KEY, f"00{number}A", name))
    for number in (*order, order[0]):
        deliver(events[number])
    assert quiet.record(KEY)["size"] == 6
    deliver(events[1])  # the deletion, once more and far too late
    assert quiet.record(KEY)["size"] == 6


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))), ids=str)
def test_a_deleted_file_stays_deleted_however_late_its_creation_is_told(quiet, deliver, order):
    quiet.bucket.put_object(Key=KEY, Body=b"one")
    quiet.bucket.Object(KEY).delete()
    events = [
        event(quiet.bucket.name, KEY, "001"),
        event(quiet.bucket.name, KEY, "002", "ObjectRemoved:Delete"),
    ]
    for number in (*order, *order):
        deliver(events[number])
    assert quiet.record(KEY) is None


def test_sequencers_of_different_length_compare_as_if_padded_with_zeros_at_the_right(quiet, deliver):
    quiet.bucket.put_object(Key=KEY, Body=b"one")
    deliver(event(quiet.bucket.name, KEY, "0055AED6DCD90281E5"))
    newest = quiet.record(KEY)["sequencer"]
    deliver(event(quiet.bucket.name, KEY, "0055AED6DCD90281E4FF"))
    assert quiet.record(KEY)["sequencer"] == newest


def test_many_records_in_one_event_are_all_read(quiet, deliver):
    names = [f"incoming/1/{number}.txt" for number in range(3)]
    for name in names:
        quiet.bucket.put_object(Key=name, Body=b"x")
    records = [event(quiet.bucket.name, name, "01")["Records"][0] for name in names]
    deliver({"Records": records})
    assert all(quiet.record(name) for name in names)


@pytest.mark.parametrize("odd", [{}, {"Records": []}, {"Service": "Amazon S3", "Event": "s3:TestEvent"}])
def test_an_event_without_records_is_no_error(deliver, odd):
    deliver(odd)


def test_the_function_may_not_write_where_it_is_triggered(dashboard):
    role = dashboard.built["functions"]["index_upload"]["role"]
    iam = boto3.client("iam")
    asked = iam.simulate_principal_policy(
        PolicySourceArn=iam.get_role(RoleName=role)["Role"]["Arn"],
        ActionNames=["s3:PutObject", "s3:DeleteObject"],
        ResourceArns=[f"arn:aws:s3:::{dashboard.bucket.name}/incoming/x"],
    )
    assert {one["EvalDecision"] for one in asked["EvaluationResults"]} == {"implicitDeny"}
