"""Lifecycle rules: what expires when, what is told of it, and that it happens as the cloud's clock moves.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

import json
from datetime import UTC, datetime

import boto3
import pytest

import cloud
from cloud.s3.lifecycle import Expiry, Rule, Version, due, expiration_header, expired, rules_of
from tests.cloud.functions.making import eventually

DAY = 86_400
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


def version(created=NOON, name="v", size=10, marker=False, **tags):
    return Version(name, created, size, marker, lambda: tags)


def gone(rules, *versions, after):
    return list(expired(rules, "logs/a", versions, NOON + after * DAY))


def test_days_end_at_the_next_midnight():
    """1 March at noon and one day: 2 March at noon, so 3 March at midnight."""
    assert due(NOON, 1) == datetime(2026, 3, 3, tzinfo=UTC).timestamp()
    assert gone([Rule("r", days=1)], version(), after=1.49) == []
    assert gone([Rule("r", days=1)], version(), after=1.5) == [Expiry("object", "logs/a", "v")]


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        (Rule("r", "logs/", days=1), True),
        (Rule("r", "tmp/", days=1), False),
        (Rule("r", tags={"of": "ann"}, days=1), True),
        (Rule("r", tags={"of": "ann", "more": "x"}, days=1), False),
        (Rule("r", larger_than=9, smaller_than=11, days=1), True),
        (Rule("r", larger_than=10, days=1), False),
        (Rule("r", date=NOON + DAY), True),
        (Rule("r", date=NOON + 30 * DAY), False),
        (Rule("r", markers=True), False),
    ],
)
def test_a_rule_is_for_a_prefix_tags_and_sizes(rule, hit):
    assert bool(gone([rule], version(of="ann"), after=9)) == hit


def test_older_versions_go_by_the_time_since_the_next_one_came():
    rule = Rule("r", noncurrent_days=5, newer_kept=1)
    versions = [version(NOON + 4 * DAY, "new"), version(NOON + DAY, "b"), version(NOON, "a")]
    assert gone([rule], *versions, after=6) == []  # "a" is noncurrent since the day on which "b" came
    assert gone([rule], *versions, after=6.5) == [Expiry("version", "logs/a", "a")]
    assert gone([rule], *versions, after=60) == [Expiry("version", "logs/a", "a")]  # one is kept


def test_a_marker_without_versions_goes():
    marker = version(NOON, "m", 0, marker=True)
    assert gone([Rule("r", markers=True)], marker, after=0) == [Expiry("marker", "logs/a", "m")]
    assert gone([Rule("r", days=1)], marker, after=2) == [Expiry("marker", "logs/a", "m")]
    assert gone([Rule("r", markers=True)], marker, version(), after=0) == []


def test_the_earliest_end_is_told_with_the_rule_s_name():
    rules = [Rule("late", days=9), Rule("early rule", days=1), Rule("other", "tmp/", days=0)]
    told = expiration_header(rules, "logs/a", version())
    assert told == 'expiry-date="Tue, 03 Mar 2026 00:00:00 GMT", rule-id="early%20rule"'


def test_a_configuration_is_read_as_boto3_writes_it():
    both = {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeLessThan": 5}
    given = [
        {"Status": "Disabled", "Filter": {}, "Expiration": {"Days": 1}},
        {"Status": "Enabled", "Prefix": "b/", "Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"Status": "Enabled", "Filter": {"And": both},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 3}},
    ]  # fmt: skip
    assert rules_of({"Rules": given}, ["1", "2", "3"]) == [
        Rule("2", "b/", markers=True),
        Rule("3", "a/", {"k": "v"}, smaller_than=5, noncurrent_days=2, newer_kept=3),
    ]


@pytest.fixture(scope="module")
def own():
    """A cloud whose clock may move, and a maker of clients for it."""
    with cloud.start() as running:
        keys = {
            "aws_access_key_id": running.credentials.access_key_id,
            "aws_secret_access_key": running.credentials.secret_access_key,
        }
        yield (
            running,
            lambda service: boto3.client(
                service, endpoint_url=running.endpoint_url, region_name=running.region, **keys
            ),
        )


def put_rules(s3, bucket, **action):
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}} | action
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


def told_to_queue(client, running, bucket):
    """Let a bucket tell a queue of expirations; returns what empties the queue."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    queue = {"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*"]}
    client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
    )

    def records():
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found += json.loads(message["Body"]).get("Records", [])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return records


