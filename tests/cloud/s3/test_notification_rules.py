"""Notifications: what a configuration may say, and which events of which keys a rule means."""

import re
from urllib.parse import unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.s3.notifications import ObjectEvent, Rule, encoded, next_sequencer
from tests.cloud.s3.conftest import put, rule

NOBODY = "arn:aws:lambda:us-east-1:123456789012:function:nobody"


def test_a_new_destination_is_tried_once(s3, bucket, queue):
    arn, arrived = queue
    put(s3, bucket, rule(arn))
    [test] = arrived()
    assert (test["Event"], test["Bucket"], test["Service"]) == ("s3:TestEvent", bucket, "Amazon S3")
    assert len(test["RequestId"]) == 16
    put(s3, bucket, rule(arn, "s3:ObjectRemoved:*"))
    assert arrived() == []


def test_a_configuration_replaces_the_one_before(s3, bucket, queue):
    arn, arrived = queue
    put(s3, bucket, rule(arn, prefix="a/", Id="first"))
    put(s3, bucket, rule(arn, prefix="b/"))
    [found] = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert found["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "b/"}]
    assert found["Id"]
    put(s3, bucket)
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    arrived()
    s3.put_object(Bucket=bucket, Key="b/k", Body=b"")
    assert arrived() == []


def test_names_of_filter_rules_are_taken_in_any_case(s3, bucket, queue):
    arn, arrived = queue
    rules = [{"Name": "PREFIX", "Value": "in/"}, {"Name": "sUffix", "Value": ".jpg"}]
    put(s3, bucket, rule(arn) | {"Filter": {"Key": {"FilterRules": rules}}})
    [found] = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert [one["Name"] for one in found["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"]
    arrived()
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg", "IN/a.jpg"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert [event["Records"][0]["s3"]["object"]["key"] for event in arrived()] == ["in/a.jpg"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"QueueArn": "queue"}, "InvalidArgument", "The ARN could not be parsed"),
        (
            {"QueueArn": "arn:aws:sns:us-east-1:123456789012:topic"},
            "InvalidArgument",
            "The ARN could not be parsed",
        ),
        (
            {"Events": ["s3:ObjectCreated:Made"]},
            "InvalidArgument",
            "The event is not supported for notifications",
        ),
        ({"Events": ["s3:TestEvent"]}, "InvalidArgument", "The event is not supported for notifications"),
        (
            {"Filter": {"Key": {"FilterRules": [{"Name": "middle", "Value": "x"}]}}},
            "InvalidArgument",
            "filter rule name must be either prefix or suffix",
        ),
        (
            {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "x"}] * 2}}},
            "InvalidArgument",
            "Cannot specify more than one prefix rule in a filter.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(s3, bucket, queue, refused, change, code, message):
    found, said, status = refused(lambda: put(s3, bucket, rule(queue[0]) | change))
    assert (found, said, status) == (code, message, 400)


def test_a_destination_that_s3_may_not_send_to_is_refused_by_name(s3, bucket, queue, refused):
    def refusal(*rules, **more):
        from botocore.exceptions import ClientError

        with pytest.raises(ClientError) as caught:
            put(s3, bucket, *rules, **more)
        return caught.value.response["Error"]

    error = refusal(rule(NOBODY, kind="LambdaFunction"), kind="LambdaFunction")
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert (error["ArgumentName1"], error["ArgumentValue1"]) == (
        f"{NOBODY}, null", f"Not authorized to invoke function [{NOBODY}]")  # fmt: skip
    other = queue[0].replace(bucket, "other")
    missing = refusal(rule(other))
    assert (missing["ArgumentName1"], missing["ArgumentValue1"]) == (
        other, "The destination queue does not exist")  # fmt: skip
    s3.create_bucket(Bucket=f"{bucket}-2")
    with pytest.raises(Exception, match="Unable to validate"):  # the queue's policy names the first bucket
        put(s3, f"{bucket}-2", rule(queue[0]))
    put(
        s3, bucket, rule(NOBODY, kind="LambdaFunction"), kind="LambdaFunction", SkipDestinationValidation=True
    )


