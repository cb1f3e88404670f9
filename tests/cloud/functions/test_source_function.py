"""What a function's code asks for carries the function's name: ``lambda:SourceFunctionArn``.

https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
"""

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import LOGS, invoke, log_events, make_function, make_role

CODE = """
import boto3

def handler(event, context):
    try:
        return boto3.client("s3").list_objects_v2(Bucket=event)["KeyCount"]
    except Exception as error:
        return error.response["Error"]["Code"]
"""


@pytest.fixture(scope="module")
def bucket(aws):
    name = f"source-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


def only_for(aws, name, statement):
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{name}"
    return statement | {"Condition": {"ArnEquals": {"lambda:SourceFunctionArn": arn}}}


def test_a_role_may_be_for_the_code_of_one_function_alone(aws, bucket):
    mine, other = (f"test-{uuid.uuid4().hex[:10]}" for _ in range(2))
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    role = make_role(LOGS, only_for(aws, mine, listing))
    for name in (mine, other):
        make_function(CODE, FunctionName=name, Role=role, MemorySize=256)
    assert invoke(mine, bucket)[0] == 0
    assert invoke(other, bucket)[0] == "AccessDenied"


def test_who_assumes_the_role_elsewhere_is_no_function(aws, bucket):
    iam, name = boto3.client("iam"), f"test-{uuid.uuid4().hex[:10]}"
    root = {"Effect": "Allow", "Principal": {"AWS": aws.account_id}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [root]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [only_for(aws, name, listing)]}
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(document))
    found = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=bucket)


def test_lambda_writes_a_function_s_log_in_its_name(aws):
    name = f"test-{uuid.uuid4().hex[:10]}"
    make_function(CODE, FunctionName=name, Role=make_role(only_for(aws, name, LOGS)))
    invoke(name, "none")
    assert log_events(name, "REPORT")
