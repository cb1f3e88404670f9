"""Metadata layer: a table that says what the bucket holds, kept by the index function."""

from dashboard.stack.events import deploy_index
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow, grant


def build(stack: Stack) -> None:
    """Create the table and let the index function keep it. Safe to run twice."""
    create_table(stack.client("dynamodb"), stack.table, stack.tag_list)
    grant(stack.client("iam"), stack.functions["index_upload"].role, "records", [may_keep_records(stack)])
    deploy_index(stack, {"TABLE_NAME": stack.table})


def may_keep_records(stack):
    """The index function writes and removes records, of this bucket alone."""
    writes = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    return allow(writes, [stack.table_arn], only_partition(stack.upload_bucket))


def only_partition(bucket):
    """A condition: only items whose partition key is this bucket."""
    return {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [bucket]}}


def create_table(dynamodb, table, tags=()):
    """Create the table: one partition a bucket, sorted by object key, paid by request. Safe to run twice."""
    try:
        dynamodb.create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": "bucket", "KeyType": "HASH"},
                {"AttributeName": "object_key", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "bucket", "AttributeType": "S"},
                {"AttributeName": "object_key", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            Tags=list(tags),
        )
    except dynamodb.exceptions.ResourceInUseException:
        pass
    dynamodb.get_waiter("table_exists").wait(TableName=table)
