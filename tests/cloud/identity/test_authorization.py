"""Calls that a role may not make are refused, in each service's own words."""

import contextlib
import json

import boto3
import pytest

from tests.cloud.identity.conftest import allow, deny, document

WORDS = [
    ("s3", "list_buckets", {}, "AccessDenied", 403, "s3:ListAllMyBuckets"),
    ("dynamodb", "list_tables", {}, "AccessDeniedException", 400, "dynamodb:ListTables"),
    ("lambda", "list_functions", {}, "AccessDeniedException", 403, "lambda:ListFunctions"),
    ("logs", "describe_log_groups", {}, "AccessDeniedException", 400, "logs:DescribeLogGroups"),
    ("iam", "list_roles", {}, "AccessDenied", 403, "iam:ListRoles"),
    ("apigatewayv2", "get_apis", {}, "AccessDeniedException", 403, "apigateway:GET"),
    ("sqs", "list_queues", {}, "AccessDenied", 403, "sqs:ListQueues"),
    ("sns", "list_topics", {}, "AccessDenied", 403, "sns:ListTopics"),
    ("cloudwatch", "list_metrics", {}, "AccessDenied", 403, "cloudwatch:ListMetrics"),
]


@pytest.mark.parametrize(("service", "call", "asked", "code", "status", "action"), WORDS)
def test_a_denial_names_caller_action_and_reason(
    aws, assume, refused, service, call, asked, code, status, action
):
    session = assume()
    found, message, answered = refused(getattr(session.client(service), call), **asked)
    arn = f"arn:aws:sts::{aws.account_id}:assumed-role/{session.role}/probe"
    where = " because" if service == "s3" else " on resource: "  # S3 names none where it is about no bucket
    assert message.startswith(f"User: {arn} is not authorized to perform: {action}{where}")
    assert message.endswith(f"because no identity-based policy allows the {action} action")
    if service not in ("sqs", "cloudwatch"):  # they speak several protocols, each with a status of its own
        assert (found, answered) == (code, status)


