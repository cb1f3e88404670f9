"""Mistakes that learners make in 03_metadata: each must be refused by its check."""

from pathlib import Path

import dashboard


def table(
    hash_key="bucket", range_key="object_key", more='BillingMode="PAY_PER_REQUEST"', safe=True, name="table"
):
    keys = {"HASH": hash_key} | ({"RANGE": range_key} if range_key else {})
    schema = [{"AttributeName": key, "KeyType": kind} for kind, key in keys.items()]
    attributes = [{"AttributeName": key, "AttributeType": "S"} for key in keys.values()]
    call = f"dynamodb.create_table(TableName={name}, KeySchema={schema}, AttributeDefinitions={attributes}, {more})"
    body = (
        f"try:\n        {call}\n    except dynamodb.exceptions.ResourceInUseException:\n        pass"
        if safe
        else call
    )
    return f"def create_table(dynamodb, table, tags=()):\n    {body}\n"


def keep(*lines):
    body = "\n    ".join(lines)
    return f"def keep_newest(table, item):\n    {body}\n"


IF_FAILED = (
    "except ClientError as error:",
    "    if error.response['Error']['Code'] != 'ConditionalCheckFailedException':",
    "        raise",
)

HANDLER = (Path(dashboard.__file__).parent / "functions" / "index_upload" / "lambda_function.py").read_text()


def handler(*changes):
    """Our own handler, with a mistake in it."""
    source = HANDLER
    for right, wrong in changes:
        assert right in source, right
        source = source.replace(right, wrong)
    return f"%%writefile work/functions/index_upload/lambda_function.py\n{source}"


LOOK_AGAIN = """    if look(bucket, key) is None:  # deleted while we wrote
        unless_newer(table.delete_item, Attr("sequencer").lte(sequencer), Key=where)
"""
ANEW = """
def create_table(dynamodb, table, tags=()):
    try:
        dynamodb.delete_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        pass
    names = ("bucket", "object_key")
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )
"""
BELIEVES = """            if "Removed" in record["eventName"]:
                table.delete_item(Key={"bucket": bucket, "object_key": key})
                continue
"""


def every_key(*lines):
    body = "\n    ".join(lines)
    return f"def every_key(table, bucket, prefix, page_size):\n    {body}\n"


CONDITION = (
    "asked = {'KeyConditionExpression': Key('bucket').eq(bucket) & Key('object_key').begins_with(prefix)}"
)
LOOP = (
    "keys = []",
    "while True:",
    "    page = table.query(**asked)",
    "    keys += [item['object_key'] for item in page['Items']]",
    "    if 'LastEvaluatedKey' not in page:",
    "        return keys",
    "    asked['ExclusiveStartKey'] = page['LastEvaluatedKey']",
)


def shard(expression):
    return f"def shard_of(object_key, shards):\n    import random\n    return {expression}\n"


