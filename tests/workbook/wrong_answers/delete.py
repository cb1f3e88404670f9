"""Mistakes that learners make in 07_delete: each must be refused by its check."""

from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[3] / "dashboard" / "functions"
HANDLER = (FUNCTIONS / "delete_file" / "lambda_function.py").read_text()
HEAD, _, REST = HANDLER.partition("    # The object first")
assert REST, "delete_file no longer says that the object goes first"

OBJECT = "    s3.delete_object(Bucket=BUCKET, Key=key)\n"
RECORD = '    table.delete_item(Key={"bucket": BUCKET, "object_key": key})\n'
DONE = '    return {"statusCode": 204}\n'


def handler(*lines: str, head: str = HEAD) -> str:
    """The cell that writes the function, with other lines at its end."""
    return "%%writefile work/functions/delete_file/lambda_function.py\n" + head + "".join(lines)


ROLE = """
def deploy_delete(stack, code=None):
    remove = allow({actions}, {objects})
    forget = allow({writes}, [stack.table_arn]{condition})
    return deploy(stack, "delete_file", [remove, forget], variables(stack), code)


deploy_delete(stack, code)
"""
UNDER_THE_PREFIX = '[f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"]'
ONLY_OURS = ", only_partition(stack.upload_bucket)"


def role(
    actions='["s3:DeleteObject"]',
    objects=UNDER_THE_PREFIX,
    writes='["dynamodb:DeleteItem"]',
    condition=ONLY_OURS,
):
    return ROLE.format(actions=actions, objects=objects, writes=writes, condition=condition)


ADDRESS = """
def file_address(api_url, key):
    return {address}


file_address("https://api.example", "incoming/7/1+1 = 2, #1.txt")
"""
ORPHANS = """
def find_orphans(s3, table, bucket, prefix):
    {stored}
    {recorded}
    return {answer}


orphans = find_orphans(s3, table, stack.upload_bucket, stack.prefix)
"""
ONE_LIST = (
    'stored = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])}'
)
ALL_LISTS = """stored = {
        one["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for one in page.get("Contents", [])
    }"""
ONE_QUERY = """recorded = {
        item["object_key"]
        for item in table.query(KeyConditionExpression=Key("bucket").eq(bucket))["Items"]
    }"""
ALL_QUERIES = """recorded, start = set(), {}
    while start is not None:
        answer = table.query(KeyConditionExpression=Key("bucket").eq(bucket), **start)
        recorded |= {item["object_key"] for item in answer["Items"]}
        last = answer.get("LastEvaluatedKey")
        start = {"ExclusiveStartKey": last} if last else None"""
BOTH = "sorted(stored - recorded), sorted(recorded - stored)"

WRONG = {
    "delete-1": [
        ("deletes the record first", handler(RECORD, OBJECT, DONE)),
        ("deletes the object only", handler(OBJECT, DONE)),
        ("deletes the record only", handler(RECORD, DONE)),
        (
            "looks first, and fails when the file is gone",
            handler("    s3.head_object(Bucket=BUCKET, Key=key)\n", OBJECT, RECORD, DONE),
        ),
        (
            "answers 200 with a text",
            handler(OBJECT, RECORD, '    return {"statusCode": 200, "body": "Deleted."}\n'),
        ),
        (
            "deletes every file whose name begins alike",
            handler(
                '    for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=key).get("Contents", []):\n',
                '        s3.delete_object(Bucket=BUCKET, Key=one["Key"])\n',
                RECORD,
                DONE,
            ),
        ),
        (
            "takes any key",
            handler(
                OBJECT, RECORD, DONE, head=HEAD.replace('if not key.startswith("incoming/")', "if not key")
            ),
        ),
        ("says nothing in its log", handler(OBJECT, RECORD, DONE)),
        (
            "swallows every error",
            handler(
                "    print(key)\n",
                "    try:\n    " + OBJECT + "    " + RECORD + "    except Exception:\n        pass\n",
                DONE,
            ),
        ),
    ],
    "delete-2": [
        ("lets it do everything with uploads", role(actions='["s3:*"]')),
        ("forgets the prefix", role(objects='[f"arn:aws:s3:::{stack.upload_bucket}/*"]')),
        ("lets it delete in every bucket", role(objects='["*"]')),
        ("forgets the condition", role(condition="")),
        ("lets it delete the table", role(writes='["dynamodb:*"]')),
        ("lets it read the records and delete none", role(writes='["dynamodb:GetItem"]')),
        ("lets it delete old versions", role(actions='["s3:Delete*"]')),
        ("lets it write records", role(writes='["dynamodb:DeleteItem", "dynamodb:PutItem"]')),
    ],
    "delete-3": [
        ("pastes the key as it is", ADDRESS.format(address='f"{api_url}/files/{key}"')),
        ("encodes the slashes too", ADDRESS.format(address="f\"{api_url}/files/{quote(key, safe='')}\"")),
        (
            "replaces spaces only",
            ADDRESS.format(address='f"{api_url}/files/" + key.replace(" ", "%20")'),
        ),
        (
            "encodes as a form does, with + for a space",
            ADDRESS.format(address='f"{api_url}/files/" + quote(key).replace("%20", "+")'),
        ),
        ("forgets the path before the key", ADDRESS.format(address='f"{api_url}/{quote(key)}"')),
    ],
    "delete-4": [
        (
            "reads the first page of each",
            ORPHANS.format(stored=ONE_LIST, recorded=ONE_QUERY, answer=BOTH),
        ),
        (
            "reads the first page of the table",
            ORPHANS.format(stored=ALL_LISTS, recorded=ONE_QUERY, answer=BOTH),
        ),
        (
            "reads the first page of the bucket",
            ORPHANS.format(stored=ONE_LIST, recorded=ALL_QUERIES, answer=BOTH),
        ),
        (
            "finds one kind twice",
            ORPHANS.format(
                stored=ALL_LISTS,
                recorded=ALL_QUERIES,
                answer="sorted(stored - recorded), sorted(stored - recorded)",
            ),
        ),
        (
            "answers in the other order",
            ORPHANS.format(
                stored=ALL_LISTS,
                recorded=ALL_QUERIES,
                answer="sorted(recorded - stored), sorted(stored - recorded)",
            ),
        ),
        (
            "forgets the prefix",
            ORPHANS.format(
                stored=ALL_LISTS.replace(", Prefix=prefix", ""), recorded=ALL_QUERIES, answer=BOTH
            ),
        ),
        (
            "returns one list of both",
            ORPHANS.format(stored=ALL_LISTS, recorded=ALL_QUERIES, answer="sorted(stored ^ recorded)"),
        ),
    ],
}
