"""Monitoring layer: logs that end, alarms that ring, and a queue for events that nobody could handle."""

from dashboard.stack.api import find_api
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow, grant

RETENTION_DAYS = 14


def build(stack: Stack) -> None:
    """Set retention, alarms and the failure destination. Safe to run twice."""
    cloudwatch = stack.client("cloudwatch")
    for function in stack.functions.values():
        keep_logs(stack.client("logs"), function.log_group, RETENTION_DAYS)
        watch(
            cloudwatch, f"{function.name}-errors", "AWS/Lambda", "Errors",
            {"FunctionName": function.name}, stack.tag_list,
        )  # fmt: skip
    api_id = find_api(stack.client("apigatewayv2"), stack.api_name)
    watch(cloudwatch, f"{stack.name}-api-5xx", "AWS/ApiGateway", "5xx", {"ApiId": api_id}, stack.tag_list)
    queue_arn = create_queue(stack.client("sqs"), stack.failure_queue, stack.tags)
    index = stack.functions["index_upload"]
    grant(stack.client("iam"), index.role, "failures", [allow(["sqs:SendMessage"], [queue_arn])])
    send_failures(stack.client("lambda"), index.name, queue_arn)


def keep_logs(logs, log_group, days):
    """Keep log events for some days, not for ever and not for nothing."""
    logs.put_retention_policy(logGroupName=log_group, retentionInDays=days)


def watch(cloudwatch, name, namespace, metric, dimensions, tags=()):
    """Ring when a metric's sum is above zero within five minutes."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Sum",
        Period=300,  # seconds
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Tags=list(tags),
    )


def create_queue(sqs, name, tags=None):
    """Create a queue, or find it, and return its ARN."""
    url = sqs.create_queue(QueueName=name, tags=tags or {})["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def send_failures(lambda_, function, queue_arn):
    """After three attempts, put the event where somebody can find it. Loops are stopped by Lambda itself."""
    lambda_.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    lambda_.put_function_recursion_config(FunctionName=function, RecursiveLoop="Terminate")
