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
    site=("create_upload", {"UPLOAD_BUCKET": "checked-site-123456789012"}),
    blank=("get_file", {"TABLE_NAME": "checked-metadata "}),
    nothing=("list_files", {"UPLOAD_BUCKET": None}),
)
def names_something_else(stack, case):
    short, values = case
    return variables(stack, short, **values)


@each(
    "STATE-3",
    one_key={"object_key": ("HASH", "S")},
    swapped={"object_key": ("HASH", "S"), "bucket": ("RANGE", "S")},
    number={"bucket": ("HASH", "S"), "object_key": ("RANGE", "N")},
    other_case={"Bucket": ("HASH", "S"), "ObjectKey": ("RANGE", "S")},
    gone=None,
)
def table_with_other_keys(stack, keys):
    from dashboard.stack.metadata import create_table

    dynamodb, name = stack.client("dynamodb"), stack.table
    dynamodb.delete_table(TableName=name)
    if keys:
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": part} for key, (part, _) in keys.items()],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": kind} for key, (_, kind) in keys.items()
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    def undo():
        if keys:
            dynamodb.delete_table(TableName=name)
        create_table(dynamodb, name, stack.tag_list)

    return undo


@each(
    "STATE-4",
    another='{"apiUrl": "https://old.execute-api.us-east-1.amazonaws.com"}',
    none="{}",
    null='{"apiUrl": null}',
    list="[]",
    empty="",
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
