"""GET /files?prefix=&limit=&next=: one page of the recorded files, in the order of their keys."""

import base64
import json
import os

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])  # once per cold start
BUCKET = os.environ["UPLOAD_BUCKET"]
FIELDS = ("object_key", "name", "size", "content_type", "etag", "uploaded_at")


def lambda_handler(event, context):
    asked = event.get("queryStringParameters") or {}
    prefix, limit = asked.get("prefix") or "incoming/", asked.get("limit") or "50"
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= 100):
        return problem(400, "BadRequest", f'"limit" is a number from 1 to 100, not {limit[:50]!r}.')
    if len(prefix.encode()) > 1024:  # longer than any key can be
        return problem(400, "BadRequest", '"prefix" has 1024 bytes at most.')
    query = {"KeyConditionExpression": Key("bucket").eq(BUCKET) & Key("object_key").begins_with(prefix)}
    if token := asked.get("next"):
        last = key_in(token)
        if not last.startswith(prefix) or not 0 < len(last.encode()) <= 1024:
            return problem(400, "BadRequest", f'"next" is not a token of this list: {token[:50]!r}.')
        query["ExclusiveStartKey"] = {"bucket": BUCKET, "object_key": last}
    page = table.query(Limit=int(limit), **query)
    print(f"list_files prefix={prefix!r} found={page['Count']}")
    files = [{field: plain(item.get(field)) for field in FIELDS} for item in page["Items"]]
    last = page.get("LastEvaluatedKey")
    return answer(200, {"files": files, "next": token_of(last["object_key"]) if last else None})


def problem(status, code, message):
    print(f"list_files refused status={status} {message}")
    return answer(status, {"error": {"code": code, "message": message}})


def answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def plain(value):
    """DynamoDB's numbers are Decimal, which JSON does not know."""
    return value if value is None or isinstance(value, str) else int(value)


def token_of(key):
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_in(token):
    """The key that a token holds; empty when it is none of ours."""
    try:
        key = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""
    return key if token_of(key) == token else ""
