"""A good stack in this test process's own cloud: whoever breaks it mends it."""

import json
import uuid

import boto3
import pytest

from dashboard.stack import Stack, build


@pytest.fixture(scope="session")
def good_stack(aws) -> Stack:
    """Every layer, as the solutions build it. Shared: leave it as you found it."""
    stack = Stack.named("checked")
    build(stack)
    return stack


def kept(make_client):
    """Make each client once: an audit takes its hooks off them when it is done."""
    made = {}

    def make(service, **settings):
        if service not in made:
            made[service] = make_client(service, **settings)
        return made[service]

    return make


@pytest.fixture(scope="session")
def clients(aws):
    """boto3's clients of the account's owner."""
    return kept(boto3.client)


@pytest.fixture(scope="session")
def auditor(aws):
    """A user who has one policy, and nothing else: ``auditor(policy)`` is what makes their clients."""
    iam, name = boto3.client("iam"), f"auditor-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    make = kept(boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client)

    def with_policy(policy):
        iam.put_user_policy(UserName=name, PolicyName="audit", PolicyDocument=json.dumps(policy))
        return make

    return with_policy
