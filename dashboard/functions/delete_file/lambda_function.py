"""DELETE /files/{key+}: removes object and record. Asking again is no error: the file is gone either way."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])  # once per cold start
s3 = boto3.client("s3")
BUCKET = os.environ["UPLOAD_BUCKET"]


def lambda_handler(event, context):
    key = (event.get("pathParameters") or {}).get("key", "")
    if not key.startswith("incoming/") or len(key.encode()) > 1024:
        message = f"Only what was uploaded under 'incoming/' can be deleted, not {key!r}."
        body = json.dumps({"error": {"code": "NotFound", "message": message}})
        return {"statusCode": 404, "headers": {"content-type": "application/json"}, "body": body}
    # The object first: should the next line fail, S3's event still clears the record.
    s3.delete_object(Bucket=BUCKET, Key=key)
    table.delete_item(Key={"bucket": BUCKET, "object_key": key})
    print(f"delete_file key={key!r}")
    return {"statusCode": 204}
