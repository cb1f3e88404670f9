"""Variants of the way of events that harm nobody: triggers, and where failed events go."""

from __future__ import annotations

from tests.checks.defects import allow, failures, filtered, harmless, notifications, trigger
from tests.checks.mutations.safety import failures_to, halved


@harmless
def events_spelled_out(stack):
    events = [f"s3:ObjectCreated:{name}" for name in ("Put", "Post", "Copy", "CompleteMultipartUpload")]
    return notifications(
        stack, trigger(Events=[*events, "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"])
    )


@harmless
def notification_with_another_id(stack):
    return notifications(stack, trigger(Id="uploads"))


@harmless
def one_trigger_for_each_kind_of_event(stack):
    return notifications(stack, halved(["s3:ObjectRemoved:*"]))


@harmless
def filter_with_a_capital_letter_and_no_suffix(stack):
    rules = {"Prefix": "incoming/", "Suffix": ""}
    return notifications(stack, trigger(Filter=filtered(**rules)))


@harmless
def dead_letter_queue_instead_of_destination(stack):
    lambda_, name = stack.client("lambda"), stack.functions["index_upload"].name
    lambda_.update_function_configuration(
        FunctionName=name, DeadLetterConfig={"TargetArn": stack.failure_queue_arn}
    )
    undo = failures(stack, lambda client, one: client.delete_function_event_invoke_config(FunctionName=one))

    def back():
        lambda_.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
        undo()

    return back


@harmless
def failures_published_to_a_topic(stack):
    topic = stack.client("sns").create_topic(Name=f"{stack.name}-failures")["TopicArn"]
    undo = failures_to(stack, topic, allow("sns:Publish", topic))
    return lambda: (undo(), stack.client("sns").delete_topic(TopicArn=topic))


@harmless
def failures_kept_after_one_attempt(stack):
    def make(lambda_, name):
        destination = {"OnFailure": {"Destination": stack.failure_queue_arn}}
        lambda_.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=destination
        )

    return failures(stack, make)
