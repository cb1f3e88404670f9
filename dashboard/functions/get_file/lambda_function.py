"""GET /files/{key+}: one file's record, and a short-lived link to open it."""

import json
import os
import re
from urllib.parse import quote

import boto3
from botocore.config import Config

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])  # once per cold start
s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
BUCKET = os.environ["UPLOAD_BUCKET"]
SECONDS = int(os.environ.get("URL_EXPIRES", "300"))
FIELDS = ("object_key", "name", "size", "content_type", "etag", "uploaded_at")
SHOWN = re.compile(r"image/(?!svg)[\w.+-]+|(audio|video)/[\w.+-]+|application/pdf|text/plain")


def lambda_handler(event, context):
    key = (event.get("pathParameters") or {}).get("key", "")
    found = 0 < len(key.encode()) <= 1024 and table.get_item(Key={"bucket": BUCKET, "object_key": key}).get(
        "Item"
    )
    print(f"get_file key={key!r} found={bool(found)}")
    if not found:
        message = f"No file is recorded as {key!r}."
        return answer(404, {"error": {"code": "NotFound", "message": message}})
    # A page or a drawing could carry a script: what a browser would run, it downloads instead.
    how = "inline" if SHOWN.fullmatch(str(found["content_type"])) else "attachment"
    signed = {
        "Bucket": BUCKET,
        "Key": key,
        "ResponseContentDisposition": f"{how}; filename*=UTF-8''{quote(str(found['name']), safe='')}",
    }
    link = s3.generate_presigned_url("get_object", Params=signed, ExpiresIn=SECONDS)
    record = {field: plain(found.get(field)) for field in FIELDS}
    return answer(200, record | {"open_url": link, "expires_in": SECONDS})


def answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def plain(value):
    """DynamoDB's numbers are Decimal, which JSON does not know."""
    return value if value is None or isinstance(value, str) else int(value)
