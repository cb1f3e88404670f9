"""Events: accepted at once, tried three times, told of at the end. Moving the clock passes the minutes."""

import json
import re
import uuid

import boto3
import pytest

from tests.cloud.functions.making import LOGS, eventually, invoke, log_events, make_function, make_role, scale

FAIL = "def handler(event, context):\n    raise ValueError(event)"


def send(name, event):
    return boto3.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )["ResponseMetadata"]["RequestId"]


def make_queue():
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url):
    def messages():
        answer = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])
        return answer.get("Messages")

    [message] = eventually(messages)
    return message


def allow(action):
    return {"Effect": "Allow", "Action": action, "Resource": "*"}


def test_a_failing_event_is_tried_three_times_and_then_told_of_to_its_destination(quick):
    url, arn = make_queue()
    name = make_function(FAIL, LOGS, allow("sqs:SendMessage"))
    client = boto3.client("lambda")
    config = {"OnFailure": {"Destination": arn}}
    client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    request_id = send(name, {"key": "cat.png"})
    record = json.loads(receive(url)["Body"])
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"arn:aws:lambda:us-east-1:{quick.account_id}:function:{name}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"key": "cat.png"}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "ValueError"
    starts = [line for line in log_events(name) if line.startswith("START")]
    assert starts == [f"START RequestId: {request_id} Version: $LATEST\n"] * 3


def test_a_dead_letter_queue_gets_the_event_itself(quick):
    url, arn = make_queue()
    name = make_function(FAIL, allow("sqs:SendMessage"), DeadLetterConfig={"TargetArn": arn})
    boto3.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    request_id = send(name, "the event")
    message = receive(url)
    assert json.loads(message["Body"]) == "the event"
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes == {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "the event"}


def test_success_goes_to_another_function(quick):
    told = make_function("def handler(event, context):\n    print('TOLD', event['responsePayload'])")
    arn = f"arn:aws:lambda:us-east-1:{quick.account_id}:function:{told}"
    name = make_function("def handler(event, context):\n    return 42", allow("lambda:InvokeFunction"))
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    send(name, {})
    assert any("TOLD 42" in line for line in log_events(told, "TOLD"))


def test_a_topic_and_an_event_bus_can_be_told_as_well(quick):
    sns, events = boto3.client("sns"), boto3.client("events")
    url, queue = make_queue()
    topic = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    bus = events.describe_event_bus(Name="default")["Arn"]
    rule = f"r-{uuid.uuid4().hex[:8]}"
    other_url, other_queue = make_queue()
    statement = allow("sqs:SendMessage") | {"Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": other_queue}]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=other_url, Attributes={"Policy": policy})
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["lambda"]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": other_queue}])
    for target, action in [(topic, "sns:Publish"), (bus, "events:PutEvents")]:
        name = make_function(FAIL, allow(action))
        boto3.client("lambda").put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": target}},
        )
        send(name, {})
    record = json.loads(json.loads(receive(url)["Body"])["Message"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    event = json.loads(receive(other_url)["Body"])
    assert (event["source"], event["detail-type"]) == (
        "lambda",
        "Lambda Function Invocation Result - Failure",
    )
    assert event["resources"] == [bus, event["detail"]["requestContext"]["functionArn"]]
    events.remove_targets(Rule=rule, Ids=["q"])
    events.delete_rule(Name=rule)


def test_a_destination_that_the_role_may_not_reach_is_refused(quick):
    _, arn = make_queue()
    client, name = boto3.client("lambda"), make_function(FAIL, Role=make_role())
    with pytest.raises(
        client.exceptions.InvalidParameterValueException, match="permissions to call SendMessage"
    ):
        client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}
        )
    with pytest.raises(
        client.exceptions.InvalidParameterValueException, match="permissions to call SendMessage"
    ):
        client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})


def test_a_destination_that_is_none_is_refused_in_lambda_s_words(quick):
    client, name = boto3.client("lambda"), make_function(FAIL, Role=make_role())
    arn = f"arn:aws:lambda:us-east-1:{quick.account_id}:function:"
    place = f"us-east-1:{quick.account_id}"
    gone = [
        f"{arn}none", f"arn:aws:sqs:{place}:none", f"arn:aws:sns:{place}:none",
        f"arn:aws:events:{place}:event-bus/none", f"arn:aws:sqs:zz-none-9:{quick.account_id}:q",
    ]  # fmt: skip
    table = f"arn:aws:dynamodb:us-east-1:{quick.account_id}:table/t"
    config = "The provided destination config DestinationConfig"
    role = "The function's execution role does not have permissions to call"
    own = "You can't specify the function as a destination for itself."
    for outcome, destination, message in (
        (
            "OnFailure",
            table,
            f"{config}(onSuccess=null, onFailure=OnFailure(destination={table})) is invalid.",
        ),
        (
            "OnSuccess",
            "arn:aws:s3:::bucket",
            f"{config}(onSuccess=OnSuccess(destination=arn:aws:s3:::bucket), onFailure=null) is invalid.",
        ),
        *(("OnSuccess", one, f"The destination ARN {one} is invalid.") for one in gone),
        ("OnFailure", f"{arn}{name}", own),
        (
            "OnFailure",
            "arn:aws:s3:::bucket",
            f"{role} PutObject on arn:aws:s3:::bucket",
        ),
    ):
        with pytest.raises(client.exceptions.InvalidParameterValueException) as caught:
            client.put_function_event_invoke_config(
                FunctionName=name, DestinationConfig={outcome: {"Destination": destination}}
            )
        assert caught.value.response["Error"]["Message"] == message


