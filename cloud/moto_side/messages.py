"""Queues, topics and event buses, as moto keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloud.moto_side.core import backend


def send_message(queue_arn: str, text: str, attributes: Mapping[str, str], group: str | None = None) -> bool:
    """Put a message into a queue, of a FIFO queue into a group; False when there is no such queue."""
    region, name = queue_arn.split(":")[3], queue_arn.rsplit(":", 1)[-1]
    sqs = backend("sqs", region)
    if name not in sqs.queues:
        return False
    named = {
        key: {"DataType": "Number" if value.isdigit() else "String", "StringValue": value}
        for key, value in attributes.items()
        if value
    }
    sqs.send_message(name, text, message_attributes=named, group_id=group)
    return True


def queue_policy(queue_arn: str) -> str | None:
    """The policy of a queue as text; None when there is no such queue."""
    region, name = queue_arn.split(":")[3], queue_arn.rsplit(":", 1)[-1]
    queue = backend("sqs", region).queues.get(name)
    return None if queue is None else str(queue.policy or "{}")


def publish(topic_arn: str, text: str, subject: str | None = None) -> bool:
    """Publish to a topic; False when there is no such topic."""
    sns = backend("sns", topic_arn.split(":")[3])
    if topic_arn not in sns.topics:
        return False
    sns.publish(text, topic_arn, subject=subject)
    return True


def put_outcome(bus_arn: str, region: str, result: str, function_arn: str, text: str) -> bool:
    """Put an outcome of Lambda's, a Success or a Failure, on an event bus; False without such a bus."""
    events, name = backend("events", region), bus_arn.rsplit("/", 1)[-1]
    if name not in events.event_buses:
        return False
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {result}",
        "Detail": text,
        "EventBusName": name,
        "Resources": [bus_arn, function_arn],
    }
    events.put_events([entry])
    return True


def put_service_event(region: str, source: str, kind: str, resource: str, detail: Mapping[str, Any]) -> None:
    """Put an event of an AWS service on the default bus."""
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "Resources": [resource]}
    backend("events", region).put_events([entry])


def topic_policy(topic_arn: str) -> str | None:
    """The policy of a topic as text; None when there is no such topic."""
    topic = backend("sns", topic_arn.split(":")[3]).topics.get(topic_arn)
    return None if topic is None else str(topic.policy)
