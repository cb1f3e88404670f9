"""attempt(): an answer, or AWS's own words of refusal, and never a traceback."""

import json
from decimal import Decimal

import boto3
import pytest

from workbook import attempt


@pytest.fixture(scope="module")
def s3(aws):
    return boto3.client("s3")


def test_an_answer_comes_without_its_envelope(s3):
    answer = attempt(s3.list_buckets)
    assert not answer.refused
    assert "Buckets" in answer.value
    assert "ResponseMetadata" not in repr(answer)


def test_a_call_that_answers_nothing_is_done(s3):
    s3.create_bucket(Bucket="attempted")
    assert repr(attempt(s3.delete_bucket, Bucket="attempted")) == "Done."


def test_a_refusal_is_in_the_words_of_aws(s3):
    refused = attempt(s3.head_object, Bucket="no-such-bucket-here", Key="a")
    assert refused.refused
    assert repr(refused) == "Refused. 404: Not Found"


def test_a_refusal_keeps_what_else_aws_says(s3):
    s3.create_bucket(Bucket="told-more")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:nobody"
    rule = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    refused = attempt(
        s3.put_bucket_notification_configuration,
        Bucket="told-more",
        NotificationConfiguration={"LambdaFunctionConfigurations": [rule]},
    )
    assert f"Not authorized to invoke function [{arn}]" in refused.text


def test_python_may_refuse_too():
    assert repr(attempt(json.dumps, Decimal(5))).startswith("Refused. TypeError")