def test_objects_and_uploads_go_as_the_clock_moves_and_events_tell_of_it(own):
    running, client = own
    s3 = client("s3")
    s3.create_bucket(Bucket="plain")
    records = told_to_queue(client, running, "plain")
    rule = {"Expiration": {"Days": 1}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    put_rules(s3, "plain", **rule)
    made = s3.put_object(Bucket="plain", Key="tmp/a b", Body=b"x")
    assert made["Expiration"].endswith('GMT", rule-id="tidy"')
    assert s3.head_object(Bucket="plain", Key="tmp/a b")["Expiration"] == made["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket="plain", Key="kept", Body=b"x")
    upload = s3.create_multipart_upload(Bucket="plain", Key="tmp/parts")
    assert upload["AbortRuleId"] == "tidy"
    running.advance(2 * DAY)
    assert eventually(lambda: s3.list_objects_v2(Bucket="plain")["KeyCount"] == 1, 60)
    assert eventually(lambda: "Uploads" not in s3.list_multipart_uploads(Bucket="plain"), 60)
    [record] = eventually(records)
    assert (record["eventName"], record["eventVersion"]) == ("LifecycleExpiration:Delete", "2.3")
    assert record["userIdentity"]["principalId"] == "s3.amazonaws.com"
    assert record["requestParameters"]["sourceIPAddress"] == "s3.amazonaws.com"
    assert set(record["s3"]["object"]) == {"key", "sequencer"}
    assert record["s3"]["object"]["key"] == "tmp/a+b"


def test_in_a_versioned_bucket_a_marker_comes_first_and_versions_go_later(own):
    running, client = own
    s3 = client("s3")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    records = told_to_queue(client, running, "versioned")
    put_rules(
        s3,
        "versioned",
        Expiration={"Days": 1},
        NoncurrentVersionExpiration={"NoncurrentDays": 1},
    )
    first = s3.put_object(Bucket="versioned", Key="tmp/a", Body=b"x")["VersionId"]

    def listed():
        answer = s3.list_object_versions(Bucket="versioned")
        return [one["VersionId"] for one in answer.get("Versions", [])], len(answer.get("DeleteMarkers", []))

    running.advance(2 * DAY)
    assert eventually(lambda: listed() == ([first], 1), 60)
    [record] = eventually(records)
    assert record["eventName"] == "LifecycleExpiration:DeleteMarkerCreated"
    running.advance(2 * DAY)
    assert eventually(lambda: listed() == ([], 0), 60)  # the version, and then the marker that stands alone
    [record] = eventually(records)
    assert record["eventName"] == "LifecycleExpiration:Delete"
    assert record["s3"]["object"]["versionId"] == first


def test_a_rule_without_a_name_is_given_one(own):
    _, client = own
    s3 = client("s3")
    s3.create_bucket(Bucket="nameless")
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="nameless", LifecycleConfiguration={"Rules": [rule]})
    [kept] = s3.get_bucket_lifecycle_configuration(Bucket="nameless")["Rules"]
    told = s3.put_object(Bucket="nameless", Key="a", Body=b"x")["Expiration"]
    assert told.endswith(f'rule-id="{kept["ID"]}"')


def test_rules_that_are_deleted_do_nothing(own):
    _, client = own
    s3 = client("s3")
    s3.create_bucket(Bucket="forgotten")
    put_rules(s3, "forgotten", Expiration={"Days": 1})
    s3.delete_bucket_lifecycle(Bucket="forgotten")
    assert "Expiration" not in s3.put_object(Bucket="forgotten", Key="tmp/a", Body=b"x")
