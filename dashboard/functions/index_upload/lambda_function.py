"""S3 events under incoming/: make the table say what the bucket holds.

S3 delivers at least once and in any order, so an event only says "look again": the bucket knows what is
there. The event's sequencer says how new a look is, and an older look never overwrites a newer one.
"""

import os
from urllib.parse import unquote_plus

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

TABLE = os.environ.get("TABLE_NAME")  # without a table, as in lesson 02, it only tells what it saw
table = TABLE and boto3.resource("dynamodb").Table(TABLE)  # once per cold start
s3 = boto3.client("s3")


def lambda_handler(event, context):
    for record in event.get("Records", []):
        bucket, thing = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(thing["key"])  # S3 events carry keys form-encoded
        when, order = record["eventTime"], thing["sequencer"]
        print(f"index_upload {record['eventName']} key={key!r} event_time={when} sequencer={order}")
        if table:
            index(bucket, key, order.ljust(32, "0"))  # so that they compare as texts


def index(bucket, key, sequencer):
    where = {"bucket": bucket, "object_key": key}
    found = look(bucket, key)
    if found is None:
        unless_newer(table.delete_item, Attr("sequencer").lte(sequencer), Key=where)
        return
    record = where | {
        "name": key.rsplit("/", 1)[-1],
        "size": found["ContentLength"],
        "content_type": found["ContentType"],
        "etag": found["ETag"].strip('"'),
        "uploaded_at": found["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sequencer": sequencer,
    }
    older = Attr("sequencer").not_exists() | Attr("sequencer").lt(sequencer)
    unless_newer(table.put_item, older, Item=record)
    if look(bucket, key) is None:  # deleted while we wrote
        unless_newer(table.delete_item, Attr("sequencer").lte(sequencer), Key=where)


def look(bucket, key):
    try:
        return s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise  # Lambda will try again
        return None


def unless_newer(write, condition, **what):
    try:
        write(ConditionExpression=condition, **what)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
