"""Cloud time: lessons and tests move it, and everything that AWS would time follows."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import cloud
from tests.cloud.identity.conftest import allow, document


@pytest.fixture
def moving():
    """A cloud of this test's own, whose clock it may move, and a maker of clients for it."""
    with cloud.start() as running:

        def client(service, **more):
            return boto3.client(
                service,
                endpoint_url=running.endpoint_url,
                region_name=running.region,
                **{
                    "aws_access_key_id": running.credentials.access_key_id,
                    "aws_secret_access_key": running.credentials.secret_access_key,
                }
                | more,
            )

        yield running, client


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_presigned_url_ends_when_its_time_is_up(moving):
    running, client = moving
    s3 = client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket="uploads")
    s3.put_object(Bucket="uploads", Key="cat.png", Body=b"meow")
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "uploads", "Key": "cat.png"}, ExpiresIn=3600
    )
    running.advance(3000)
    assert status(url) == (200, b"meow")
    running.advance(601)
    code, body = status(url)
    assert code == 403
    assert b"Request has expired" in body
    assert b"<X-Amz-Expires>3600</X-Amz-Expires>" in body


def test_calls_signed_in_real_time_go_on_after_a_move(moving):
    running, client = moving
    running.advance(86_400)
    s3 = client("s3")
    s3.create_bucket(Bucket="tomorrow")
    [bucket] = s3.list_buckets()["Buckets"]
    assert bucket["CreationDate"] - datetime.now(UTC) > timedelta(hours=23)


def test_a_session_ends_with_its_hour(moving):
    running, client = moving
    trust = {"Effect": "Allow", "Principal": {"AWS": running.account_id}, "Action": "sts:AssumeRole"}
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="probe", DurationSeconds=900)[
        "Credentials"
    ]
    session = client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    session.list_buckets()
    running.advance(901)
    with pytest.raises(ClientError, match="ExpiredToken"):
        session.list_buckets()


def test_log_events_older_than_the_retention_are_gone(moving):
    running, client = moving
    logs = client("logs")
    logs.create_log_group(logGroupName="/kept/a-day")
    logs.put_retention_policy(logGroupName="/kept/a-day", retentionInDays=1)
    logs.create_log_stream(logGroupName="/kept/a-day", logStreamName="s")

    def say(text):
        now = json.load(urllib.request.urlopen(f"{running.endpoint_url}/_cloud/clock"))["now"]
        when = int(datetime.fromisoformat(now).timestamp() * 1000)
        logs.put_log_events(
            logGroupName="/kept/a-day", logStreamName="s", logEvents=[{"timestamp": when, "message": text}]
        )

    def said():
        return [event["message"] for event in logs.filter_log_events(logGroupName="/kept/a-day")["events"]]

    say("yesterday")
    running.advance(86_000)
    say("today")
    assert said() == ["yesterday", "today"]
    running.advance(500)
    assert said() == ["today"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "The clock takes JSON like"),
        (b"[]", "The clock takes JSON like"),
        (b'{"backwards": 1}', "The clock takes JSON like"),
        (b'{"advance": "1"}', "'advance' is a number, not '1'"),
        (b'{"advance": true}', "'advance' is a number, not True"),
        (b'{"advance": NaN}', "'advance' is a number, not nan"),
        (b'{"advance": -1}', "not by -1.0 seconds"),
        (b'{"scale": -1}', "'scale' is from 0 to 1000"),
    ],
)
def test_a_clock_that_cannot_follow_says_why(aws, body, complaint):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{aws.endpoint_url}/_cloud/clock", body)
    assert refused.value.code == 400
    assert complaint in json.load(refused.value)["message"]


def test_the_clock_shows_its_time_and_its_scale(aws):
    shown = json.load(urllib.request.urlopen(f"{aws.endpoint_url}/_cloud/clock"))
    assert set(shown) == {"now", "offset", "scale"}
    assert abs(datetime.fromisoformat(shown["now"]) - datetime.now(UTC)) < timedelta(seconds=5)
