"""Concurrency is divided between functions, and what an account may have is told."""

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import make_function, make_role
from tests.cloud.functions.refusing import refused


@pytest.fixture
def functions(aws):
    names = [make_function("def handler(event, context): pass", Role=make_role()) for _ in range(2)]
    yield names
    for name in names:
        boto3.client("lambda").delete_function(FunctionName=name)


def test_a_hundred_executions_stay_for_functions_that_reserve_none(functions):
    client = boto3.client("lambda")
    free = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    one, other = functions
    client.put_function_concurrency(FunctionName=one, ReservedConcurrentExecutions=free - 100)
    error = (
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100]."
    )
    answer = refused("put_function_concurrency", FunctionName=other, ReservedConcurrentExecutions=1)
    assert answer == ("InvalidParameterValueException", 400, error)
    client.put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=0)
    client.put_function_concurrency(FunctionName=one, ReservedConcurrentExecutions=free - 101)
    client.put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=1)
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    client.delete_function_concurrency(FunctionName=one)
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=one)


def test_concurrency_is_of_the_function_and_no_version_of_it(functions):
    asked = {"FunctionName": f"{functions[0]}:1", "ReservedConcurrentExecutions": 1}
    assert "other than $LATEST" in refused("put_function_concurrency", **asked)[2]
    code, status, _ = refused("put_function_concurrency", **asked | {"FunctionName": "none"})
    assert (code, status) == ("ResourceNotFoundException", 404)
    error = "Member must have value greater than or equal to 0"
    asked = {"FunctionName": functions[0], "ReservedConcurrentExecutions": -1}
    assert error in refused("put_function_concurrency", **asked)[2]


def test_the_account_s_limits_and_what_is_used_of_them(functions):
    """As in https://github.com/aws-samples/s3-to-lambda-patterns/issues/36, but for the concurrency."""
    client = boto3.client("lambda")
    before = client.get_account_settings()
    assert before["AccountLimit"] == {
        "TotalCodeSize": 80_530_636_800,
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": before["AccountLimit"]["UnreservedConcurrentExecutions"],
    }
    size = client.publish_version(FunctionName=functions[0])["CodeSize"]
    usage = client.get_account_settings()["AccountUsage"]
    assert usage["TotalCodeSize"] == before["AccountUsage"]["TotalCodeSize"] + size
    assert usage["FunctionCount"] == before["AccountUsage"]["FunctionCount"] >= 2


def test_the_account_s_settings_are_for_who_may_see_them(aws):
    iam = boto3.client("iam")
    iam.create_user(UserName="sees-nothing")
    key = iam.create_access_key(UserName="sees-nothing")["AccessKey"]
    client = boto3.client(
        "lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(ClientError, match="not authorized to perform: lambda:GetAccountSettings"):
        client.get_account_settings()
