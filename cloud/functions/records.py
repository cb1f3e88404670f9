"""Messages and changes of items as a function gets them: the records of an event, and which of them it gets.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cloud import moto_side

Record = dict[str, Any]


def of_message(message: Any, queue_arn: str) -> Record:
    """A message that was received from a queue."""
    attributes = {
        "ApproximateReceiveCount": message.approximate_receive_count,
        "AWSTraceHeader": trace_of(message),
        "SentTimestamp": message.sent_timestamp,
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "SenderId": message.sender_id,
        "MessageDeduplicationId": message.deduplication_id,
        "ApproximateFirstReceiveTimestamp": message.approximate_first_receive_timestamp,
    }
    found = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: str(value) for name, value in attributes.items() if value},
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if message.message_attributes:
        found["md5OfMessageAttributes"] = message.attribute_md5
    return found


def trace_of(message: Any) -> str:
    """The trace header that a message was sent with, or nothing."""
    return str((message.system_attributes.get("AWSTraceHeader") or {}).get("StringValue") or "")


def _attribute(value: Mapping[str, Any]) -> Record:
    found: Record = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        found["stringValue"] = value["StringValue"]
    if isinstance(content := value.get("BinaryValue"), (bytes, str)):
        found["binaryValue"] = content if isinstance(content, str) else base64.b64encode(content).decode()
    return found


def of_change(change: Any, stream_arn: str) -> Record:
    """A change of an item, as a table's stream has it. Times are in seconds since 1970."""
    found = change.to_json()
    when: datetime = found["dynamodb"]["ApproximateCreationDateTime"]
    told = found["dynamodb"] | {"ApproximateCreationDateTime": int(when.replace(tzinfo=UTC).timestamp())}
    region = stream_arn.split(":")[3]
    return dict(found) | {"awsRegion": region, "dynamodb": told, "eventSourceARN": stream_arn}


def event(records: Iterable[Record]) -> bytes:
    return json.dumps({"Records": list(records)}, separators=(",", ":")).encode()


def wanted(record: Record, patterns: Iterable[str]) -> bool:
    """Whether a record fits one of a mapping's filters, or there are none.

    A body that is JSON is compared with filters that are, one that is a mere text with filters for texts.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html

    >>> wanted({"body": '{"size": 3}'}, ['{"body": {"size": [{"numeric": [">", 2]}]}}'])
    True
    """
    filters = list(patterns)
    return not filters or any(_fits(moto_side.event_pattern(text) or {}, record) for text in filters)


def _fits(pattern: Mapping[str, Any], record: Record) -> bool:
    asked = pattern.get("body")
    if asked is None:
        return moto_side.fits_pattern(pattern, record)
    try:
        body = json.loads(record["body"])
    except ValueError:
        body = record["body"]
    if isinstance(asked, Mapping) != isinstance(body, dict):
        return False
    told = body if isinstance(asked, Mapping) else record["body"]
    return moto_side.fits_pattern(pattern, record | {"body": told})


def failed_items(payload: bytes) -> list[str] | None:
    """The records that a function says it could not process; None where it could process none of them.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

    >>> failed_items(b'{"batchItemFailures": [{"itemIdentifier": "id2"}]}'), failed_items(b"null")
    (['id2'], [])
    """
    try:
        answer = json.loads(payload)
        failures = (answer or {}).get("batchItemFailures") or []
        found = [failure["itemIdentifier"] for failure in failures]
    except (ValueError, AttributeError, TypeError, KeyError):
        return None
    return found if all(isinstance(one, str) and one for one in found) else None
