"""Event source mappings: what is refused of them, in Lambda's words, and how they are shown."""

import json
import uuid

import boto3
import pytest

from tests.cloud.functions.making import LOGS, make_function, make_role
from tests.cloud.functions.refusing import refused
from tests.cloud.functions.test_queues import READ, make_queue

NOTHING = "def handler(event, context): pass"
INVALID = "InvalidParameterValueException"
READ_STREAM = {
    "Effect": "Allow",
    "Action": [
        "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListShards",
        "dynamodb:ListStreams",
    ],
    "Resource": "*",
}  # fmt: skip


@pytest.fixture(scope="module")
def role(aws):
    return make_role(LOGS, READ, READ_STREAM)


@pytest.fixture(scope="module")
def function(role):
    return make_function(NOTHING, Role=role)


@pytest.fixture(scope="module")
def stream(aws):
    """The ARN of a table's stream."""
    return boto3.client("dynamodb").create_table(
        TableName=f"t-{uuid.uuid4().hex[:8]}",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]


def refused_mapping(**asked):
    return refused("create_event_source_mapping", **asked)


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"BatchSize": 11}, INVALID,
         "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
        ({"StartingPosition": "LATEST"}, INVALID, "StartingPosition is not valid for SQS event sources."),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, INVALID, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}}, INVALID,
         "Invalid filter pattern definition."),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}},
         INVALID,
         "Unsupported DestinationConfig parameter for given event source mapping type."),
    ],
)  # fmt: skip
def test_settings_that_a_queue_does_not_take(function, settings, code, message):
    """https://github.com/ansible-collections/amazon.aws/issues/1995, https://github.com/motdotla/node-lambda/issues/466"""
    _, arn = make_queue()
    assert refused_mapping(EventSourceArn=arn, FunctionName=function, **settings) == (code, 400, message)
    assert boto3.client("lambda").list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"] == []


