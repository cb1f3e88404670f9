"""What a queue as event source does: batches, what is deleted, what comes again, who may read."""

import json
import uuid

import boto3
import pytest

from tests.cloud.functions.making import LOGS, eventually, log_events, make_function, make_role

READ = {
    "Effect": "Allow",
    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "Resource": "*",
}
TELL = """
import json

def handler(event, context):
    print("GOT", json.dumps(event))
"""
FAIL_SOME = """
def handler(event, context):
    print("GOT", [record["body"] for record in event["Records"]])
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


@pytest.fixture(scope="module")
def role(aws):
    return make_role(LOGS, READ)


def make_queue(name="", **attributes):
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name or f"q-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def feed(queue_arn, function, **settings):
    """Map a queue to a function; the mapping's UUID."""
    client = boto3.client("lambda")
    made = client.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=function, **settings)
    return made["UUID"]


def send(url, body, **more):
    return boto3.client("sqs").send_message(QueueUrl=url, MessageBody=body, **more)["MessageId"]


def left(url):
    """How many messages there are in a queue: waiting, and hidden."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(found[name]) for name in names)


def got(name):
    """What a function was given, batch by batch."""
    return [line.partition("GOT ")[2] for line in log_events(name) if line.startswith("GOT ")]


def test_a_message_reaches_the_function_as_a_record_and_is_deleted(role):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    url, arn = make_queue()
    name = make_function(TELL, Role=role)
    feed(arn, name)
    attributes = {
        "color": {"DataType": "String", "StringValue": "red"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    message = send(url, "hello", MessageAttributes=attributes)
    [record] = json.loads(eventually(lambda: got(name))[0])["Records"]
    told = record.pop("attributes")
    assert told.pop("ApproximateReceiveCount") == "1"
    assert told.pop("SenderId")
    assert sorted(told) == ["ApproximateFirstReceiveTimestamp", "SentTimestamp"]
    assert all(len(moment) == 13 and moment.isdecimal() for moment in told.values())
    assert record.pop("receiptHandle")
    assert len(record.pop("md5OfMessageAttributes")) == 32
    assert record == {
        "messageId": message,
        "body": "hello",
        "messageAttributes": {
            "color": {
                "stringValue": "red",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "raw": {
                "binaryValue": "AAE=",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }
    assert eventually(lambda: left(url) == (0, 0))


def test_a_window_gathers_messages_until_the_batch_is_full(role):
    url, arn = make_queue()
    name = make_function(TELL, Role=role)
    feed(arn, name, BatchSize=3, MaximumBatchingWindowInSeconds=300)
    for number in range(3):
        send(url, str(number))
    [event] = eventually(lambda: got(name))
    assert sorted(record["body"] for record in json.loads(event)["Records"]) == ["0", "1", "2"]


def test_a_window_ends_when_its_time_is_over(moving):
    url, arn = make_queue()
    name = make_function(TELL, LOGS, READ)
    feed(arn, name, BatchSize=3, MaximumBatchingWindowInSeconds=200)
    send(url, "alone")
    assert eventually(lambda: left(url) == (1, 0))
    moving.advance(201)
    [event] = eventually(lambda: got(name))
    assert [record["body"] for record in json.loads(event)["Records"]] == ["alone"]


def test_what_fails_is_hidden_comes_again_and_goes_to_the_dead_letter_queue(moving):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    dead_url, dead = make_queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    url, arn = make_queue(VisibilityTimeout="60", RedrivePolicy=redrive)
    code = """
def handler(event, context):
    print("GOT", event["Records"][0]["attributes"]["ApproximateReceiveCount"])
    raise ValueError
