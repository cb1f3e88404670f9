"""A table of each test's own in the embedded cloud."""

import boto3
import pytest


@pytest.fixture
def dynamodb(aws):
    return boto3.client("dynamodb")


@pytest.fixture
def table(dynamodb, request):
    """A table with a partition key ``p`` and a sort key ``s``, both text; its name."""
    name = f"{request.node.name.translate(str.maketrans('[]', '--'))[:200]}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    dynamodb.delete_table(TableName=name)
