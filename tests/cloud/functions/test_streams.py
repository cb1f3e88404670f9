"""A table's stream as event source: changes in order, and what is done with those that fail."""

import json
import uuid

import boto3
import pytest

from tests.cloud.functions.making import LOGS, eventually, make_function, make_role
from tests.cloud.functions.test_mappings import READ_STREAM
from tests.cloud.functions.test_queues import TELL, feed, got, make_queue

SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
FAIL_BAD = """
def handler(event, context):
    keys = [record["dynamodb"]["Keys"]["p"]["S"] for record in event["Records"]]
    print("GOT", ",".join(keys))
    if "bad" in keys:
        raise ValueError
"""


@pytest.fixture(scope="module")
def role(aws):
    return make_role(LOGS, READ_STREAM, SEND)


def make_table():
    """A table's name, and the ARN of its stream."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    made = boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name, made["TableDescription"]["LatestStreamArn"]


def put(table, *keys, **more):
    for key in keys:
        boto3.client("dynamodb").put_item(TableName=table, Item={"p": {"S": key}} | more)


def events(name, number):
    return eventually(lambda: got(name) if len(got(name)) >= number else None)


def test_changes_of_items_reach_the_function_as_records(role):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    (table, stream), name = make_table(), make_function(TELL, Role=role)
    put(table, "a", n={"N": "1"})
    made = feed(stream, name, StartingPosition="TRIM_HORIZON", BatchSize=1)
    put(table, "a", n={"N": "2"})
    boto3.client("dynamodb").delete_item(TableName=table, Key={"p": {"S": "a"}})
    found = [json.loads(event)["Records"][0] for event in events(name, 3)]
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert {record["eventSourceARN"] for record in found} == {stream}
    change = found[1]["dynamodb"]
    assert change["Keys"] == {"p": {"S": "a"}}
    assert (change["OldImage"]["n"], change["NewImage"]["n"]) == ({"N": "1"}, {"N": "2"})
    assert isinstance(change["ApproximateCreationDateTime"], int)
    shown = boto3.client("lambda").get_event_source_mapping(UUID=made)
    assert (shown["StateTransitionReason"], shown["LastProcessingResult"]) == ("User action", "OK")


def test_from_latest_on_older_changes_are_not_read(role):
    (table, stream), name = make_table(), make_function(FAIL_BAD, Role=role)
    put(table, "old")
    feed(stream, name, StartingPosition="LATEST")
    put(table, "new")
    assert events(name, 1) == ["new\n"]


def test_a_change_that_fails_holds_up_the_others_until_it_is_given_up(quick, role):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"""
    (table, stream), name = make_table(), make_function(FAIL_BAD, Role=role)
    url, queue = make_queue()
    feed(stream, name, StartingPosition="LATEST", BatchSize=1, MaximumRetryAttempts=2,
         DestinationConfig={"OnFailure": {"Destination": queue}})  # fmt: skip
    put(table, "good", "bad", "after")
    assert events(name, 5) == ["good\n", "bad\n", "bad\n", "bad\n", "after\n"]
    [message] = eventually(lambda: boto3.client("sqs").receive_message(QueueUrl=url).get("Messages"))
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 3
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert told["DDBStreamBatchInfo"]["streamArn"] == stream
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "requestPayload" not in told


def test_a_batch_may_be_halved_until_what_fails_stands_alone(quick, role):
    (table, stream), name = make_table(), make_function(FAIL_BAD, Role=role)
    put(table, "a", "b", "bad", "c")
    feed(stream, name, StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=0,
         BisectBatchOnFunctionError=True)  # fmt: skip
    assert events(name, 5) == ["a,b,bad,c\n", "a,b\n", "bad,c\n", "bad\n", "c\n"]


def test_a_function_may_say_from_where_on_a_batch_failed(quick, role):
    code = """
tried = 0
def handler(event, context):
    global tried
    tried += 1
    print("GOT", ",".join(record["dynamodb"]["Keys"]["p"]["S"] for record in event["Records"]))
    second = event["Records"][1]["dynamodb"]["SequenceNumber"] if tried == 1 else ""
    return {"batchItemFailures": [{"itemIdentifier": second}]} if second else None
"""
    (table, stream), name = make_table(), make_function(code, Role=role)
    put(table, "a", "b", "c")
    feed(stream, name, StartingPosition="TRIM_HORIZON", FunctionResponseTypes=["ReportBatchItemFailures"])
    assert events(name, 2) == ["a,b,c\n", "b,c\n"]


def test_changes_that_fit_no_filter_are_passed_over(role):
    (table, stream), name = make_table(), make_function(TELL, Role=role)
    pattern = json.dumps({"eventName": ["REMOVE"]})
    feed(stream, name, StartingPosition="LATEST", FilterCriteria={"Filters": [{"Pattern": pattern}]})
    put(table, "a")
    boto3.client("dynamodb").delete_item(TableName=table, Key={"p": {"S": "a"}})
    [event] = events(name, 1)
    assert [record["eventName"] for record in json.loads(event)["Records"]] == ["REMOVE"]


def test_changes_are_read_for_a_day(moving):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    (table, stream), name = make_table(), make_function(FAIL_BAD, LOGS, READ_STREAM)
    put(table, "old")
    moving.advance(86_500)
    put(table, "new")
    feed(stream, name, StartingPosition="TRIM_HORIZON", BatchSize=1)
    assert events(name, 1) == ["new\n"]
    put(table, "newer")
    assert events(name, 2) == ["new\n", "newer\n"]


def test_whoever_may_can_read_a_stream_as_lambda_does(aws):
    table, stream = make_table()
    put(table, "a")
    iam, user = boto3.client("iam"), f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    statement = READ_STREAM | {"Resource": stream}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    streams = boto3.client(
        "dynamodbstreams",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    asked = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**asked)["ShardIterator"]
    [change] = streams.get_records(ShardIterator=iterator)["Records"]
    assert (change["eventName"], change["dynamodb"]["Keys"]) == ("INSERT", {"p": {"S": "a"}})
    _, other = make_table()
    with pytest.raises(streams.exceptions.ClientError, match="dynamodb:DescribeStream on resource: "):
        streams.describe_stream(StreamArn=other)
