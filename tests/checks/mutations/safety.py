"""Single defects of the safety row, each with the rules that must say so."""

from __future__ import annotations

import json

from tests.checks.defects import (
    allow,
    bucket_grants,
    changed_policy,
    concurrency,
    defect,
    each,
    extra_policy,
    failures,
    filtered,
    notifications,
    permission,
    published_version,
    trigger,
)


@each(
    "SAFETY-1",
    none={"Filter": filtered()},
    empty={"Filter": filtered(prefix="")},
    shorter={"Filter": filtered(prefix="in")},
    other={"Filter": filtered(prefix="outgoing/")},
    narrower={"Filter": filtered(prefix="incoming/images/")},
    no_slash={"Filter": filtered(prefix="incoming")},
    slash_first={"Filter": filtered(prefix="/incoming/")},
    other_case={"Filter": filtered(prefix="Incoming/")},
    encoded={"Filter": filtered(prefix="incoming%2F")},
)
def prefix(stack, changes):
    return notifications(stack, trigger(**changes))


@each(
    "SAFETY-3",
    suffix={"Filter": filtered(prefix="incoming/", suffix=".jpg")},
    created_only={"Events": ["s3:ObjectCreated:*"]},
    put_only={"Events": ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]},
)
def gap(stack, changes):
    return notifications(stack, trigger(**changes))


def halved(events, **changes):
    """One trigger more, which takes some events over from the first, changed."""

    def change(found):
        [one] = found["LambdaFunctionConfigurations"]
        every = ["s3:ObjectCreated:Put", *(f"s3:ObjectCreated:{name}" for name in REST), "s3:ObjectRemoved:*"]
        left = [event for event in every if event not in events]
        second = {**one, "Id": "second", "Events": events, **changes}
        return found | {"LambdaFunctionConfigurations": [{**one, "Events": left}, second]}

    return change


REST = ("Post", "Copy", "CompleteMultipartUpload")


@each("SAFETY-3", elsewhere="outgoing/", narrower="incoming/images/", other_case="Incoming/")
def removals_told_of_another_prefix(stack, prefix):
    return notifications(stack, halved(["s3:ObjectRemoved:*"], Filter=filtered(prefix=prefix)))


@defect("SAFETY-1")
def copies_trigger_from_everywhere(stack):
    return notifications(stack, halved(["s3:ObjectCreated:Copy"], Filter=filtered(prefix="")))


@defect("SAFETY-3")
def two_triggers_for_two_suffixes(stack):
    def change(found):
        [one] = found["LambdaFunctionConfigurations"]
        both = [
            {**one, "Id": suffix, "Filter": filtered(prefix="incoming/", suffix=suffix)}
            for suffix in (".jpg", ".png")
        ]
        return found | {"LambdaFunctionConfigurations": both}

    return notifications(stack, change)


@defect("SAFETY-3")
def triggers_an_old_version(stack):
    version, unpublish = published_version(stack, "index_upload")
    old = f"{stack.function_arn('index_upload')}:{version}"
    undo = notifications(stack, trigger(LambdaFunctionArn=old))
    return lambda: (undo(), unpublish())


@defect("SAFETY-3")
def triggers_another_function(stack):
    other = stack.function_arn("list_files")
    return notifications(stack, trigger(LambdaFunctionArn=other))


def queue_too(stack, **more):
    """A second destination. S3 refuses two for the same event and overlapping prefixes."""
    return lambda found: (
        found | {"QueueConfigurations": [{"Id": "more", "QueueArn": stack.failure_queue_arn, **more}]}
    )


@defect("SAFETY-1", "SAFETY-3")
def second_path_beside_the_prefix(stack):
    more = {"Events": ["s3:ObjectCreated:*"], "Filter": filtered(prefix="outgoing/")}
    return notifications(stack, queue_too(stack, **more))


@defect("SAFETY-3")
def removals_also_go_to_a_queue(stack):
    def change(found):
        found = trigger(Events=["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"])(found)
        return queue_too(stack, Events=["s3:ObjectRemoved:DeleteMarkerCreated"])(found)

    return notifications(stack, change)


@defect("SAFETY-3")
def eventbridge_too(stack):
    return notifications(stack, lambda found: found | {"EventBridgeConfiguration": {}})


