"""Lifecycle rules that make no sense are refused, in S3's words.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from datetime import UTC, datetime

import pytest

DAY = {"Expiration": {"Days": 1}}
TAG = {"Filter": {"Tag": {"Key": "a", "Value": "b"}}}
SIZE = {"Filter": {"ObjectSizeGreaterThan": 1}}
MARKER = {"Expiration": {"ExpiredObjectDeleteMarker": True}}
ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
NOON, MIDNIGHT = datetime(2030, 1, 1, 12, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
POSITIVE = "action must be a positive integer"


def rule(**more):
    return {"Status": "Enabled", "Filter": {"Prefix": "a"}} | more


def moves(*transitions):
    return {"Transitions": list(transitions)}


@pytest.fixture
def put(s3, bucket):
    def call(*rules):
        return s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}
        )

    return call


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (DAY | {"ID": "x" * 256}, "ID length should not exceed allowed limit of 255"),
        ({"Expiration": {"Days": 0}}, f"'Days' for Expiration {POSITIVE}"),
        ({"Expiration": {"Date": NOON}}, "'Date' must be at midnight GMT"),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
         f"'NoncurrentDays' for NoncurrentVersionExpiration {POSITIVE}"),
        ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
         f"'DaysAfterInitiation' for AbortIncompleteMultipartUpload {POSITIVE}"),
        (moves({"Days": 29, "StorageClass": "STANDARD_IA"}),
         "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
        (moves({"Days": 60, "StorageClass": "GLACIER"}) | {"Expiration": {"Days": 60}},
         "'Days' in the Expiration action must be greater than 'Days' in the Transition action"),
    ],
)  # fmt: skip
def test_arguments_that_make_no_sense(put, refused, more, message):
    assert refused(lambda: put(rule(**more))) == ("InvalidArgument", message, 400)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "At least one action needs to be specified in a rule"),
        (TAG | MARKER, "ExpiredObjectDeleteMarker cannot be specified with Tags."),
        (SIZE | MARKER, "ExpiredObjectDeleteMarker cannot be specified with Object Size."),
        (TAG | ABORT, "AbortIncompleteMultipartUpload cannot be specified with Tags."),
        (SIZE | ABORT, "AbortIncompleteMultipartUpload cannot be specified with Object Size."),
        (DAY | {"Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}}},
         "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."),
        (moves({"Days": 1, "StorageClass": "GLACIER"}, {"Days": 2, "StorageClass": "GLACIER"}),
         "'StorageClass' must be different for 'Transition' actions in same 'Rule'"),
        (DAY | moves({"Date": MIDNIGHT, "StorageClass": "GLACIER"}),
         "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule"),
    ],
)  # fmt: skip
def test_requests_that_make_no_sense(put, refused, more, message):
    assert refused(lambda: put(rule(**more))) == ("InvalidRequest", message, 400)


@pytest.mark.parametrize(
    "more",
    [
        {"Expiration": {"Days": 1, "Date": MIDNIGHT}},
        {"Expiration": {}} | ABORT | {"Filter": {"Prefix": "a", "ObjectSizeLessThan": 5}},
        DAY | {"Prefix": "a"},
        moves({"StorageClass": "GLACIER"}),
    ],
)
def test_rules_that_are_none(put, refused, more):
    assert refused(lambda: put(rule(**more)))[0] == "MalformedXML"


def test_rules_have_names_of_their_own_and_are_not_too_many(put, refused):
    message = "Rule ID must be unique. Found same ID for more than one rule"
    named = rule(ID="same", **DAY)
    assert refused(lambda: put(named, named)) == ("InvalidArgument", message, 400)
    message = "The number of lifecycle rules must not exceed the allowed limit of 1000 rules."
    assert refused(lambda: put(*[rule(**DAY)] * 1001)) == ("InvalidRequest", message, 400)


def test_rules_that_make_sense_are_taken(put):
    soon, later = {"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}
    put(
        rule(ID="moves", Expiration={"Days": 365}, **moves(soon, later)),
        rule(Expiration={"Date": MIDNIGHT}),
        {"Status": "Disabled", "Prefix": "old", **DAY, **ABORT},
        {"Status": "Enabled", "Filter": {}, **MARKER, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"Status": "Enabled", **TAG, **DAY},
    )  # fmt: skip


def test_rules_come_back_as_they_were_put(s3, bucket, put):
    sizes = {"Prefix": "a/", "ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 50}
    rules = [
        {"ID": "one", "Status": "Enabled", "Filter": {"ObjectSizeLessThan": 5}, **DAY},
        {"ID": "two", "Status": "Enabled", "Filter": {"And": sizes | {"Tags": [{"Key": "a", "Value": "b"}]}},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 4}},
        {"ID": "three", "Status": "Disabled", "Prefix": "old", "Expiration": {"Date": MIDNIGHT}},
        {"ID": "four", "Status": "Enabled", "Filter": {},
         **moves({"Days": 30, "StorageClass": "STANDARD_IA"}), **ABORT},
    ]  # fmt: skip
    put(*rules)
    told = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert told["Rules"] == rules
    assert told["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
