"""Queues and topics: the trace header that goes along with a message, and functions that are subscribers.

By the trace header Lambda can tell that a message leads back to where it came from.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

from cloud import clock, moto_side
from cloud.aws_errors import AwsError
from cloud.functions.environment import Invocation
from cloud.functions.names import parse
from cloud.identity.policy import Ask
from cloud.identity.principals import service
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

SNS = service("sns.amazonaws.com")
MESSAGE_ID = re.compile(rb'"MessageId": ?"([0-9a-f-]+)"|<MessageId>([0-9a-f-]+)<')
SUBSCRIPTION = re.compile(rb"<SubscriptionArn>([^<]+)<")


def send(account: Account, call: Call) -> Response:
    """Put one message into a queue, or some. The header of the request is the message's AWSTraceHeader.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
    """
    trace = call.request.header("x-amzn-trace-id")
    if not trace:
        return account.forward(call)
    name = str(call.parameters["QueueUrl"]).rpartition("/")[2]
    with moto_side.sending:
        response = account.forward(call)
        ids = [(json_id or xml_id).decode() for json_id, xml_id in MESSAGE_ID.findall(response.content)]
        moto_side.mark_traces(f"arn:aws:sqs:{account.region}:{account.id}:{name}", ids, trace)
    return response


def publish(account: Account, call: Call) -> Response:
    """Publish one message to a topic, or some."""
    with moto_side.tracing(call.request.header("x-amzn-trace-id")):
        return account.forward(call)


def subscribe(account: Account, call: Call) -> Response:
    """Subscribe to a topic. A function does so by its ARN: https://github.com/Miserlou/Zappa/issues/225"""
    asked = call.parameters
    endpoint = str(asked.get("Endpoint") or "")
    if asked["Protocol"] == "lambda" and not (endpoint.startswith("arn:") and parse(endpoint)):
        raise AwsError("InvalidParameter", "Invalid parameter: Lambda endpoint ARN")
    response = account.forward(call)
    if arn := SUBSCRIPTION.search(response.content):
        moto_side.take_subscription(arn[1].decode(), account.region, lambda told: notify(account, told))
    return response


def notify(account: Account, told: moto_side.Notification) -> None:
    """Hand a topic's message to a function as an event, if the function's policy lets the topic invoke it.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    function = account.functions.find(told.endpoint)
    if function is None:
        return
    context = {"aws:sourcearn": told.topic, "aws:sourceaccount": account.id}
    ask = Ask(SNS, "lambda:InvokeFunction", (function.settings.arn,), context)
    if account.authorizer.decide(ask, [function.policy]).allowed:
        payload = json.dumps({"Records": [record(told)]}).encode()
        account.asynchronous.submit_traced(told.endpoint, Invocation(payload, trace=told.trace))


def record(told: moto_side.Notification) -> dict[str, Any]:
    """A topic's message as a function gets it."""
    url = f"https://sns.{told.topic.split(':')[3]}.amazonaws.com/"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": told.subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": told.id,
            "TopicArn": told.topic,
            "Subject": told.subject,
            "Message": told.text,
            "Timestamp": clock.told(time.time()),
            "SignatureVersion": "1",
            "Signature": base64.b64encode(os.urandom(256)).decode(),
            "SigningCertUrl": f"{url}SimpleNotificationService-{told.id.replace('-', '')}.pem",
            "UnsubscribeUrl": f"{url}?Action=Unsubscribe&SubscriptionArn={told.subscription}",
            "MessageAttributes": dict(told.attributes),
        },
    }


QUEUES = {"SendMessage": send, "SendMessageBatch": send}
TOPICS = {"Publish": publish, "PublishBatch": publish, "Subscribe": subscribe}