@defect("SAFETY-1", "SAFETY-3")
def no_notification(stack):
    return notifications(stack, lambda _: {})


@defect("SAFETY-3")
def bucket_may_not_invoke(stack):
    return permission(stack, "index_upload", "s3")


@each(
    "SAFETY-2",
    uploads=("s3:PutObject", "incoming/*"),
    thumbnails=("s3:PutObject", "incoming/thumbnails/*"),
    one_key=("s3:Put*", "incoming/latest.json"),
    uploads_by_pattern=("s3:PutObject*", "incoming/*"),
    in_lower_case=("s3:putobject", "incoming/*"),
)
def triggered_function_writes(stack, case):
    action, keys = case
    return extra_policy(stack, "index_upload", allow(action, f"arn:aws:s3:::{stack.upload_bucket}/{keys}"))


@defect("SAFETY-2", "SECURITY-6")
def triggered_function_writes_everywhere(stack):
    return extra_policy(stack, "index_upload", allow("s3:PutObject", f"arn:aws:s3:::{stack.upload_bucket}/*"))


@defect("SAFETY-2")
def bucket_lets_the_triggered_function_write(stack):
    return bucket_grants(stack, "index_upload", "s3:PutObject")


@defect("SAFETY-3")
def fed_by_a_queue_too(stack):
    lambda_, sqs = stack.client("lambda"), stack.client("sqs")
    name, arn = stack.functions["index_upload"].name, stack.failure_queue_arn.replace("-failures", "-feed")
    role = lambda_.get_function(FunctionName=name)["Configuration"]["Role"]
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    reads = allow(actions, arn, Principal={"AWS": role})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    queue = sqs.create_queue(QueueName=f"{stack.name}-feed", Attributes={"Policy": policy})["QueueUrl"]
    made = lambda_.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)

    def undo():
        lambda_.delete_event_source_mapping(UUID=made["UUID"])
        sqs.delete_queue(QueueUrl=queue)

    return undo


@defect("SAFETY-4")
def loops_allowed(stack):
    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    lambda_.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    return lambda: lambda_.put_function_recursion_config(FunctionName=name, RecursiveLoop="Terminate")


@defect("SAFETY-4")
def never_runs(stack):
    return concurrency(stack, "index_upload", 0)


@defect("SAFETY-4")
def no_failure_destination(stack):
    return failures(
        stack, lambda lambda_, name: lambda_.delete_function_event_invoke_config(FunctionName=name)
    )


@defect("SAFETY-4")
def failures_dropped(stack):
    def make(lambda_, name):
        lambda_.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)

    return failures(stack, make)


@defect("SAFETY-4")
def failure_queue_deleted(stack):
    sqs, name = stack.client("sqs"), stack.failure_queue
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    return lambda: sqs.create_queue(QueueName=name, tags=stack.tags)


@defect("SAFETY-4")
def failures_may_not_be_sent(stack):
    deny = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    return extra_policy(stack, "index_upload", deny)


def failures_to(stack, destination, *statements):
    """Failed events sent elsewhere, by a role that may do what the statements say."""
    permitted = changed_policy(stack, "index_upload", lambda _: statements, name="failures")

    def make(lambda_, name):
        lambda_.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": destination}}
        )

    sent = failures(stack, make)
    return lambda: (permitted(), sent())


@defect("SAFETY-4")
def failures_to_a_queue_that_is_not_there(stack):
    """Not there any more: Lambda takes no destination that never was."""
    sqs, arn = stack.client("sqs"), f"{stack.failure_queue_arn}-old"
    queue = sqs.create_queue(QueueName=f"{stack.failure_queue}-old")["QueueUrl"]
    undo = failures_to(stack, arn, allow("sqs:SendMessage", arn))
    sqs.delete_queue(QueueUrl=queue)
    return undo


@defect("SAFETY-4")
def failures_may_not_be_published(stack):
    topic = stack.client("sns").create_topic(Name=f"{stack.name}-failures")["TopicArn"]
    undo = failures_to(stack, topic, allow("sns:Publish", topic))
    denied = extra_policy(stack, "index_upload", {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"})
    return lambda: (denied(), undo(), stack.client("sns").delete_topic(TopicArn=topic))