"""
    name = make_function(code, LOGS, READ)
    feed(arn, name)
    send(url, "bad")
    assert eventually(lambda: got(name)) == ["1\n"]
    assert eventually(lambda: left(url) == (0, 1))
    moving.advance(61)
    assert eventually(lambda: len(got(name)) == 2)
    assert got(name)[1] == "2\n"
    moving.advance(61)
    assert eventually(lambda: left(dead_url) == (1, 0))
    assert left(url) == (0, 0)


def test_a_function_may_say_which_messages_failed(role):
    url, arn = make_queue()
    name = make_function(FAIL_SOME, Role=role)
    feed(arn, name, FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=2,
         MaximumBatchingWindowInSeconds=300)  # fmt: skip
    for body in ("good", "bad"):
        send(url, body)
    assert eventually(lambda: left(url) == (0, 1))


def test_an_answer_that_is_none_means_that_all_failed(role):
    url, arn = make_queue()
    name = make_function(
        'def handler(event, context): return {"batchItemFailures": [{"itemIdentifier": ""}]}', Role=role
    )
    feed(arn, name, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(url, "x")
    assert any(line.startswith("REPORT") for line in log_events(name, "REPORT"))
    assert eventually(lambda: left(url) == (0, 1))


def test_unasked_a_function_s_answer_says_nothing_of_messages(role):
    url, arn = make_queue()
    name = make_function(FAIL_SOME, Role=role)
    feed(arn, name)
    send(url, "bad")
    assert eventually(lambda: got(name))
    assert eventually(lambda: left(url) == (0, 0))


def test_a_queue_that_keeps_an_order_gives_groups_one_after_the_other(role):
    url, arn = make_queue(f"q-{uuid.uuid4().hex[:8]}.fifo", FifoQueue="true", VisibilityTimeout="60")
    name = make_function(TELL, Role=role)
    for number in range(3):
        send(url, str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    feed(arn, name, BatchSize=1)
    events = eventually(lambda: got(name) if len(got(name)) == 3 else None)
    found = [json.loads(event)["Records"][0] for event in events]
    assert [record["body"] for record in found] == ["0", "1", "2"]
    assert [record["attributes"]["MessageGroupId"] for record in found] == ["g"] * 3
    assert found[0]["attributes"]["MessageDeduplicationId"] == "0"


def test_a_mapping_may_say_how_many_batches_run_at_once(role):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    url, arn = make_queue()
    name = make_function(
        "import time\ndef handler(event, context):\n    print('GOT it')\n    time.sleep(0.3)\n", Role=role
    )
    for number in range(6):
        send(url, str(number))
    feed(arn, name, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    assert eventually(lambda: len(got(name)) == 6)
    streams = boto3.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert len(streams) <= 2


def test_messages_that_fit_no_filter_are_deleted_unseen(role):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
    url, arn = make_queue()
    name = make_function(TELL, Role=role)
    pattern = json.dumps({"body": {"size": [{"numeric": [">", 2]}]}})
    feed(arn, name, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for body in ('{"size": 1}', "no json", '{"size": 3}'):
        send(url, body)
    assert eventually(lambda: left(url) == (0, 0))
    bodies = [record["body"] for event in got(name) for record in json.loads(event)["Records"]]
    assert bodies == ['{"size": 3}']


def test_a_mapping_that_is_disabled_or_deleted_reads_no_more(aws, role):
    client, name = boto3.client("lambda"), make_function(TELL, Role=role)
    url, arn = make_queue()
    made = feed(arn, name, Enabled=False)
    send(url, "waits")
    other_url, other = make_queue()
    client.delete_event_source_mapping(UUID=feed(other, name))
    send(other_url, "stays")
    client.update_event_source_mapping(UUID=made, Enabled=True)
    assert eventually(lambda: left(url) == (0, 0))
    assert left(other_url) == (1, 0)
    [event] = got(name)
    assert "waits" in event


def test_a_role_that_lost_its_right_reads_no_more(aws):
    """The mapping goes on as soon as the role has its right again."""
    iam, mine = boto3.client("iam"), make_role(LOGS, READ)
    name, (url, arn) = make_function(TELL, Role=mine), make_queue()
    feed(arn, name)
    role_name = mine.rsplit("/", 1)[1]
    document = json.dumps({"Version": "2012-10-17", "Statement": [LOGS]})
    iam.put_role_policy(RoleName=role_name, PolicyName="inline", PolicyDocument=document)
    send(url, "x")
    other, (other_url, other_arn) = make_function(TELL), make_queue()
    boto3.client("lambda").update_function_configuration(FunctionName=other, Role=make_role(LOGS, READ))
    feed(other_arn, other)
    send(other_url, "y")
    assert eventually(lambda: left(other_url) == (0, 0))  # the queues were looked at
    assert left(url) == (1, 0)
    document = json.dumps({"Version": "2012-10-17", "Statement": [LOGS, READ]})
    iam.put_role_policy(RoleName=role_name, PolicyName="inline", PolicyDocument=document)
    assert eventually(lambda: left(url) == (0, 0))