def test_a_bucket_keeps_records_of_failures(quick):
    s3, bucket = boto3.client("s3"), f"records-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    name = make_function(FAIL, allow(["s3:PutObject", "s3:ListBucket"]))
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    request_id = send(name, {"key": "cat.png"})
    key = eventually(lambda: [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])])[0]
    assert re.fullmatch(
        rf"aws/lambda/async/{name}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}", key
    )
    stored = s3.get_object(Bucket=bucket, Key=key)
    assert stored["ContentType"] == "application/json"
    assert json.loads(stored["Body"].read())["requestContext"]["requestId"] == request_id


def test_what_a_destination_does_not_take_is_counted(quick):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    sqs, name = boto3.client("sqs"), make_function(FAIL, allow("sqs:SendMessage"))
    url = sqs.create_queue(
        QueueName=f"q-{uuid.uuid4().hex[:8]}.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    send(name, {})
    asked = {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": name}]}

    def metrics():
        names = {one["MetricName"] for one in boto3.client("cloudwatch").list_metrics(**asked)["Metrics"]}
        return names if "DestinationDeliveryFailures" in names else None

    assert "AsyncEventsDropped" in eventually(metrics)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_functions_that_are_each_other_s_destination_are_a_loop(quick):
    url, queue = make_queue()
    rights = [LOGS, allow("lambda:InvokeFunction"), allow("sqs:SendMessage")]
    names = [make_function("def handler(event, context): return 1", *rights, MemorySize=256) for _ in "ab"]
    client = boto3.client("lambda")
    for name, other in zip(names, reversed(names), strict=True):
        arn = f"arn:aws:lambda:us-east-1:{quick.account_id}:function:{other}"
        client.put_function_event_invoke_config(
            FunctionName=name,
            DestinationConfig={"OnSuccess": {"Destination": arn}, "OnFailure": {"Destination": queue}},
        )
    send(names[0], {})
    record = json.loads(receive(url)["Body"])
    assert record["requestContext"]["condition"] == "RecursiveInvocation"


def test_a_concurrency_of_zero_hands_events_over_untried(quick):
    url, arn = make_queue()
    name = make_function(FAIL, LOGS, allow("sqs:SendMessage"))
    client = boto3.client("lambda")
    config = {"OnFailure": {"Destination": arn}}
    client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    send(name, {})
    assert json.loads(receive(url)["Body"])["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert log_events(name) == []


def test_the_settings_of_events_are_kept_and_bounded(quick):
    client, name = boto3.client("lambda"), make_function(FAIL, Role=make_role())
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName=name)
    with pytest.raises(
        client.exceptions.ResourceNotFoundException, match="doesn't have an EventInvokeConfig"
    ):
        client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    with pytest.raises(
        client.exceptions.InvalidParameterValueException, match="You must specify at least one"
    ):
        client.put_function_event_invoke_config(FunctionName=name)
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    found = client.get_function_event_invoke_config(FunctionName=name)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (1, 60)
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    assert "MaximumEventAgeInSeconds" not in client.get_function_event_invoke_config(FunctionName=name)
    client.delete_function_event_invoke_config(FunctionName=name)


def test_a_loop_through_a_bucket_ends_after_sixteen_rounds(quick):
    """A function that writes what triggers it: the trace header, which the SDK hands on, counts."""
    s3, bucket = boto3.client("s3"), f"loop-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    code = """
import boto3
s3 = boto3.client("s3")

def handler(event, context):
    record = event["Records"][0]["s3"]
    s3.put_object(Bucket=record["bucket"]["name"], Key=record["object"]["key"], Body=b"again")
"""
    url, queue = make_queue()
    name = make_function(code, LOGS, allow("s3:PutObject"), allow("sqs:SendMessage"), MemorySize=256)
    client = boto3.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    arn = f"arn:aws:lambda:us-east-1:{quick.account_id}:function:{name}"
    client.add_permission(
        FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    s3.put_object(Bucket=bucket, Key="incoming/a", Body=b"first")
    record = json.loads(receive(url)["Body"])
    assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "incoming/a"
    reports = [line for line in log_events(name, "REPORT") if line.startswith("START")]
    assert len(reports) == 16


@pytest.fixture
def slow(moving):
    """A cloud that lets retries wait as long as AWS does."""
    scale(moving, 1)
    return moving


def test_retries_wait_a_minute_and_then_two_of_cloud_time(slow):
    name = make_function(FAIL)
    send(name, {})

    def attempts():
        return [line for line in log_events(name) if line.startswith("START")]

    assert eventually(lambda: len(attempts()) == 1)
    slow.advance(61)
    assert eventually(lambda: len(attempts()) == 2)
    slow.advance(61)
    invoke(make_function("def handler(event, context): pass"))  # time for a third attempt, were it due
    assert len(attempts()) == 2
    slow.advance(61)
    assert eventually(lambda: len(attempts()) == 3)


def test_an_event_that_waited_too_long_is_given_up(slow):
    url, arn = make_queue()
    name = make_function(FAIL, LOGS, allow("sqs:SendMessage"))
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    send(name, {})
    assert log_events(name, "REPORT")
    slow.advance(120)
    context = json.loads(receive(url)["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)
