"""Right answers to 03_metadata in other words: each must pass its check."""

from pathlib import Path

import dashboard

HANDLER = (Path(dashboard.__file__).parent / "functions" / "index_upload" / "lambda_function.py").read_text()
GIVEN, _, _ = HANDLER.partition("def index(")
assert GIVEN != HANDLER

INDEX = """%%writefile work/functions/index_upload/lambda_function.py
{given}
def index(bucket, key, sequencer):
    where = dict(bucket=bucket, object_key=key)
    there = look(bucket, key)
    if there:
        facts = dict(
            name=key.split("/")[-1],
            size=there["ContentLength"],
            content_type=there["ContentType"],
            etag=there["ETag"].replace('"', ""),
            uploaded_at=there["LastModified"].isoformat().replace("+00:00", "Z"),
            sequencer=sequencer,
        )
        quietly(
            table.put_item,
            Item={{**where, **facts}},
            ConditionExpression="attribute_not_exists(sequencer) OR sequencer < :mine",
            ExpressionAttributeValues={{":mine": sequencer}},
        )
    if not there or not look(bucket, key):
        quietly(
            table.delete_item,
            Key=where,
            ConditionExpression="sequencer <= :mine",
            ExpressionAttributeValues={{":mine": sequencer}},
        )


def quietly(write, **what):
    try:
        write(**what)
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        pass
"""

RIGHT = {
    "metadata-1": [
        (
            "looks first whether it is there",
            """
def create_table(dynamodb, table, tags=()):
    pages = dynamodb.get_paginator("list_tables").paginate()
    if table not in [name for page in pages for name in page["TableNames"]]:
        keys = ("bucket", "object_key")
        dynamodb.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in reversed(keys)],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))
            ],
            BillingMode="PAY_PER_REQUEST",
            Tags=tags,
        )
    dynamodb.get_waiter("table_exists").wait(TableName=table)


create_table(dynamodb, stack.table, stack.tag_list)
""",
        ),
    ],
    "metadata-2": [
        (
            "writes the condition as a text",
            """
def keep_newest(table, item):
    try:
        table.put_item(
            Item=item,
            ConditionExpression="attribute_not_exists(object_key) OR #s < :s",
            ExpressionAttributeNames={"#s": "sequencer"},
            ExpressionAttributeValues={":s": item["sequencer"]},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return
""",
        ),
        (
            "reads, and puts only what nobody changed since",
            """
def keep_newest(table, item):
    where = {"bucket": item["bucket"], "object_key": item["object_key"]}
    while True:
        found = table.get_item(Key=where, ConsistentRead=True).get("Item")
        if found and found["sequencer"] >= item["sequencer"]:
            return
        unchanged = Attr("sequencer").eq(found["sequencer"]) if found else Attr("sequencer").not_exists()
        try:
            table.put_item(Item=item, ConditionExpression=unchanged)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
""",
        ),
    ],
    "metadata-3": [
        ("writes conditions as texts, in another order", INDEX.format(given=GIVEN)),
    ],
    "metadata-4": [
        (
            "lets a paginator turn the pages",
            """
def every_key(table, bucket, prefix, page_size):
    pages = table.meta.client.get_paginator("query").paginate(
        TableName=table.name,
        KeyConditionExpression=Key("bucket").eq(bucket) & Key("object_key").begins_with(prefix),
        PaginationConfig={"PageSize": page_size},
    )
    return [item["object_key"] for page in pages for item in page["Items"]]
""",
        ),
        (
            "yields keys, and writes the condition as a text",
            """
def every_key(table, bucket, prefix, page_size):
    start = None
    while start is None or start:
        page = table.query(
            KeyConditionExpression="#b = :b AND begins_with(object_key, :p)",
            ExpressionAttributeNames={"#b": "bucket"},
            ExpressionAttributeValues={":b": bucket, ":p": prefix},
            ProjectionExpression="object_key",
            Limit=page_size,
            **({"ExclusiveStartKey": start} if start else {}),
        )
        yield from (item["object_key"] for item in page["Items"])
        start = page.get("LastEvaluatedKey", {})
""",
        ),
    ],
    "metadata-5": [
        (
            "uses a checksum",
            "import zlib\n\n\ndef shard_of(object_key, shards):\n    return zlib.crc32(object_key.encode()) % shards\n",
        ),
        (
            "seeds a generator",
            "import random\n\n\ndef shard_of(object_key, shards):\n    return random.Random(object_key).randrange(shards)\n",
        ),
        (
            "reads the digest as hexadecimal",
            "def shard_of(object_key, shards):\n"
            '    return int(hashlib.md5(object_key.encode("utf-8")).hexdigest(), base=16) % shards\n',
        ),
    ],
}  # fmt: skip
