"""07_delete: files of a check's own, and the delete function invoked as API Gateway would."""

from __future__ import annotations

import json
import uuid

from dashboard.stack import Stack
from workbook import throwaway

NEWEST = (
    "f" * 32
)  # a record with this sequencer is left alone by the index function: only the delete function removes it


class Probe:
    """Files of the check's own, under a key that nobody else uses."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.s3 = stack, stack.client("s3")
        self.folder = f"incoming/workbook-check-{uuid.uuid4().hex[:12]}/"

    def make(self, name: str, stored: bool = True, recorded: bool = True) -> str:
        """A file that is stored, recorded, or both; its key."""
        key = self.folder + name
        if recorded:
            item = {"bucket": self.stack.upload_bucket, "object_key": key, "name": name, "sequencer": NEWEST}
            self.stack.client("dynamodb").put_item(
                TableName=self.stack.table, Item={field: {"S": value} for field, value in item.items()}
            )
        if stored:
            self.s3.put_object(Bucket=self.stack.upload_bucket, Key=key, Body=b"x", ContentType="text/plain")
        return key

    def stored(self, key: str) -> bool:
        listed = self.s3.list_objects_v2(Bucket=self.stack.upload_bucket, Prefix=key)
        return any(one["Key"] == key for one in listed.get("Contents", []))

    def recorded(self, key: str) -> bool:
        found = self.stack.client("dynamodb").get_item(
            TableName=self.stack.table, Key=item_key(self.stack, key), ConsistentRead=True
        )
        return "Item" in found

    def remove(self) -> None:
        """Leave nothing behind."""
        bucket = self.stack.upload_bucket
        for one in self.s3.list_objects_v2(Bucket=bucket, Prefix=self.folder).get("Contents", []):
            self.s3.delete_object(Bucket=bucket, Key=one["Key"])
        records = self.stack.client("dynamodb").query(
            TableName=self.stack.table,
            KeyConditionExpression="#b = :b and begins_with(object_key, :p)",
            ExpressionAttributeNames={"#b": "bucket"},
            ExpressionAttributeValues={":b": {"S": bucket}, ":p": {"S": self.folder}},
            ConsistentRead=True,
        )
        for item in records["Items"]:
            self.stack.client("dynamodb").delete_item(
                TableName=self.stack.table, Key=item_key(self.stack, item["object_key"]["S"])
            )


def item_key(stack: Stack, key: str) -> dict[str, dict[str, str]]:
    return {"bucket": {"S": stack.upload_bucket}, "object_key": {"S": key}}


def delete_by_function(stack: Stack, key: str) -> tuple[int, str, str]:
    """Invoke the delete function as API Gateway would: its status, or 0; what it said; and its log."""
    name = stack.functions["delete_file"].name
    run = throwaway.invoke(stack.client("lambda"), name, {"pathParameters": {"key": key}})
    if run.error:
        return 0, run.error, run.log
    if not isinstance(run.answer, dict):
        return 0, f"it answered `{json.dumps(run.answer)[:80]}`", run.log
    return int(run.answer.get("statusCode", 200)), json.dumps(run.answer)[:80], run.log
