"""Loops through queues and topics: the trace header goes along with each message, so that Lambda can count.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

import json

import boto3
import pytest

from cloud.functions import lineage
from tests.cloud.functions.making import LOGS, eventually, log_events, make_function
from tests.cloud.functions.test_queues import READ, feed, got, left, make_queue, send
from tests.cloud.test_messages import make_topic, may_invoke

SEND = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sns:Publish"], "Resource": "*"}
ONE = 'boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="again")'
SOME = (
    'boto3.client("sqs").send_message_batch(QueueUrl=os.environ["URL"], '
    'Entries=[{"Id": "a", "MessageBody": "again"}])'
)
TOPIC = 'boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message="again")'


def code(statement):
    return f"""
import os, boto3

def handler(event, context):
    print("GOT", os.environ["_X_AMZN_TRACE_ID"])
    {statement}
"""


def dropped(name):
    """How many invocations of a function were stopped as parts of a loop, as a metric counts them."""
    asked = {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": name}]}
    metrics = boto3.client("cloudwatch").list_metrics(**asked)["Metrics"]
    return [one for one in metrics if one["MetricName"] == "RecursiveInvocationsDropped"]


@pytest.mark.parametrize("statement", [ONE, SOME], ids=["one", "batch"])
def test_a_loop_through_a_queue_ends_after_sixteen_rounds(aws, statement):
    """The message for the seventeenth stays in the queue, until that gives it to its dead-letter queue."""
    url, arn = make_queue()
    name = make_function(
        code(statement), LOGS, READ, SEND, MemorySize=256, Environment={"Variables": {"URL": url}}
    )
    feed(arn, name)
    send(url, "first")
    assert eventually(lambda: dropped(name), seconds=60)
    assert eventually(lambda: len(got(name)) == 16), "the log is written behind the answer"
    assert left(url) == (0, 1)


def test_a_loop_through_a_topic_ends_after_sixteen_rounds(aws):
    url, arn = make_queue()
    topic = make_topic()
    environment = {"Variables": {"TOPIC": topic}}
    name = make_function(code(TOPIC), LOGS, SEND, MemorySize=256, Environment=environment)
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    may_invoke(name, topic)
    boto3.client("sns").publish(TopicArn=topic, Message="first")
    [message] = eventually(
        lambda: boto3.client("sqs").receive_message(QueueUrl=url).get("Messages"), seconds=60
    )
    assert json.loads(message["Body"])["requestContext"]["condition"] == "RecursiveInvocation"
    assert eventually(lambda: len(got(name)) == 16), "the log is written behind the answer"


def test_a_topic_hands_the_trace_header_to_a_queue(aws):
    """So that a loop through both is found as well."""
    url, arn = make_queue()
    topic = make_topic()
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    environment = {"Variables": {"TOPIC": topic}}
    name = make_function(code(TOPIC), LOGS, SEND, MemorySize=256, Environment=environment)
    boto3.client("lambda").invoke(FunctionName=name)
    asked = {"QueueUrl": url, "MessageSystemAttributeNames": ["AWSTraceHeader"]}
    [message] = eventually(lambda: boto3.client("sqs").receive_message(**asked).get("Messages"))
    root = got(name)[0].partition(";")[0]
    assert message["Attributes"]["AWSTraceHeader"].startswith(root)
    assert "Lineage=1:" in message["Attributes"]["AWSTraceHeader"]


def test_a_function_that_may_loop_goes_on(aws):
    url, arn = make_queue()
    statement = f"if event['Records'][0]['body'] != 'enough': {ONE.replace('again', 'enough')}"
    name = make_function(
        code(statement), LOGS, READ, SEND, MemorySize=256, Environment={"Variables": {"URL": url}}
    )
    boto3.client("lambda").put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    feed(arn, name)
    mark = lineage.mark(f"arn:aws:lambda:us-east-1:123456789012:function:{name}")
    header = {
        "DataType": "String",
        "StringValue": f"Root=1-67891233-abcdef012345678912345678;Lineage=1:{mark}:16",
    }
    send(url, "first", MessageSystemAttributes={"AWSTraceHeader": header})
    assert eventually(lambda: len(got(name)) == 2)
    assert [line.rstrip()[-3:] for line in got(name)] == [":17", ":18"]
    assert log_events(name, "REPORT")
