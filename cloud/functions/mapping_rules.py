"""What Lambda refuses of an event source mapping, in Lambda's words.

Each sentence is from what AWS answered somebody: https://github.com/ansible-collections/amazon.aws/issues/1995,
https://github.com/aws/aws-lambda-dotnet/pull/1758, https://github.com/winglang/wing/issues/7178,
https://github.com/winglang/wing/issues/1507, https://github.com/motdotla/node-lambda/issues/466,
https://github.com/hashicorp/terraform-provider-aws/issues/22373, https://github.com/anomalyco/sst/issues/5737,
https://github.com/awsdocs/aws-lambda-developer-guide/issues/237,
https://github.com/DataBiosphere/azul/issues/3399, https://github.com/aws/serverless-application-model/issues/1320.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.functions.mappings import EventSourceMapping, kind_of_source
from cloud.functions.refusals import refused
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Policy

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.functions.lambda_service import Function

ELSEWHERE = ("kafka", "kinesis", "mq", "rds")  # sources that Lambda reads and this cloud does not have
QUEUE_NEEDS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
STREAM_NEEDS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards", "ListStreams")
MOST_WITHOUT_WINDOW = 10  # messages in a batch for which Lambda does not wait


def invalid(message: str) -> AwsError:
    return refused("InvalidParameterValueException", message)


def check_source(asked: dict[str, Any]) -> None:
    """Refuse what is no event source, and settings that the kind of source does not have."""
    arn = str(asked.get("EventSourceArn") or "")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if asked.get("SelfManagedEventSource") or service in ELSEWHERE:
        what = service or "self-managed Kafka"
        raise AwsError("NotImplemented", f"The embedded cloud has no event source of {what}.", 501)
    kind = kind_of_source(arn)
    if kind is None:
        raise invalid("Unrecognized event source.")
    if kind == "sqs" and asked.get("StartingPosition"):
        raise invalid("StartingPosition is not valid for SQS event sources.")
    if kind == "dynamodb" and not asked.get("StartingPosition"):
        wanted = "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
        raise invalid(f"1 validation error detected: {wanted}")
    if kind == "dynamodb" and asked["StartingPosition"] == "AT_TIMESTAMP":
        raise invalid(f"Unsupported starting position for arn type: {arn}")


def check_settings(mapping: EventSourceMapping) -> None:
    """Refuse settings that do not go together, or not with the kind of source."""
    if mapping.kind == "sqs":
        if mapping.source.endswith(".fifo") and mapping.window:
            raise invalid("Batching window is not supported for FIFO queues")
        if mapping.batch_size > MOST_WITHOUT_WINDOW and not mapping.window:
            message = (
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
                f"than {MOST_WITHOUT_WINDOW}"
            )
            raise invalid(message)
    destinations = mapping.settings.get("DestinationConfig") or {}
    if destinations.get("OnSuccess") or (destinations.get("OnFailure") and mapping.kind == "sqs"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    if any(moto_side.event_pattern(pattern) is None for pattern in mapping.patterns):
        raise invalid("Invalid filter pattern definition.")


def check_reach(account: Account, function: Function, mapping: EventSourceMapping) -> None:
    """Refuse a source that the function's role may not read, or that is not there."""
    if mapping.kind == "sqs":
        if operation := lacks_on_queue(account, function, mapping.source):
            message = f"The function execution role does not have permissions to call {operation} on SQS"
            raise invalid(message)
        queue = moto_side.queue(mapping.source)
        if queue is None:
            message = (
                "Error occurred while ReceiveMessage. SQS Error Code: "
                "AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist."
            )
            raise invalid(message)
        hidden, most = int(queue.visibility_timeout), function.settings.timeout
        if hidden < most:
            message = (
                f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {most} seconds"
            )
            raise invalid(message)
    elif not all(_may(account, function, f"dynamodb:{one}", mapping.source) for one in STREAM_NEEDS):
        message = (
            f"Cannot access stream {mapping.source}. Please ensure the role can perform the GetRecords, "
            "GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM."
        )
        raise invalid(message)
    elif moto_side.stream(mapping.source, account.region) is None:
        raise invalid(f"Stream not found: {mapping.source}")


def lacks_on_queue(account: Account, function: Function, queue_arn: str) -> str:
    """The operation on a queue that a function's role may not call; empty when it may read the queue."""
    policies = []
    if text := moto_side.queue_policy(queue_arn):
        policies.append(Policy(engine.parse(text), "resource", "queue policy"))
    for operation in QUEUE_NEEDS:
        if not _may(account, function, f"sqs:{operation}", queue_arn, policies):
            return operation
    return ""


def _may(
    account: Account, function: Function, action: str, resource: str, policies: list[Policy] | None = None
) -> bool:
    return account.authorizer.decide(Ask(function.role, action, (resource,)), policies or []).allowed


def check_new(account: Account, mapping: EventSourceMapping, name: str) -> None:
    """Refuse a second mapping between a source and a function. ``name`` is the function's, as given."""
    for other in account.mappings.all():
        if (other.source, other.function) != (mapping.source, mapping.function):
            continue
        between = f'(" {mapping.source} ") and function (" {name} ")'
        told = (
            f"An event source mapping with SQS arn {between} already exists."
            if mapping.kind == "sqs"
            else f"The event source arn {between} provided mapping already exists."
        )
        message = f"{told} Please update or delete the existing mapping with UUID {other.uuid}"
        raise refused("ResourceConflictException", message, 409)
