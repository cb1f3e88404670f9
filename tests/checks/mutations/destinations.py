"""Places where failed events may go: gone, which must be said, or there, which harms nobody.

Queues, topics, functions, event buses and buckets:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from tests.checks.defects import allow, changed_policy, defect, each, each_harmless, extra_policy, harmless
from tests.checks.mutations.safety import failures_to


def topic(stack):
    """A topic: its ARN, what the role must be allowed, and how it goes."""
    sns = stack.client("sns")
    arn = sns.create_topic(Name=f"{stack.name}-failed")["TopicArn"]
    return arn, [allow("sns:Publish", arn)], lambda: sns.delete_topic(TopicArn=arn)


def event_bus(stack):
    events, name = stack.client("events"), f"{stack.name}-failed"
    arn = events.create_event_bus(Name=name)["EventBusArn"]
    return arn, [allow("events:PutEvents", arn)], lambda: events.delete_event_bus(Name=name)


def bucket(stack):
    s3, name = stack.client("s3"), f"{stack.name}-failed-{stack.account_id}"
    s3.create_bucket(Bucket=name)
    arn = f"arn:aws:s3:::{name}"
    permitted = [allow("s3:PutObject", f"{arn}/*"), allow("s3:ListBucket", arn)]
    return arn, permitted, lambda: s3.delete_bucket(Bucket=name)


def function(stack, qualifier=""):
    from dashboard.stack.package import package

    lambda_, name = stack.client("lambda"), f"{stack.name}-failed"
    made = lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Role=f"arn:aws:iam::{stack.account_id}:role/{stack.functions['list_files'].role}",
        Code={"ZipFile": package("list_files")},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    arn = made["FunctionArn"]
    if qualifier:
        version = lambda_.publish_version(FunctionName=name)["Version"]
        arn = lambda_.create_alias(FunctionName=name, Name=qualifier, FunctionVersion=version)["AliasArn"]
    return arn, [allow("lambda:InvokeFunction", arn)], lambda: lambda_.delete_function(FunctionName=name)


def alias(stack):
    return function(stack, "live")


def queue(stack):
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName=f"{stack.name}-letters")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    return arn, [allow("sqs:SendMessage", arn)], lambda: sqs.delete_queue(QueueUrl=url)


@each("SAFETY-4", topic=topic, function=function, alias=alias, event_bus=event_bus, bucket=bucket)
def destination_that_is_gone(stack, make):
    arn, permitted, delete = make(stack)
    undo = failures_to(stack, arn, *permitted)
    delete()
    return undo


@each_harmless(function=function, alias=alias, event_bus=event_bus, bucket=bucket)
def destination_that_is_there(stack, make):
    arn, permitted, delete = make(stack)
    undo = failures_to(stack, arn, *permitted)
    return lambda: (undo(), delete())


def letters_to(stack, arn, *permitted):
    """A dead-letter queue beside the destination, and a role that may write to it."""
    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    lent = extra_policy(stack, "index_upload", *permitted)

    def put(target):
        lambda_.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": target})
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(arn)
    return lambda: (put(""), lent())


@each("SAFETY-4", queue=queue, topic=topic)
def dead_letters_to_what_is_gone(stack, make):
    arn, permitted, delete = make(stack)
    undo = letters_to(stack, arn, *permitted)
    delete()
    return undo


@each_harmless(queue=queue, topic=topic)
def dead_letters_beside_the_destination(stack, make):
    arn, permitted, delete = make(stack)
    undo = letters_to(stack, arn, *permitted)
    return lambda: (undo(), delete())


@defect("SAFETY-4")
def failures_may_no_longer_be_published(stack):
    arn, permitted, delete = topic(stack)
    undo = failures_to(stack, arn, *permitted)
    something_else = allow("logs:CreateLogGroup", "*")
    lost = changed_policy(stack, "index_upload", lambda _: [something_else], name="failures")
    return lambda: (lost(), undo(), delete())


@defect("SAFETY-4")
def records_may_not_be_stored(stack):
    arn, permitted, delete = bucket(stack)
    undo = failures_to(stack, arn, *permitted)
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{arn}/aws/lambda/async/*"}
    denied = extra_policy(stack, "index_upload", deny)
    return lambda: (denied(), undo(), delete())


@harmless
def records_stored_where_lambda_names_them(stack):
    """Keys begin with aws/lambda/async/, so a role need not be allowed more of the bucket."""
    arn, permitted, delete = bucket(stack)
    undo = failures_to(stack, arn, *permitted)
    narrow = [allow("s3:PutObject", f"{arn}/aws/lambda/async/*"), allow("s3:ListBucket", arn)]
    widened = changed_policy(stack, "index_upload", lambda _: narrow, name="failures")
    return lambda: (widened(), undo(), delete())
