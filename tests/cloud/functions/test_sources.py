"""A function's package comes with the request or from a bucket, read with the rights of whoever asks."""

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import invoke, make_function, make_role, package
from tests.cloud.functions.refusing import refused

NOT_READ = "Error occurred while GetObject. S3 Error Code:"


def code(said):
    return package(f"def handler(event, context): return {said!r}")


@pytest.fixture(scope="module")
def bucket(aws):
    s3, name = boto3.client("s3"), f"code-{uuid.uuid4().hex[:10]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def put(bucket, content, key="code.zip"):
    return boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)["VersionId"]


def test_a_package_may_lie_in_a_bucket_in_any_of_its_versions(bucket):
    client, place = boto3.client("lambda"), {"S3Bucket": bucket, "S3Key": "code.zip"}
    first = put(bucket, code("first"))
    put(bucket, code("second"))
    name = make_function("", Role=make_role(), Code=place)
    assert invoke(name)[0] == "second"
    client.update_function_code(FunctionName=name, S3ObjectVersion=first, **place)
    assert invoke(name)[0] == "first"
    location = client.get_function(FunctionName=name)["Code"]
    assert location["RepositoryType"] == "S3"
    assert location["Location"].startswith("https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"S3Bucket": "no-such-bucket-here"},
         f"{NOT_READ} NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
        ({"S3Key": "none"},
         f"{NOT_READ} NoSuchKey. S3 Error Message: The specified key does not exist."),
        ({"S3Key": "no.zip"},
         "Could not unzip uploaded file. Please check your file, then try to upload again."),
        ({"ZipFile": b"zip"},
         "Please do not provide other FunctionCode parameters when providing a ZipFile."),
        ({"S3Key": None}, "Please provide a source for function code."),
    ],
)  # fmt: skip
def test_a_package_that_is_not_there(bucket, more, message):
    put(bucket, code("fine"))
    put(bucket, b"no zip", "no.zip")
    place = {"S3Bucket": bucket, "S3Key": "code.zip"} | more
    place = {key: value for key, value in place.items() if value is not None}
    made = {"FunctionName": "new", "Runtime": "python3.11", "Handler": "handler.handler"}
    answer = refused("create_function", Role=make_role(), Code=place, **made)
    assert answer == ("InvalidParameterValueException", 400, message)
    name = make_function("def handler(event, context): return 'kept'", Role=make_role())
    assert refused("update_function_code", FunctionName=name, **place)[2] == message
    assert invoke(name)[0] == "kept"


def test_who_may_not_read_the_bucket_makes_no_function_from_it(bucket):
    put(bucket, code("fine"))
    iam, user = boto3.client("iam"), f"u-{uuid.uuid4().hex[:8]}"
    arn = iam.create_user(UserName=user)["User"]["Arn"]

    def allow(*actions):
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)

    allow("lambda:*", "iam:PassRole")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = boto3.client(
        "lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    name = make_function("def handler(event, context): return 'old'", Role=make_role())
    asked = {"FunctionName": name, "S3Bucket": bucket, "S3Key": "code.zip"}
    with pytest.raises(ClientError) as caught:
        client.update_function_code(**asked)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(
        "Your access has been denied by S3, please make sure your request credentials have permission to "
        f"GetObject for {bucket}/code.zip. S3 Error Code: AccessDenied. S3 Error Message: User: {arn} is not"
    )
    allow("lambda:*", "s3:GetObject")
    with pytest.raises(ClientError, match="s3:ListBucket"):
        client.update_function_code(**asked | {"S3Key": "none"})
    client.update_function_code(**asked)
    assert invoke(name)[0] == "fine"
