"""Events layer: S3 tells a function what arrives and what goes under incoming/."""

from dashboard.stack.functions import deploy, permit
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


def build(stack: Stack) -> None:
    """Deploy the index function and let the bucket invoke it, for its prefix alone. Safe to run twice."""
    lambda_, s3, bucket = stack.client("lambda"), stack.client("s3"), stack.upload_bucket
    arn = deploy_index(stack, environment(lambda_, stack.functions["index_upload"].name))
    permit(lambda_, arn, "s3", "s3.amazonaws.com", f"arn:aws:s3:::{bucket}", stack.account_id)
    send_events(s3, bucket, arn, stack.prefix)


def deploy_index(stack, variables, code=None):
    """Deploy the function that S3 triggers. It may look at uploads, and never write where they arrive."""
    objects = f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"
    look = allow(["s3:GetObject"], [objects])
    tell_missing_from_forbidden = allow(["s3:ListBucket"], [f"arn:aws:s3:::{stack.upload_bucket}"])
    return deploy(stack, "index_upload", [look, tell_missing_from_forbidden], variables, code)


def send_events(s3, bucket, function_arn, prefix):
    """Invoke the function for objects under the prefix, and no others."""
    rule = {
        "Id": "index-upload",
        "LambdaFunctionArn": function_arn,
        "Events": EVENTS,
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )


def environment(lambda_, function):
    """The environment variables of a function; empty when there is no such function yet."""
    try:
        found = lambda_.get_function_configuration(FunctionName=function)
    except lambda_.exceptions.ResourceNotFoundException:
        return {}
    return found.get("Environment", {}).get("Variables", {})