def test_the_limits_of_lambda_s_model_come_first(function):
    for setting, value, most in (("BatchSize", 10_001, 10_000), ("MaximumBatchingWindowInSeconds", 301, 300)):
        place = setting[:1].lower() + setting[1:]
        message = (
            f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
        asked = {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:none", "FunctionName": function}
        assert refused_mapping(**asked, **{setting: value}) == ("ValidationException", 400, message)


def test_a_queue_that_keeps_an_order_has_no_window(function):
    """https://github.com/aws/aws-lambda-dotnet/pull/1758"""
    _, arn = make_queue(f"q-{uuid.uuid4().hex[:8]}.fifo", FifoQueue="true")
    found = refused_mapping(EventSourceArn=arn, FunctionName=function, MaximumBatchingWindowInSeconds=1)
    assert found == (INVALID, 400, "Batching window is not supported for FIFO queues")


def test_a_queue_or_function_that_is_not_there(function):
    """https://github.com/hashicorp/terraform-provider-aws/issues/22373"""
    _, arn = make_queue()
    found = refused_mapping(EventSourceArn=arn, FunctionName="none")
    assert found == (INVALID, 400, "Function does not exist")
    assert (
        refused_mapping(EventSourceArn=arn, FunctionName=f"{function}:none")[2] == "Function does not exist"
    )
    gone = [f"{arn}-none", arn.replace("us-east-1", "eu-west-1"), arn.replace("us-east-1", "zz-none-9")]
    message = (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )
    for one in gone:
        assert refused_mapping(EventSourceArn=one, FunctionName=function) == (INVALID, 400, message)


def test_what_is_no_event_source(function, stream):
    found = refused_mapping(EventSourceArn="arn:aws:sns:us-east-1:123456789012:t", FunctionName=function)
    assert found == (INVALID, 400, "Unrecognized event source.")
    assert refused_mapping(FunctionName=function)[2] == "Unrecognized event source."
    table = stream.partition("/stream/")[0]
    assert refused_mapping(EventSourceArn=table, FunctionName=function)[2] == "Unrecognized event source."
    kinesis = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
    assert refused_mapping(EventSourceArn=kinesis, FunctionName=function)[:2] == ("NotImplemented", 501)


@pytest.mark.parametrize("lacking", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_a_role_needs_three_rights_to_read_a_queue(aws, lacking):
    """https://github.com/anomalyco/sst/issues/5737, https://github.com/functionalone/serverless-iam-roles-per-function/issues/21"""
    rights = READ | {"Action": [action for action in READ["Action"] if not action.endswith(lacking)]}
    name, (_, arn) = make_function(NOTHING, rights), make_queue()
    message = f"The function execution role does not have permissions to call {lacking} on SQS"
    assert refused_mapping(EventSourceArn=arn, FunctionName=name) == (INVALID, 400, message)


def test_a_queue_s_own_policy_may_let_a_role_read_it(aws):
    role = make_role(LOGS)
    name, (url, arn) = make_function(NOTHING, Role=role), make_queue()
    statement = READ | {"Principal": {"AWS": role}, "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    boto3.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name)


def test_messages_are_hidden_for_at_least_as_long_as_the_function_may_run(role):
    """https://github.com/winglang/wing/issues/1507"""
    name, (_, arn) = make_function(NOTHING, Role=role, Timeout=60), make_queue()
    message = "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    assert refused_mapping(EventSourceArn=arn, FunctionName=name) == (INVALID, 400, message)


def test_between_a_source_and_a_function_there_is_one_mapping(function, stream):
    """https://github.com/DataBiosphere/azul/issues/3399, https://github.com/garnaat/kappa/issues/119"""
    client, (_, queue) = boto3.client("lambda"), make_queue()
    end = "Please update or delete the existing mapping with UUID "
    for arn, more, start in (
        (queue, {}, 'An event source mapping with SQS arn (" {} ") and function (" {} ") already exists.'),
        (stream, {"StartingPosition": "LATEST"},
         'The event source arn (" {} ") and function (" {} ") provided mapping already exists.'),
    ):  # fmt: skip
        asked = {"EventSourceArn": arn, "FunctionName": function} | more
        made = client.create_event_source_mapping(**asked)["UUID"]
        message = f"{start.format(arn, function)} {end}{made}"
        assert refused_mapping(**asked) == ("ResourceConflictException", 409, message)
        client.delete_event_source_mapping(UUID=made)


def test_a_stream_needs_a_position_and_rights(function, stream):
    """https://github.com/winglang/wing/issues/7178, https://github.com/awsdocs/aws-lambda-developer-guide/issues/237"""
    asked = {"EventSourceArn": stream, "FunctionName": function}
    message = (
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
        "Member must not be null."
    )
    assert refused_mapping(**asked) == (INVALID, 400, message)
    found = refused_mapping(StartingPosition="AT_TIMESTAMP", **asked)
    assert found == (INVALID, 400, f"Unsupported starting position for arn type: {stream}")
    gone = stream[:-3] + "999"
    found = refused_mapping(EventSourceArn=gone, FunctionName=function, StartingPosition="LATEST")
    assert found == (INVALID, 400, f"Stream not found: {gone}")
    message = (
        f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM."
    )
    found = refused_mapping(
        EventSourceArn=stream, FunctionName=make_function(NOTHING), StartingPosition="LATEST"
    )
    assert found == (INVALID, 400, message)


def test_a_mapping_is_shown_while_it_changes_and_after(function):
    """https://docs.aws.amazon.com/cli/latest/reference/lambda/get-event-source-mapping.html"""
    client, (_, arn) = boto3.client("lambda"), make_queue()
    made = client.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    shown = client.get_event_source_mapping(UUID=made["UUID"])
    base = "arn:aws:lambda:us-east-1:123456789012"
    for answer, state in ((made, "Creating"), (shown, "Enabled")):
        assert answer.pop("ResponseMetadata")
        assert answer.pop("LastModified")
        assert answer == {
            "UUID": made["UUID"],
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "EventSourceArn": arn,
            "EventSourceMappingArn": f"{base}:event-source-mapping:{made['UUID']}",
            "FunctionArn": f"{base}:function:{function}",
            "FunctionResponseTypes": [],
            "State": state,
            "StateTransitionReason": "USER_INITIATED",
        }
    for asked, state, after in (
        ({"BatchSize": 5}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
    ):
        answer = client.update_event_source_mapping(UUID=made["UUID"], **asked)
        assert (answer["State"], answer["BatchSize"]) == (state, 5)
        assert client.get_event_source_mapping(UUID=made["UUID"])["State"] == after
    assert client.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"


def test_a_mapping_that_is_not_there(function):
    gone = str(uuid.uuid4())
    message = "The resource you requested does not exist."
    for operation in (
        "get_event_source_mapping",
        "delete_event_source_mapping",
        "update_event_source_mapping",
    ):
        assert refused(operation, UUID=gone) == ("ResourceNotFoundException", 404, message)
    assert refused("get_event_source_mapping", UUID="short")[0] == "ValidationException"


def test_mappings_are_listed_by_source_and_by_function_page_by_page(role):
    client, name = boto3.client("lambda"), make_function(NOTHING, Role=role)
    queues = [make_queue()[1] for _ in range(3)]
    made = [
        client.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)["UUID"] for arn in queues
    ]

    def listed(**asked):
        pages = client.get_paginator("list_event_source_mappings").paginate(**asked)
        return [[one["UUID"] for one in page["EventSourceMappings"]] for page in pages]

    assert listed(FunctionName=name, PaginationConfig={"PageSize": 2}) == [made[:2], made[2:]]
    assert listed(FunctionName=name, EventSourceArn=queues[1]) == [[made[1]]]


def test_a_change_of_a_mapping_is_checked_like_a_new_one(function):
    client, (_, arn) = boto3.client("lambda"), make_queue()
    made = client.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)["UUID"]
    found = refused("update_event_source_mapping", UUID=made, BatchSize=11)
    assert found[2].startswith("Maximum batch window in seconds must be greater than 0")
    lacking = make_function(NOTHING)
    found = refused("update_event_source_mapping", UUID=made, FunctionName=lacking)
    assert found[2].endswith("permissions to call ReceiveMessage on SQS")
    assert client.get_event_source_mapping(UUID=made)["BatchSize"] == 10


def test_a_mapping_has_tags(function):
    client, (_, arn) = boto3.client("lambda"), make_queue()
    made = client.create_event_source_mapping(EventSourceArn=arn, FunctionName=function, Tags={"a": "b"})
    client.tag_resource(Resource=made["EventSourceMappingArn"], Tags={"c": "d"})
    client.untag_resource(Resource=made["EventSourceMappingArn"], TagKeys=["a"])
    assert client.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"c": "d"}
