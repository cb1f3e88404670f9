"""Buckets as S3 makes them today: closed to everybody, and for files of any size, none included."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "closed-bucket"


@pytest.fixture(scope="module")
def s3(aws):
    client = boto3.client("s3", config=Config(read_timeout=20, retries={"total_max_attempts": 1}))
    client.create_bucket(Bucket=BUCKET)
    return client


def public_policy(bucket):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_an_empty_file_is_a_file(s3):
    s3.put_object(Bucket=BUCKET, Key="empty.txt", Body=b"")
    assert s3.head_object(Bucket=BUCKET, Key="empty.txt")["ContentLength"] == 0


def test_a_public_policy_is_refused_while_public_policies_are_blocked(s3):
    with pytest.raises(ClientError, match="prevented by the BlockPublicPolicy setting") as refused:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=public_policy(BUCKET))
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=BUCKET)


def test_a_public_policy_is_taken_once_they_are_not(s3):
    s3.create_bucket(Bucket="open-bucket")
    s3.delete_public_access_block(Bucket="open-bucket")
    s3.put_bucket_policy(Bucket="open-bucket", Policy=public_policy("open-bucket"))
    assert "GetObject" in s3.get_bucket_policy(Bucket="open-bucket")["Policy"]