OVERLAPS = [
    (("s3:ObjectCreated:*", "", ""), ("s3:ObjectCreated:*", "", ""), True),
    (("s3:ObjectCreated:*", "", ""), ("s3:ObjectCreated:Put", "", ""), True),
    (("s3:ObjectCreated:Copy", "", ""), ("s3:ObjectCreated:Put", "", ""), False),
    (("s3:ObjectCreated:*", "images/", ""), ("s3:ObjectCreated:*", "logs/", ""), False),
    (("s3:ObjectCreated:*", "images", ""), ("s3:ObjectCreated:*", "images/a", ""), True),
    (("s3:ObjectCreated:*", "images", ""), ("s3:ObjectCreated:*", "", ""), True),
    (("s3:ObjectCreated:*", "", "jpg"), ("s3:ObjectCreated:*", "", "pg"), True),
    (("s3:ObjectCreated:*", "", "jpg"), ("s3:ObjectCreated:*", "", "png"), False),
    (("s3:ObjectCreated:*", "images", ".jpg"), ("s3:ObjectCreated:*", "images", ".png"), False),
    (("s3:ObjectCreated:*", "images", ".jpg"), ("s3:ObjectRemoved:*", "images", ".jpg"), False),
]


@pytest.mark.parametrize(("one", "other", "overlap"), OVERLAPS)
def test_two_rules_may_not_both_match_one_event(s3, bucket, queue, refused, one, other, overlap):
    rules = [rule(queue[0], event, prefix=prefix, suffix=suffix) for event, prefix, suffix in (one, other)]
    if not overlap:
        put(s3, bucket, *rules)
        return
    code, message, status = refused(lambda: put(s3, bucket, *rules))
    assert (code, status) == ("InvalidArgument", 400)
    filtered = any(one[1:]) or any(other[1:])  # https://github.com/minio/minio/issues/2472
    assert message.startswith(
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules"
        if filtered
        else "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    )


def test_two_rules_of_one_name_are_refused(s3, bucket, queue, refused):
    rules = [rule(queue[0], prefix=prefix, Id="same") for prefix in ("a", "b")]
    assert refused(lambda: put(s3, bucket, *rules))[1].startswith("Same ID used for multiple configurations")


@pytest.mark.parametrize(
    ("prefix", "key", "matches"),
    [
        ("in/", "in/a", True),
        ("in/", "an in/a", False),
        ("a+b/", "a b/c", True),
        ("a b/", "a b/c", False),
        ("year%3D2026/", "year=2026/a", True),
        ("year%3d2026/", "year=2026/a", True),
        ("year=2026/", "year=2026/a", False),
        ("", "anything", True),
    ],
)
def test_filters_are_held_against_the_key_as_records_write_it(prefix, key, matches):
    rule = Rule("r", "lambda", NOBODY, ("s3:ObjectCreated:*",), (("Prefix", prefix),))
    assert rule.matches("s3:ObjectCreated:Put", key) is matches


@given(st.text(min_size=1))
@settings(max_examples=200, deadline=None)
def test_a_record_gives_every_key_back(key):
    written = encoded(key.encode("utf-8", "replace").decode())
    assert unquote_plus(written) == key.encode("utf-8", "replace").decode()
    assert re.fullmatch(r"[\w.~/+%*-]*", written, re.ASCII)


@given(st.lists(st.text(), min_size=2, max_size=5))
@settings(max_examples=50, deadline=None)
def test_sequencers_grow(keys):
    made = [next_sequencer() for _ in keys]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(re.fullmatch("[0-9A-F]+", one) for one in made)


@given(st.sampled_from(["Created:Put", "Removed:Delete", "Tagging:Put", "Acl:Put"]), st.integers(0, 2**40))
def test_only_what_was_made_has_a_size(kind, size):
    event = ObjectEvent(
        f"s3:Object{kind}", "b", "k", "us-east-1", "1", "AWS:x", "127.0.0.1", "R", "H", size, "e"
    )
    record = event.record("r")
    assert ("size" in record["s3"]["object"]) is (kind == "Created:Put")
    assert ("sequencer" in record["s3"]["object"]) is kind.startswith(("Created", "Removed"))
    assert record["eventVersion"] == ("2.1" if kind.startswith(("Created", "Removed")) else "2.3")
