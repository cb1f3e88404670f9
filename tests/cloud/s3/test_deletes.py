"""Deleting objects, one or several, and only if they are still what one thinks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

HELD = ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
MISSING = ("NoSuchKey", "The specified key does not exist.", 404)
UNKNOWN = ("NotImplemented", "A header you provided implies functionality that is not implemented", 501)


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def keys_in(s3, bucket):
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_an_object_that_was_changed_meanwhile_is_not_deleted(s3, bucket, refused):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    assert refused(s3.delete_object, Bucket=bucket, Key="k", IfMatch=etag) == HELD
    assert keys_in(s3, bucket) == ["k"]


@pytest.mark.parametrize("written", ["{}", '"{}"', "*"])
def test_an_object_that_is_as_it_was_is_deleted(s3, bucket, written):
    """An ETag may be written without its quotes; any object is as it was for ``*``."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"].strip('"')
    answer = s3.delete_object(Bucket=bucket, Key="k", IfMatch=written.format(etag))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert keys_in(s3, bucket) == []


@pytest.mark.parametrize("match", ['"e"', "*"])
def test_what_is_to_be_as_it_was_must_be_there(s3, versioned, refused, match):
    """404 also where a delete marker is the newest version, although the guide says 412.

    Measured: https://github.com/localstack/localstack/issues/13894,
    https://github.com/ministackorg/ministack/issues/1475
    """
    assert refused(s3.delete_object, Bucket=versioned, Key="k", IfMatch=match) == MISSING
    s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    s3.delete_object(Bucket=versioned, Key="k", IfMatch="*")
    assert refused(s3.delete_object, Bucket=versioned, Key="k", IfMatch=match) == MISSING
    found = s3.list_object_versions(Bucket=versioned)
    assert (len(found["Versions"]), len(found["DeleteMarkers"])) == (1, 1)


def test_a_condition_on_a_version_is_not_implemented(s3, versioned, refused):
    """Conditions are for the current version. Measured: https://github.com/localstack/localstack/issues/13894"""
    made = s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    asked = {"Bucket": versioned, "Key": "k", "VersionId": made["VersionId"]}
    assert refused(s3.delete_object, **asked, IfMatch=made["ETag"]) == UNKNOWN
    assert s3.head_object(**asked)["ETag"] == made["ETag"]


@pytest.mark.parametrize("condition", [{"IfMatchSize": 1}, {"IfMatchLastModifiedTime": "2001-01-01"}])
def test_size_and_time_are_conditions_of_directory_buckets(s3, bucket, condition):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html; measured:
    https://github.com/ministackorg/ministack/issues/1501
    """
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError) as caught:
        s3.delete_object(Bucket=bucket, Key="k", **condition)
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    assert error["Error"]["Header"].startswith("x-amz-if-match-")
    assert keys_in(s3, bucket) == ["k"]


def test_of_several_objects_those_that_were_changed_stay(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html (ETag)"""
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode())["ETag"] for key in ("a", "b", "c")}
    objects = [
        {"Key": "a", "ETag": etags["a"]},
        {"Key": "b", "ETag": etags["a"]},
        {"Key": "c"},
        {"Key": "d", "ETag": etags["a"]},
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [one["Key"] for one in answer["Deleted"]] == ["a", "c"]
    assert answer["Errors"] == [
        {"Key": "b", "Code": HELD[0], "Message": HELD[1]},
        {"Key": "d", "Code": MISSING[0], "Message": MISSING[1]},
    ]
    assert keys_in(s3, bucket) == ["b"]


def test_of_several_objects_sizes_are_no_conditions(s3, bucket, refused):
    """They are elements for directory buckets; others do not know them."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    asked = {"Bucket": bucket, "Delete": {"Objects": [{"Key": "k", "Size": 1}]}}
    assert refused(s3.delete_objects, **asked)[0] == "MalformedXML"
    assert keys_in(s3, bucket) == ["k"]


@pytest.fixture
def user_who_may(aws):
    """Make a user who may do some actions, and return a client of S3 that signs as that user."""

    def make(*actions):
        iam, name = boto3.client("iam"), f"deleter-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=document)
        keys = iam.create_access_key(UserName=name)["AccessKey"]
        secrets = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
        return boto3.client("s3", **secrets)

    return make


def test_to_compare_an_etag_one_must_be_allowed_to_read(s3, bucket, user_who_may, refused):
    """``*`` compares none: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html"""
    deleter = user_who_may("s3:DeleteObject")
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    assert refused(deleter.delete_object, Bucket=bucket, Key="k", IfMatch=etag)[0] == "AccessDenied"
    objects = [{"Key": "k", "ETag": etag}]
    [error] = deleter.delete_objects(Bucket=bucket, Delete={"Objects": objects})["Errors"]
    assert (error["Key"], error["Code"]) == ("k", "AccessDenied")
    resource = f'is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/k"'
    assert resource in error["Message"]
    deleter.delete_object(Bucket=bucket, Key="k", IfMatch="*")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user_who_may("s3:DeleteObject", "s3:GetObject").delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    assert keys_in(s3, bucket) == []


def test_a_policy_can_demand_the_condition(s3, bucket, user_who_may, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html"""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": {"Null": {"s3:if-match": "true"}}}  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    deleter = user_who_may("s3:*")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert refused(deleter.delete_object, Bucket=bucket, Key="a")[0] == "AccessDenied"
    objects = [{"Key": "a"}, {"Key": "b", "ETag": "*"}]
    answer = deleter.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [one["Key"] for one in answer["Errors"]] == ["a"]
    deleter.delete_object(Bucket=bucket, Key="a", IfMatch="*")
    assert keys_in(s3, bucket) == []
