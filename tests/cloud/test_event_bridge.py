"""EventBridge: S3's events on the default bus, and what rules send to functions, queues and topics."""

import json
import uuid

import boto3
import pytest

from cloud import event_bridge
from tests.cloud.functions.making import log_events, make_function

SAY = "import json\ndef handler(event, context):\n    print('GOT', json.dumps(event))\n"


@pytest.fixture
def bucket(aws):
    """A bucket that tells EventBridge."""
    s3, name = boto3.client("s3"), f"bridge-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return name


@pytest.fixture
def rule(aws):
    """Make rules with one target each; they are gone after the test."""
    events, made = boto3.client("events"), []

    def make(pattern, arn, **target):
        name = f"rule-{uuid.uuid4().hex[:8]}"
        found = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, **target}])
        made.append(name)
        return found

    yield make
    for name in made:
        events.remove_targets(Rule=name, Ids=["t"])
        events.delete_rule(Name=name)


def make_queue(*, allowed=True):
    """A queue, to which EventBridge may send or not: its ARN, and a function that empties it."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=f"bridge-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if allowed:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(permission(arn))})

    def arrived():
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return arn, arrived


def permission(arn, action="sqs:SendMessage"):
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": action}
    return {"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]}


def of(bucket, **more):
    return {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}} | more}


def test_a_new_object_is_told_of(aws, bucket, rule):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html: the key stands there as it is"""
    arn, arrived = make_queue()
    rule(of(bucket), arn)
    s3 = boto3.client("s3")
    answer = s3.put_object(Bucket=bucket, Key="red flower (1).jpg", Body=b"hello")
    [event] = map(json.loads, arrived())
    detail = event.pop("detail")
    assert event.pop("id")
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": aws.account_id,
        "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
    }
    assert detail["object"].pop("sequencer")
    assert detail == {
        "version": "0",
        "event-version": "1.1",
        "bucket": {"name": bucket},
        "object": {"key": "red flower (1).jpg", "size": 5, "etag": answer["ETag"].strip('"')},
        "request-id": answer["ResponseMetadata"]["RequestId"],
        "requester": aws.account_id,
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }


def test_each_way_to_make_and_to_delete_an_object_has_its_reason(bucket, rule):
    arn, arrived = make_queue()
    rule(of(bucket), arn)
    s3 = boto3.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object(Bucket=bucket, Key="k")
    told = [json.loads(text) for text in arrived()]
    assert [(one["detail-type"], one["detail"].get("reason")) for one in told] == [
        ("Object Created", "PutObject"),
        ("Object Created", "CopyObject"),
        ("Object Created", "CompleteMultipartUpload"),
        ("Object Tags Added", None),
        ("Object Deleted", "DeleteObject"),
    ]
    assert told[-1]["detail"]["deletion-type"] == "Permanently Deleted"
    assert set(told[-1]["detail"]["object"]) == {"key", "sequencer"}


def test_a_delete_marker_is_told_of_with_its_version(bucket, rule):
    arn, arrived = make_queue()
    rule(of(bucket, **{"deletion-type": ["Delete Marker Created"]}), arn)
    s3 = boto3.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    [event] = map(json.loads, arrived())
    assert event["detail"]["object"]["version-id"] == marker
    assert event["detail"]["object"]["etag"] == "d41d8cd98f00b204e9800998ecf8427e"


def test_a_bucket_that_was_not_asked_to_tells_nothing(aws, rule):
    s3, name = boto3.client("s3"), f"silent-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    arn, arrived = make_queue()
    rule(of(name), arn)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert arrived() == []


def test_a_rule_runs_the_function_that_lets_eventbridge_invoke_it(bucket, rule):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    allowed, closed = make_function(SAY), make_function(SAY)
    client = boto3.client("lambda")
    arns = [
        client.get_function(FunctionName=name)["Configuration"]["FunctionArn"] for name in (closed, allowed)
    ]
    pattern = of(bucket, object={"key": [{"suffix": ".jpg"}]})
    rule(pattern, arns[0])
    source = rule(pattern, arns[1])
    client.add_permission(
        FunctionName=allowed,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source,
    )
    s3 = boto3.client("s3")
    s3.put_object(Bucket=bucket, Key="a.txt", Body=b"x")
    s3.put_object(Bucket=bucket, Key="b.jpg", Body=b"x")
    [line] = [line for line in log_events(allowed, "GOT") if line.startswith("GOT")]
    assert json.loads(line.removeprefix("GOT "))["detail"]["object"]["key"] == "b.jpg"
    assert log_events(closed) == []


def put(source, detail):
    entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail)}
    assert boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_events_of_one_s_own_reach_queues_and_topics_whose_policy_allows_it(aws, rule):
    source = f"test.{uuid.uuid4().hex[:8]}"
    (arn, arrived), (closed, silent) = make_queue(), make_queue(allowed=False)
    rule({"source": [source]}, arn)
    rule({"source": [source]}, closed)
    sns, (subscribed, published) = boto3.client("sns"), make_queue()
    topic = sns.create_topic(Name=source.replace(".", "-"))["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps(permission(topic, "sns:Publish")),
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=subscribed)
    rule({"source": [source]}, topic)
    put(source, {"n": 1})
    assert [json.loads(text)["detail"] for text in arrived()] == [{"n": 1}]
    assert [json.loads(json.loads(text)["Message"])["detail"] for text in published()] == [{"n": 1}]
    assert silent() == []


def test_a_rule_that_is_switched_off_sends_nothing(aws, rule):
    source, (arn, arrived) = f"test.{uuid.uuid4().hex[:8]}", make_queue()
    name = rule({"source": [source]}, arn).rpartition("/")[2]
    boto3.client("events").disable_rule(Name=name)
    put(source, {})
    assert arrived() == []


def test_a_target_may_get_a_part_of_the_event_or_another_text(aws, rule):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    source = f"test.{uuid.uuid4().hex[:8]}"
    wanted = {
        '{"fixed": 1}': {"Input": '{"fixed": 1}'},
        '{"b": [1, 2]}': {"InputPath": "$.detail.a"},
        '{"who": "Ann", "list": [1, 2], "say": "hi Ann"}': {
            "InputTransformer": {
                "InputPathsMap": {"name": "$.detail.name", "list": "$.detail.a.b"},
                "InputTemplate": '{"who": <name>, "list": <list>, "say": "hi <name>"}',
            }
        },
    }
    queues = []
    for text, target in wanted.items():
        arn, arrived = make_queue()
        rule({"source": [source]}, arn, **target)
        queues.append((text, arrived))
    put(source, {"a": {"b": [1, 2]}, "name": "Ann"})
    for text, arrived in queues:
        assert arrived() == [text]


def test_what_a_template_names_and_the_event_lacks_is_empty():
    assert event_bridge.filled_in('{"a": <none>, "b": "<none>!"}', {}) == '{"a": "", "b": "!"}'
    assert event_bridge.filled_in('"<x>"', {"x": 'say "hi"'}) == '"say \\"hi\\""'
