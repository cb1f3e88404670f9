"""Roles to try things with, and how to speak as one of them."""

import json
import uuid

import boto3
import pytest


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, on="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": on} | more


def deny(*actions, on="*", **more):
    return allow(*actions, on=on, **more) | {"Effect": "Deny"}


@pytest.fixture
def assume(aws):
    """Make a role with a policy, and return a boto3 session that speaks as it."""

    def make(*statements, boundary=None, session_policy=None, trust=None, **asked):
        iam, name = boto3.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
        trusted = trust or {
            "Effect": "Allow",
            "Principal": {"AWS": aws.account_id},
            "Action": "sts:AssumeRole",
        }
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trusted))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*statements))
        if boundary:
            limit = iam.create_policy(PolicyName=f"{name}-limit", PolicyDocument=document(*boundary))
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit["Policy"]["Arn"])
        if session_policy:
            asked["Policy"] = document(*session_policy)
        given = boto3.client("sts").assume_role(
            RoleArn=made["Role"]["Arn"], RoleSessionName="probe", **asked
        )["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        session.role, session.role_arn = name, made["Role"]["Arn"]
        return session

    return make


@pytest.fixture
def bucket(aws):
    name = f"identity-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def refused():
    """Call something that must be refused, and return (code, message, HTTP status)."""
    from botocore.exceptions import ClientError

    def ask(function, **arguments):
        with pytest.raises(ClientError) as caught:
            function(**arguments)
        answer = caught.value.response
        error = answer["Error"]
        return error["Code"], error["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]

    return ask
