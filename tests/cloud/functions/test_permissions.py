"""Who may invoke a function stands in its policy, and in one of its own for each version and alias."""

import json

import boto3
import pytest

from tests.cloud.functions.making import make_function, make_role
from tests.cloud.functions.refusing import refused

S3 = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


@pytest.fixture
def function(aws):
    name = make_function("def handler(event, context): pass", Role=make_role())
    boto3.client("lambda").publish_version(FunctionName=name)
    boto3.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


def statements(name, **more):
    policy = boto3.client("lambda").get_policy(FunctionName=name, **more)["Policy"]
    return json.loads(policy)["Statement"]


def test_a_statement_says_who_may_and_under_which_conditions(function, aws):
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""
    client, arn = boto3.client("lambda"), f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    client.add_permission(
        FunctionName=function,
        StatementId="bucket",
        SourceArn="arn:aws:s3:::bucket",
        SourceAccount=aws.account_id,
        **S3,
    )
    assert statements(function) == [
        {
            "Sid": "bucket",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": arn,
            "Condition": {
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
                "StringEquals": {"AWS:SourceAccount": aws.account_id},
            },
        }
    ]
    client.add_permission(FunctionName=function, StatementId="account", **S3 | {"Principal": aws.account_id})
    assert statements(function)[1]["Principal"] == {"AWS": f"arn:aws:iam::{aws.account_id}:root"}
    client.add_permission(FunctionName=function, StatementId="all", **S3 | {"Principal": "*"})
    assert statements(function)[2]["Principal"] == "*"


def test_an_alias_has_a_policy_of_its_own(function, aws):
    client, arn = boto3.client("lambda"), f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    client.add_permission(FunctionName=function, StatementId="s3", **S3)
    client.add_permission(FunctionName=function, StatementId="s3", Qualifier="live", **S3)
    assert [one["Resource"] for one in statements(function)] == [arn]
    assert [one["Resource"] for one in statements(function, Qualifier="live")] == [f"{arn}:live"]
    client.remove_permission(FunctionName=function, StatementId="s3", Qualifier="live")
    assert refused("get_policy", FunctionName=function, Qualifier="live")[1] == 404
    assert len(statements(function)) == 1


def test_what_lambda_refuses_of_a_policy(function, aws):
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    assert refused("get_policy", FunctionName=function) == (
        "ResourceNotFoundException", 404, "The resource you requested does not exist.",
    )  # fmt: skip
    assert refused("remove_permission", FunctionName=function, StatementId="s3") == (
        "ResourceNotFoundException", 404, "No policy is associated with the given resource.",
    )  # fmt: skip
    boto3.client("lambda").add_permission(FunctionName=function, StatementId="s3", **S3)
    assert refused("remove_permission", FunctionName=function, StatementId="sns")[2] == (
        "Statement sns is not found in resource policy."
    )
    assert refused("add_permission", FunctionName=function, StatementId="s3", **S3) == (
        "ResourceConflictException",
        409,
        (
            "The statement id (s3) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        ),
    )
    asked = {"FunctionName": function, "StatementId": "more"} | S3
    assert refused("add_permission", **asked, Qualifier="$LATEST")[2] == (
        "We currently do not support adding policies for $LATEST."
    )
    assert refused("add_permission", **asked, Qualifier="dead")[2] == f"Cannot find alias arn: {arn}:dead"
    assert refused("add_permission", **asked | {"Principal": "nobody"})[2] == (
        "The provided principal was invalid. Please check the principal and try again."
    )
    assert refused("add_permission", **asked | {"StatementId": "two words"})[0] == "ValidationException"
    assert refused("add_permission", **asked, RevisionId="other")[:2] == ("PreconditionFailedException", 412)
