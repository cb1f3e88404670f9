"""Queues, topics and event buses, as moto keeps them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cloud.moto_side.core import backend

sending = threading.Lock()  # held from when a message is in a queue until its trace header is
_trace: ContextVar[str] = ContextVar("trace", default="")


@dataclass(frozen=True)
class Notification:
    """What a topic tells one subscriber. ``trace`` is the trace header of who published it."""

    topic: str
    subscription: str
    endpoint: str
    id: str
    text: str
    subject: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    trace: str = ""


@contextmanager
def tracing(trace: str) -> Iterator[None]:
    """Let what a topic publishes meanwhile carry a trace header."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


def mark_traces(queue_arn: str, ids: Collection[str], trace: str) -> None:
    """Give messages that are in a queue a trace header, unless they were sent with one."""
    found = queue(queue_arn)
    for message in found._messages if found is not None else ():
        if message.id in ids:
            _mark(message, trace)


def _mark(message: Any, trace: str) -> None:
    message.system_attributes.setdefault("AWSTraceHeader", {"DataType": "String", "StringValue": trace})


def take_subscription(arn: str, region: str, deliver: Callable[[Notification], None]) -> None:
    """Let ``deliver`` tell a function that has subscribed to a topic, and a queue get the trace header."""
    found = backend("sns", region).subscriptions.get(arn)
    if found is None or "publish" in vars(found):
        return
    if found.protocol == "lambda":
        found.publish = partial(_publish_to_function, found, deliver)
    elif found.protocol == "sqs":
        found.publish = partial(_publish_to_queue, found, found.publish)


def _publish_to_function(
    subscription: Any,
    deliver: Callable[[Notification], None],
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    message_structure: str | None = None,
    **_: Any,
) -> None:
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if message_structure == "json":
        message = subscription._parse_message_structure(message, "lambda")
    arns = subscription.topic.arn, subscription.arn, subscription.endpoint
    deliver(Notification(*arns, message_id, message, subject, message_attributes or {}, _trace.get()))


def _publish_to_queue(subscription: Any, publish: Callable[..., None], *told: Any, **named: Any) -> None:
    found = queue(subscription.endpoint)
    with sending:
        last = found._messages[-1:] if found is not None else []
        publish(*told, **named)
        if _trace.get() and found is not None and found._messages[-1:] != last:
            _mark(found._messages[-1], _trace.get())


def _service(name: str, arn: str) -> Any | None:
    """Moto's state of the service that an ARN belongs to; None when there is no such region."""
    try:
        return backend(name, arn.split(":")[3])
    except KeyError:
        return None


def queue(arn: str) -> Any | None:
    """The queue of that ARN: ``visibility_timeout`` in seconds, ``policy`` as text ...; None without one."""
    sqs = _service("sqs", arn)
    found = sqs.queues.get(arn.rsplit(":", 1)[-1]) if sqs is not None else None
    return found if found is not None and found.queue_arn == arn else None


def _topic(arn: str) -> Any | None:
    sns = _service("sns", arn)
    return sns.topics.get(arn) if sns is not None else None


def send_message(queue_arn: str, text: str, attributes: Mapping[str, str], group: str | None = None) -> bool:
    """Put a message into a queue, of a FIFO queue into a group; False when there is no such queue."""
    found = queue(queue_arn)
    if found is None:
        return False
    named = {
        key: {"DataType": "Number" if value.isdigit() else "String", "StringValue": value}
        for key, value in attributes.items()
        if value
    }
    sqs = backend("sqs", found.region)
    sqs.send_message(found.name, text, message_attributes=named, group_id=group)
    return True


def queue_policy(queue_arn: str) -> str | None:
    """The policy of a queue as text; None when there is no such queue."""
    found = queue(queue_arn)
    return None if found is None else str(found.policy or "{}")


def publish(topic_arn: str, text: str, subject: str | None = None) -> bool:
    """Publish to a topic; False when there is no such topic."""
    found = _topic(topic_arn)
    if found is None:
        return False
    found.sns_backend.publish(text, topic_arn, subject=subject)
    return True


def event_bus(arn: str, region: str) -> Any | None:
    """The event bus of that ARN, or None."""
    found = backend("events", region).event_buses.get(arn.partition("event-bus/")[2])
    return found if found is not None and found.arn == arn else None


def put_outcome(bus_arn: str, region: str, result: str, function_arn: str, text: str) -> bool:
    """Put an outcome of Lambda's, a Success or a Failure, on an event bus; False without such a bus."""
    events, bus = backend("events", region), event_bus(bus_arn, region)
    if bus is None:
        return False
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {result}",
        "Detail": text,
        "EventBusName": bus.name,
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
    found = _topic(topic_arn)
    return None if found is None else str(found.policy)