WRONG = {
    "metadata-1": [
        ("forgets the sort key", table(range_key=None)),
        ("swaps the keys", table(hash_key="object_key", range_key="bucket")),
        ("spells a key in another way", table(range_key="key")),
        (
            "rents capacity",
            table(more='ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}'),
        ),
        ("fails the second time", table(safe=False)),
        ("makes it anew each time", ANEW),
        (
            "makes the sort key a number",
            table().replace("'object_key', 'AttributeType': 'S'", "'object_key', 'AttributeType': 'N'"),
        ),
    ],
    "metadata-2": [
        ("puts without a condition", keep("table.put_item(Item=item)")),
        (
            "puts only what is new",
            keep(
                "try:",
                "    table.put_item(Item=item, ConditionExpression=Attr('sequencer').not_exists())",
                *IF_FAILED,
            ),
        ),
        (
            "turns the condition round",
            keep(
                "older = Attr('sequencer').not_exists() | Attr('sequencer').gt(item['sequencer'])",
                "try:",
                "    table.put_item(Item=item, ConditionExpression=older)",
                *IF_FAILED,
            ),
        ),
        (
            "reads, then writes",
            keep(
                "where = {'bucket': item['bucket'], 'object_key': item['object_key']}",
                "found = table.get_item(Key=where).get('Item')",
                "if found is None or found['sequencer'] < item['sequencer']:",
                "    table.put_item(Item=item)",
            ),
        ),
        (
            "swallows every error",
            keep(
                "older = Attr('sequencer').not_exists() | Attr('sequencer').lt(item['sequencer'])",
                "try:",
                "    table.put_item(Item=item, ConditionExpression=older)",
                "except ClientError:",
                "    pass",
            ),
        ),
        (
            "compares the size instead of the sequencer",
            keep(
                "older = Attr('size').not_exists() | Attr('size').lt(item['size'])",
                "try:",
                "    table.put_item(Item=item, ConditionExpression=older)",
                *IF_FAILED,
            ).replace("size", "uploaded_at"),
        ),
        (
            "lets the failed condition out",
            keep(
                "older = Attr('sequencer').not_exists() | Attr('sequencer').lt(item['sequencer'])",
                "table.put_item(Item=item, ConditionExpression=older)",
            ),
        ),
    ],
    "metadata-3": [
        (
            "puts without a condition",
            handler(("unless_newer(table.put_item, older, Item=record)", "table.put_item(Item=record)")),
        ),
        (
            "removes without a condition",
            handler(
                (
                    'unless_newer(table.delete_item, Attr("sequencer").lte(sequencer), Key=where)\n        return',
                    "table.delete_item(Key=where)\n        return",
                )
            ),
        ),
        (
            "never removes",
            handler(
                (
                    'unless_newer(table.delete_item, Attr("sequencer").lte(sequencer), Key=where)\n        return',
                    "return",
                )
            ),
        ),
        ("keeps the key as the event spells it", handler(('unquote_plus(thing["key"])', 'thing["key"]'))),
        (
            "believes the event's name",
            handler(("            index(bucket, key,", f"{BELIEVES}            index(bucket, key,")),
        ),
        (
            "takes the first record alone",
            handler(('event.get("Records", [])', 'event.get("Records", [])[:1]')),
        ),
        ("does not look again after it wrote", handler((LOOK_AGAIN, ""))),
        ("keeps the quotes of the ETag", handler(('["ETag"].strip(\'"\')', '["ETag"]'))),
        (
            "takes the first part of the key for the name",
            handler(('key.rsplit("/", 1)[-1]', 'key.split("/")[1]')),
        ),
        (
            "writes the time as Python shows it",
            handler(('["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ")', '["LastModified"].isoformat()')),
        ),
    ],
    "metadata-4": [
        (
            "reads the first page alone",
            every_key(
                CONDITION,
                "return [item['object_key'] for item in table.query(Limit=page_size, **asked)['Items']]",
            ),
        ),
        (
            "scans",
            every_key(
                "wanted = Attr('bucket').eq(bucket) & Attr('object_key').begins_with(prefix)",
                "return [item['object_key'] for item in table.scan(FilterExpression=wanted)['Items']]",
            ),
        ),
        (
            "forgets the prefix",
            every_key(
                "asked = {'KeyConditionExpression': Key('bucket').eq(bucket), 'Limit': page_size}", *LOOP
            ),
        ),
        ("asks for everything at once", every_key(CONDITION, *LOOP)),
        (
            "reads the bucket and picks afterwards",
            every_key(
                "asked = {'KeyConditionExpression': Key('bucket').eq(bucket), 'Limit': page_size}",
                *LOOP[:3],
                "    keys += [item['object_key'] for item in page['Items'] if item['object_key'].startswith(prefix)]",
                *LOOP[4:],
            ),
        ),
        (
            "goes on while pages are full",
            every_key(
                CONDITION,
                "keys = []",
                "while True:",
                "    page = table.query(Limit=page_size, **asked)",
                "    keys += [item['object_key'] for item in page['Items']]",
                "    if len(page['Items']) < page_size or len(keys) >= 6:",
                "        return keys",
                "    asked['ExclusiveStartKey'] = page['LastEvaluatedKey']",
            ),
        ),
    ],
    "metadata-5": [
        ("uses Python's hash", shard("hash(object_key) % shards")),
        ("uses chance", shard("random.randrange(shards)")),
        ("uses the length", shard("len(object_key) % shards")),
        ("uses the last letter", shard("ord(object_key[-1]) % shards")),
        ("returns the digest", shard("int.from_bytes(hashlib.sha256(object_key.encode()).digest())")),
        (
            "counts from one",
            shard("1 + int.from_bytes(hashlib.sha256(object_key.encode()).digest()) % shards"),
        ),
        (
            "takes the folder's digest",
            shard("int.from_bytes(hashlib.sha256(object_key.split('/')[0].encode()).digest()) % shards"),
        ),
    ],
}
