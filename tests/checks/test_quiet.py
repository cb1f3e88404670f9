"""Waiting ends when nothing can come any more: the embedded cloud says so, and nobody guesses for AWS."""

import time
import uuid

import boto3
import pytest

from checks.quiet import is_quiet, settle
from workbook.waiting import wait_for_effect

LONG = 120.0  # seconds: whoever waits that long has not noticed


@pytest.fixture
def bucket(good_stack):
    """The upload bucket of a stack whose events take a while: each starts a function."""
    return good_stack.upload_bucket


def recorded(stack, key):
    table = boto3.resource("dynamodb").Table(stack.table)
    return table.get_item(Key={"bucket": stack.upload_bucket, "object_key": key}).get("Item")


def test_an_event_that_was_accepted_is_waited_for(good_stack, bucket):
    key = f"incoming/{uuid.uuid4().hex}.txt"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    assert wait_for_effect(lambda: recorded(good_stack, key), LONG)
    boto3.client("s3").delete_object(Bucket=bucket, Key=key)
    settle(LONG)
    assert is_quiet()
    assert recorded(good_stack, key) is None


def test_what_cannot_come_is_not_waited_for(good_stack, bucket):
    began = time.monotonic()
    boto3.client("s3").put_object(Bucket=bucket, Key="beside/the-prefix.txt", Body=b"1")
    assert wait_for_effect(lambda: recorded(good_stack, "beside/the-prefix.txt"), LONG) is None
    assert time.monotonic() - began < LONG


def test_a_failed_event_is_under_way_until_its_last_attempt(good_stack):
    client, name = boto3.client("lambda"), good_stack.functions["index_upload"].name
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"Records": [{}]}')
    assert not is_quiet()
    settle(LONG)  # two attempts more, after one second and after two
    assert is_quiet()


@pytest.mark.parametrize("address", ["", "https://s3.us-east-1.amazonaws.com", "http://127.0.0.1:9"])
def test_where_nobody_can_tell_nothing_is_quiet(monkeypatch, address):
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    assert not is_quiet()
