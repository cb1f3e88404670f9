"""Buckets to try things with, and plain HTTP as a browser or a stranger speaks it."""

import http.client
import json
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config


@dataclass
class Answer:
    """What came back, with headers by their lower-case names."""

    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        """The members of S3's XML error; none when the body is no such thing."""
        if not self.body.startswith(b"<?xml"):
            return {}
        return {child.tag: child.text or "" for child in ElementTree.fromstring(self.body)}

    @property
    def code(self):
        return self.error.get("Code")


def ask(url, method="GET", body=None, **headers):
    """Send one request as it stands. ``content_type="text/plain"`` becomes a header."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, body, sent)
    answer = connection.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def signed(s3, method, target, body=None, **headers):
    """Send one request as it stands, signed as a client of S3 signs. ``target`` begins with a bucket."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, f"{s3.meta.endpoint_url}/{target}", sent, body)
    S3SigV4Auth(s3._request_signer._credentials, "s3", s3.meta.region_name).add_auth(request)
    return ask(request.url, method, body, **dict(request.headers.items()))


@pytest.fixture
def s3(aws):
    return boto3.client("s3", config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}))


@pytest.fixture
def s3v2(aws):
    return boto3.client("s3", config=Config(signature_version="s3"))


@pytest.fixture
def bucket(s3):
    name = f"s3-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def public(s3, bucket):
    """A bucket that everybody may read and list, and that takes ACLs."""
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    allow = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"]}
    allow["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    return bucket


@pytest.fixture
def refused():
    """Call something that must be refused, and return (code, message, HTTP status)."""
    from botocore.exceptions import ClientError

    def call(function, **arguments):
        with pytest.raises(ClientError) as caught:
            function(**arguments)
        answer = caught.value.response
        return (
            answer["Error"]["Code"],
            answer["Error"]["Message"],
            answer["ResponseMetadata"]["HTTPStatusCode"],
        )

    return call


@pytest.fixture
def queue(aws, bucket):
    """A queue that S3 may send to, for this bucket alone: its ARN, and a function that empties it."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": arn, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"},
                           "StringEquals": {"aws:SourceAccount": aws.account_id}}}  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})

    def arrived():
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return arn, arrived


def rule(arn, *events, prefix=None, suffix=None, kind="Queue", **more):
    given = {f"{kind}Arn": arn, "Events": list(events) or ["s3:ObjectCreated:*"]} | more
    rules = [
        {"Name": name, "Value": value}
        for name, value in (("prefix", prefix), ("suffix", suffix))
        if value is not None
    ]
    return given | ({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})


def put(s3, bucket, *rules, kind="Queue", **more):
    member = "LambdaFunctionConfigurations" if kind == "LambdaFunction" else f"{kind}Configurations"
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={member: list(rules)}, **more
    )
