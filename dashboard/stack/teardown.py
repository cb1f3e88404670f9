"""Taking a stack down: everything that its layers made, and everything that fell into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from dashboard.stack.api import find_api
from dashboard.stack.names import Stack

GONE = {"NoSuchBucket", "NoSuchEntity", "NoSuchUpload", "NotFoundException", "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException", "404"}  # fmt: skip


def destroy(stack: Stack, progress: Callable[[str], object] | None = None) -> None:
    """Remove the whole stack, or what there is of it. Safe to run twice.

    What calls goes before what is called, so that nothing is invoked half way.
    """
    say = progress or (lambda _: None)
    say("API")
    while api_id := find_api(stack.client("apigatewayv2"), stack.api_name):
        stack.client("apigatewayv2").delete_api(ApiId=api_id)
    for bucket in (stack.site_bucket, stack.upload_bucket):
        say(f"bucket {bucket}")
        empty_bucket(stack.client("s3"), bucket)
        if_there(stack.client("s3").delete_bucket, Bucket=bucket)
    for function in stack.functions.values():
        say(f"function {function.name}")
        if_there(stack.client("lambda").delete_function, FunctionName=function.name)
        delete_role(stack.client("iam"), function.role)
    say(f"table {stack.table}")
    if if_there(stack.client("dynamodb").delete_table, TableName=stack.table):
        stack.client("dynamodb").get_waiter("table_not_exists").wait(TableName=stack.table)
    say("monitoring")
    stack.client("cloudwatch").delete_alarms(AlarmNames=alarm_names(stack))
    if found := if_there(stack.client("sqs").get_queue_url, QueueName=stack.failure_queue):
        stack.client("sqs").delete_queue(QueueUrl=found["QueueUrl"])
    for function in stack.functions.values():  # last: a function may have said something until now
        if_there(stack.client("logs").delete_log_group, logGroupName=function.log_group)


def leftovers(stack: Stack) -> list[str]:
    """What of the stack is still there, one line each."""
    return list(found(stack))


def found(stack: Stack) -> Iterator[str]:
    if find_api(stack.client("apigatewayv2"), stack.api_name):
        yield f"HTTP API {stack.api_name}"
    for bucket in (stack.site_bucket, stack.upload_bucket):
        if if_there(stack.client("s3").head_bucket, Bucket=bucket):
            yield f"bucket {bucket}"
    for function in stack.functions.values():
        if if_there(stack.client("lambda").get_function_configuration, FunctionName=function.name):
            yield f"function {function.name}"
        if if_there(stack.client("iam").get_role, RoleName=function.role):
            yield f"role {function.role}"
        groups = stack.client("logs").describe_log_groups(logGroupNamePrefix=function.log_group)["logGroups"]
        if any(group["logGroupName"] == function.log_group for group in groups):
            yield f"log group {function.log_group}"
    if if_there(stack.client("dynamodb").describe_table, TableName=stack.table):
        yield f"table {stack.table}"
    for alarm in stack.client("cloudwatch").describe_alarms(AlarmNames=alarm_names(stack))["MetricAlarms"]:
        yield f"alarm {alarm['AlarmName']}"
    if if_there(stack.client("sqs").get_queue_url, QueueName=stack.failure_queue):
        yield f"queue {stack.failure_queue}"


def alarm_names(stack):
    return [f"{function.name}-errors" for function in stack.functions.values()] + [f"{stack.name}-api-5xx"]


def empty_bucket(s3, bucket):
    """Remove every object, every version, and every upload that was begun and not finished."""
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            listed = page.get("Versions", []) + page.get("DeleteMarkers", [])
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise


def delete_role(iam, role):
    """Remove a role with all that is attached to it."""
    try:
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
        for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=role)
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise


def if_there(call, **asked):
    """Call, and return the answer; None when the thing is not there."""
    try:
        return call(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return None