def test_an_explicit_deny_is_named_as_such(assume, bucket, refused):
    session = assume(allow("s3:*"), deny("s3:PutObject"))
    s3 = session.client("s3")
    s3.list_objects_v2(Bucket=bucket)
    _, message, _ = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_boundary_in_the_way_is_named_as_such(assume, bucket, refused):
    session = assume(allow("s3:*"), boundary=[allow("s3:ListBucket")])
    session.client("s3").list_objects_v2(Bucket=bucket)
    _, message, _ = refused(session.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x")
    assert message.endswith("because no permissions boundary allows the s3:PutObject action")


def test_a_session_policy_in_the_way_is_named_as_such(assume, bucket, refused):
    session = assume(allow("s3:*"), session_policy=[allow("s3:ListBucket")])
    session.client("s3").list_objects_v2(Bucket=bucket)
    _, message, _ = refused(session.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x")
    assert message.endswith("because no session policy allows the s3:PutObject action")


def test_a_policy_that_changes_acts_at_once(assume, bucket, refused):
    session = assume(allow("s3:ListBucket"))
    s3 = session.client("s3")
    s3.list_objects_v2(Bucket=bucket)
    boto3.client("iam").delete_role_policy(RoleName=session.role, PolicyName="inline")
    refused(s3.list_objects_v2, Bucket=bucket)


def test_a_managed_policy_counts_with_its_default_version(assume, bucket, refused):
    session, iam = assume(), boto3.client("iam")
    made = iam.create_policy(PolicyName=f"{session.role}-m", PolicyDocument=document(allow("s3:ListBucket")))
    iam.attach_role_policy(RoleName=session.role, PolicyArn=made["Policy"]["Arn"])
    session.client("s3").list_objects_v2(Bucket=bucket)
    iam.create_policy_version(
        PolicyArn=made["Policy"]["Arn"], PolicyDocument=document(deny("s3:*")), SetAsDefault=True
    )
    refused(session.client("s3").list_objects_v2, Bucket=bucket)


def test_a_list_condition_on_the_prefix_holds_the_caller_to_it(assume, bucket, refused):
    only = {"Condition": {"StringLike": {"s3:prefix": "incoming/*"}}}
    s3 = assume(allow("s3:ListBucket", **only)).client("s3")
    s3.list_objects_v2(Bucket=bucket, Prefix="incoming/a")
    refused(s3.list_objects_v2, Bucket=bucket, Prefix="other/")
    refused(s3.list_objects_v2, Bucket=bucket)


@pytest.fixture
def table(aws, bucket):
    boto3.client("dynamodb").create_table(
        TableName=bucket,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
    )
    return bucket


def test_leading_keys_hold_the_caller_to_a_partition(assume, table, refused):
    mine = {"Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}}}
    dynamodb = assume(allow("dynamodb:*", **mine)).client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"owner": {"S": "ann"}})
    dynamodb.get_item(TableName=table, Key={"owner": {"S": "ann"}})
    refused(dynamodb.put_item, TableName=table, Item={"owner": {"S": "bob"}})


def test_a_batch_needs_what_each_of_its_tables_needs(assume, table, refused):
    dynamodb = assume(allow("dynamodb:PutItem")).client("dynamodb")
    wanted = {table: [{"PutRequest": {"Item": {"owner": {"S": "ann"}}}}]}
    _, message, _ = refused(dynamodb.batch_write_item, RequestItems=wanted)
    assert "dynamodb:BatchWriteItem" in message


def test_passing_a_role_is_a_permission_of_its_own(aws, assume, refused):
    session = assume(allow("lambda:*"))
    _, message, _ = refused(
        session.client("lambda").create_function, FunctionName="passed", Runtime="python3.12", Handler="a.b",
        Role=session.role_arn, Code={"ZipFile": b"PK\5\6" + bytes(18)},
    )  # fmt: skip
    assert "iam:PassRole" in message


def test_log_groups_may_be_named_with_or_without_the_trailing_star(aws, assume):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/identity/test")
    base = f"arn:aws:logs:{aws.region}:{aws.account_id}:log-group:/identity/test"
    for spelled in (f"{base}:*", base):
        session = assume(allow("logs:DescribeLogStreams", on=spelled))
        session.client("logs").describe_log_streams(logGroupName="/identity/test")
    logs.delete_log_group(logGroupName="/identity/test")


def test_user_tags_and_names_are_condition_keys(aws, bucket, refused):
    iam, name = boto3.client("iam"), f"user-{bucket}"
    iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "blue"}])
    blue = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:username": name}}}
    iam.put_user_policy(
        UserName=name, PolicyName="p", PolicyDocument=document(allow("s3:ListBucket", **blue))
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
    session.client("s3").list_objects_v2(Bucket=bucket)
    assert session.client("sts").get_caller_identity()["Arn"].endswith(f":user/{name}")
    iam.tag_user(UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    refused(session.client("s3").list_objects_v2, Bucket=bucket)
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refused(session.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"


def test_groups_give_their_members_permissions(aws, bucket):
    iam, name = boto3.client("iam"), f"member-{bucket}"
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="p", PolicyDocument=document(allow("s3:ListBucket")))
    iam.add_user_to_group(GroupName=name, UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
    session.client("s3").list_objects_v2(Bucket=bucket)


RESOURCES = [
    (
        "dynamodb",
        "get_item",
        {"TableName": "NAME", "Key": {"owner": {"S": "a"}}},
        "dynamodb:GetItem",
        "dynamodb",
        "table/NAME",
    ),
    ("dynamodb", "list_tables", {}, "dynamodb:ListTables", "dynamodb", "table/*"),
    (
        "logs",
        "put_log_events",
        {"logGroupName": "NAME", "logStreamName": "s", "logEvents": [{"timestamp": 0, "message": "m"}]},
        "logs:PutLogEvents",
        "logs",
        "log-group:NAME:log-stream:s",
    ),
    ("logs", "create_log_group", {"logGroupName": "NAME"}, "logs:CreateLogGroup", "logs", "log-group:NAME"),
    ("lambda", "get_function", {"FunctionName": "NAME"}, "lambda:GetFunction", "lambda", "function:NAME"),
    ("lambda", "invoke", {"FunctionName": "NAME"}, "lambda:InvokeFunction", "lambda", "function:NAME"),
    (
        "lambda",
        "invoke",
        {"FunctionName": "NAME", "Qualifier": "2"},
        "lambda:InvokeFunction",
        "lambda",
        "function:NAME:2",
    ),
    (
        "sqs",
        "receive_message",
        {"QueueUrl": "http://x/123456789012/NAME"},
        "sqs:ReceiveMessage",
        "sqs",
        "NAME",
    ),
    (
        "sqs",
        "send_message_batch",
        {"QueueUrl": "http://x/123456789012/NAME", "Entries": [{"Id": "a", "MessageBody": "x"}]},
        "sqs:SendMessage",
        "sqs",
        "NAME",
    ),
    (
        "lambda",
        "delete_event_source_mapping",
        {"UUID": "14e0db71-5d35-4eb5-b481-8945cf9d10c2"},
        "lambda:DeleteEventSourceMapping",
        "lambda",
        "event-source-mapping:14e0db71-5d35-4eb5-b481-8945cf9d10c2",
    ),
    ("sns", "create_topic", {"Name": "NAME"}, "sns:CreateTopic", "sns", "NAME"),
    ("events", "delete_rule", {"Name": "NAME"}, "events:DeleteRule", "events", "rule/NAME"),
    (
        "events",
        "describe_event_bus",
        {"Name": "NAME"},
        "events:DescribeEventBus",
        "events",
        "event-bus/NAME",
    ),
    (
        "events",
        "describe_event_bus",
        {"Name": "arn:aws:events:us-east-1:123456789012:event-bus/NAME"},
        "events:DescribeEventBus",
        "events",
        "event-bus/NAME",
    ),
    (
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["NAME"]},
        "cloudwatch:DescribeAlarms",
        "cloudwatch",
        "alarm:NAME",
    ),
]


@pytest.mark.parametrize(("service", "call", "asked", "action", "where", "resource"), RESOURCES)
def test_an_action_is_judged_on_the_resource_that_it_is_about(
    aws, assume, bucket, refused, service, call, asked, action, where, resource
):
    named = json.loads(json.dumps(asked).replace("NAME", bucket))
    arn = f"arn:aws:{where}:{aws.region}:{aws.account_id}:{resource.replace('NAME', bucket)}"
    elsewhere = assume(allow(action, on=f"{arn}-other")).client(service)
    _, message, _ = refused(getattr(elsewhere, call), **named)
    assert f"{action} on resource: {arn}" in message
    allowed = assume(allow(action, on=arn)).client(service)
    with contextlib.suppress(allowed.exceptions.ClientError):  # there is no such thing, which it may be told
        getattr(allowed, call)(**named)
        return
    assert "not authorized" not in refused(getattr(allowed, call), **named)[1]


@pytest.mark.parametrize(
    ("call", "asked", "path", "method"),
    [("get_apis", {}, "/apis", "GET"), ("delete_api", {"ApiId": "abc"}, "/apis/abc", "DELETE"),
     ("create_route", {"ApiId": "abc", "RouteKey": "GET /x"}, "/apis/abc/routes", "POST")],
)  # fmt: skip
def test_api_gateway_names_actions_after_methods_and_resources_after_paths(
    aws, assume, refused, call, asked, path, method
):
    arn = f"arn:aws:apigateway:{aws.region}::{path}"
    client = assume(allow(f"apigateway:{method}", on=f"{arn}x")).client("apigatewayv2")
    _, message, _ = refused(getattr(client, call), **asked)
    assert f"apigateway:{method} on resource: {arn} " in message


def test_a_function_may_be_opened_to_a_role_by_its_own_policy(aws, assume, refused):
    session, functions = assume(), boto3.client("lambda")
    role = boto3.client("iam").create_role(
        RoleName=f"{session.role}-f",
        AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]["Arn"]
    name = f"f-{session.role}"
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="a.b",
        Role=role,
        Code={"ZipFile": b"PK\5\6" + bytes(18)},
    )
    theirs = session.client("lambda")
    assert "lambda:InvokeFunction" in refused(theirs.invoke, FunctionName=name, InvocationType="DryRun")[1]
    functions.add_permission(
        FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal=session.role_arn
    )
    assert theirs.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
