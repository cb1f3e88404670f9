"""What topics tell functions that subscribe to them."""

import json
import uuid

import boto3
import pytest

from tests.cloud.functions.making import eventually, make_function
from tests.cloud.functions.test_queues import TELL, got, make_queue


def make_topic():
    return boto3.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]


def may_invoke(name, topic, **attributes):
    """Let a topic invoke a function, and the function subscribe to it; the subscription's ARN."""
    boto3.client("lambda").add_permission(
        FunctionName=name,
        StatementId=uuid.uuid4().hex,
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    return subscribe(name, topic, **attributes)


def subscribe(name, topic, **attributes):
    arn = boto3.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    asked = {"TopicArn": topic, "Protocol": "lambda", "Endpoint": arn, "Attributes": attributes}
    return boto3.client("sns").subscribe(**asked)["SubscriptionArn"]


def test_a_topic_s_message_reaches_a_function_as_a_record(aws):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    topic, name = make_topic(), make_function(TELL)
    subscription = may_invoke(name, topic)
    attributes = {"color": {"DataType": "String", "StringValue": "red"}}
    published = boto3.client("sns").publish(
        TopicArn=topic, Message="hello", Subject="news", MessageAttributes=attributes
    )
    [event] = eventually(lambda: got(name))
    [record] = json.loads(event)["Records"]
    told = record.pop("Sns")
    assert record == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
    }
    for member in ("Signature", "SigningCertUrl", "UnsubscribeUrl", "Timestamp"):
        assert told.pop(member)
    assert told == {
        "Type": "Notification",
        "MessageId": published["MessageId"],
        "TopicArn": topic,
        "Subject": "news",
        "Message": "hello",
        "SignatureVersion": "1",
        "MessageAttributes": {"color": {"Type": "String", "Value": "red"}},
    }


def test_a_message_may_be_another_for_functions_than_for_others(aws):
    topic, name = make_topic(), make_function(TELL)
    may_invoke(name, topic)
    message = json.dumps({"default": "for all", "lambda": "for functions"})
    boto3.client("sns").publish(TopicArn=topic, Message=message, MessageStructure="json")
    [event] = eventually(lambda: got(name))
    told = json.loads(event)["Records"][0]["Sns"]
    assert (told["Message"], told["Subject"]) == ("for functions", None)


def test_a_subscription_s_filter_holds_messages_back(aws):
    topic, name = make_topic(), make_function(TELL)
    may_invoke(name, topic, FilterPolicy=json.dumps({"color": ["red"]}))
    for color in ("blue", "red"):
        attributes = {"color": {"DataType": "String", "StringValue": color}}
        boto3.client("sns").publish(TopicArn=topic, Message=color, MessageAttributes=attributes)
    [event] = eventually(lambda: got(name))
    assert json.loads(event)["Records"][0]["Sns"]["Message"] == "red"


def test_a_function_that_does_not_let_the_topic_invoke_it_hears_nothing(aws):
    topic, deaf, name = make_topic(), make_function(TELL), make_function(TELL)
    subscribe(deaf, topic)
    may_invoke(deaf, make_topic())
    may_invoke(name, topic)
    boto3.client("sns").publish(TopicArn=topic, Message="x")
    assert eventually(lambda: got(name))
    assert got(deaf) == []


@pytest.mark.parametrize("endpoint", ["name", "arn:aws:sqs:us-east-1:123456789012:q"])
def test_a_function_subscribes_by_its_arn(aws, endpoint):
    """https://github.com/Miserlou/Zappa/issues/225"""
    sns, topic = boto3.client("sns"), make_topic()
    with pytest.raises(sns.exceptions.InvalidParameterException) as caught:
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint)
    assert caught.value.response["Error"]["Message"] == "Invalid parameter: Lambda endpoint ARN"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_message_without_a_trace_header_has_none(aws):
    url, _ = make_queue()
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    asked = {"QueueUrl": url, "MessageSystemAttributeNames": ["All"]}
    [message] = eventually(lambda: sqs.receive_message(**asked).get("Messages"))
    assert "AWSTraceHeader" not in message["Attributes"]
