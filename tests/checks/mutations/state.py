"""Single defects of the state row, each with the rules that must say so."""

from __future__ import annotations

from tests.checks.defects import defect, each, published, variables


@each(
    "STATE-3",
    list=("list_files", {"TABLE_NAME": "old-metadata"}),
    index=("index_upload", {"TABLE_NAME": "old-metadata"}),
    index_none=("index_upload", {"TABLE_NAME": None}),
    ticket=("create_upload", {"UPLOAD_BUCKET": "old-uploads"}),
    delete=("delete_file", {"UPLOAD_BUCKET": "old-uploads"}),
)
def names_something_else(stack, case):
    short, values = case
    return variables(stack, short, **values)


@defect("STATE-3")
def table_with_other_keys(stack):
    from dashboard.stack.metadata import create_table

    dynamodb, name = stack.client("dynamodb"), stack.table
    keys = [{"AttributeName": "object_key", "AttributeType": "S"}]
    dynamodb.delete_table(TableName=name)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "object_key", "KeyType": "HASH"}],
        AttributeDefinitions=keys,
        BillingMode="PAY_PER_REQUEST",
    )

    def undo():
        dynamodb.delete_table(TableName=name)
        create_table(dynamodb, name, stack.tag_list)

    return undo


@each(
    "STATE-4",
    another='{"apiUrl": "https://old.execute-api.us-east-1.amazonaws.com"}',
    none="{}",
    broken="{",
)
def page_calls(stack, content):
    return published(stack, "config.json", content)


@defect("STATE-4")
def page_without_configuration(stack):
    s3, where = stack.client("s3"), {"Bucket": stack.site_bucket, "Key": "config.json"}
    before = s3.get_object(**where)["Body"].read()
    s3.delete_object(**where)
    return lambda: s3.put_object(**where, Body=before)
