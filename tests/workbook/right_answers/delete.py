"""Right answers to 07_delete in other words: each must pass its check."""

from pathlib import Path

HANDLER = (
    Path(__file__).resolve().parents[3] / "dashboard" / "functions" / "delete_file" / "lambda_function.py"
).read_text()
HEAD, _, REST = HANDLER.partition("    # The object first")
assert REST

CELL = "%%writefile work/functions/delete_file/lambda_function.py\n" + HEAD

RIGHT = {
    "delete-1": [
        (
            "uses the resource, and answers an empty body",
            CELL
            + """    boto3.resource("s3").Object(BUCKET, key).delete()
    table.delete_item(Key=dict(bucket=BUCKET, object_key=key))
    print("deleted", key)
    return {"statusCode": 204, "headers": {}, "body": ""}
""",
        ),
        (
            "deletes in a batch of one",
            CELL
            + """    print(f"delete_file {key}")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}], "Quiet": True})
    with table.batch_writer() as batch:
        batch.delete_item(Key={"bucket": BUCKET, "object_key": key})
    return {"statusCode": 204}
""".replace("    with table.batch_writer() as batch:\n        batch", "    table"),
        ),
    ],
    "delete-2": [
        (
            "writes the statements itself",
            """
def deploy_delete(stack, code=None):
    statements = [
        {
            "Effect": "Allow",
            "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*",
        },
        {
            "Effect": "Allow",
            "Action": "dynamodb:DeleteItem",
            "Resource": stack.table_arn,
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [stack.upload_bucket]}},
        },
    ]
    return deploy(stack, "delete_file", statements, variables(stack), code)


deploy_delete(stack, code)
""",
        ),
    ],
    "delete-3": [
        (
            "encodes part by part",
            """
def file_address(api_url, key):
    return api_url + "/files/" + "/".join(quote(part, safe="") for part in key.split("/"))


file_address("https://api.example", "incoming/7/1+1 = 2, #1.txt")
""",
        ),
    ],
    "delete-4": [
        (
            "uses the bucket resource and a paginator",
            """
def find_orphans(s3, table, bucket, prefix):
    files = {thing.key for thing in boto3.resource("s3").Bucket(bucket).objects.filter(Prefix=prefix)}
    pages = table.meta.client.get_paginator("query").paginate(
        TableName=table.name,
        KeyConditionExpression=Key("bucket").eq(bucket) & Key("object_key").begins_with(prefix),
    )
    records = {item["object_key"] for page in pages for item in page["Items"]}
    return [sorted(files.difference(records)), sorted(records.difference(files))]


orphans = find_orphans(s3, table, stack.upload_bucket, stack.prefix)
""",
        ),
        (
            "turns both stores' pages by hand",
            """
def find_orphans(s3, table, bucket, prefix):
    files, more = [], {}
    while more is not None:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **more)
        files += [thing["Key"] for thing in page.get("Contents", [])]
        more = {"ContinuationToken": page["NextContinuationToken"]} if page["IsTruncated"] else None
    records, asked = [], {"KeyConditionExpression": Key("bucket").eq(bucket)}
    while True:
        page = table.query(**asked)
        records += [item["object_key"] for item in page["Items"] if item["object_key"].startswith(prefix)]
        if "LastEvaluatedKey" not in page:
            break
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return (
        sorted(key for key in files if key not in records),
        sorted(key for key in records if key not in files),
    )


orphans = find_orphans(s3, table, stack.upload_bucket, stack.prefix)
""",
        ),
    ],
}
