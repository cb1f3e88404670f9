"""The actions that roles are judged by: what can be done to what, and what each function needs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.patterns import like

SAMPLE = "audit"  # stands where a policy has a wildcard
OBJECT = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
BUCKET = ("s3:ListBucket", "s3:DeleteBucket", "s3:PutBucketPolicy")
TABLE = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
)
FUNCTION = ("lambda:InvokeFunction", "lambda:UpdateFunctionCode")
ROLE = ("iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole")
QUEUE = ("sqs:SendMessage", "sqs:ReceiveMessage")
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogGroup")
# What only reports is nobody's loss: AWS's own AWSLambdaBasicExecutionRole allows it on every log group.
TELEMETRY = {
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "cloudwatch:PutMetricData",
}
# What a pattern like "s3:PutObject*" or "dynamodb:Batch*" means beside the actions above.
SIBLINGS = (
    "s3:GetObjectAcl",
    "s3:GetObjectVersion",
    "s3:PutObjectAcl",
    "s3:DeleteObjectVersion",
    "s3:ListBucketVersions",
    "s3:GetBucketPolicy",
    "s3:PutBucketNotification",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:DescribeTable",
    "dynamodb:UpdateTable",
    "lambda:GetFunction",
)
# What a whole service given away means, for services that no function here has to do with.
ELSEWHERE = (
    "ec2:RunInstances",
    "sns:Publish",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "events:PutEvents",
    "kinesis:PutRecord",
    "states:StartExecution",
    "ses:SendEmail",
    "rds:DeleteDBInstance",
    "ecs:RunTask",
    "cloudformation:CreateStack",
    "route53:ChangeResourceRecordSets",
    "bedrock:InvokeModel",
    "apigateway:DELETE",
    "cloudwatch:DeleteAlarms",
    "xray:GetTraceSummaries",
)
SPELLING = {
    action.lower(): action
    for action in (
        *OBJECT,
        *BUCKET,
        *TABLE,
        *FUNCTION,
        *ROLE,
        *QUEUE,
        *LOGS,
        *TELEMETRY,
        *SIBLINGS,
        *ELSEWHERE,
    )
}
DANGERS = {"s3:DeleteBucket", "dynamodb:DeleteTable", "iam:PassRole"}  # on whatever it may be
NEEDED: Mapping[str, tuple[tuple[str, str], ...]] = {  # what each function's code does: (action, on what)
    "create_upload": (("s3:PutObject", "upload"),),
    "list_files": (("dynamodb:Query", "table"),),
    "get_file": (("dynamodb:GetItem", "table"), ("s3:GetObject", "upload")),
    "delete_file": (("s3:DeleteObject", "upload"), ("dynamodb:DeleteItem", "table")),
    "index_upload": (
        ("s3:GetObject", "upload"),
        ("s3:ListBucket", "upload bucket"),  # without it a missing object is 403, not 404
        ("dynamodb:PutItem", "table"),
        ("dynamodb:DeleteItem", "table"),
    ),
}


def fits(action: str, resource: str) -> bool:
    """Whether an action can be done to a resource of this kind: objects are not tables."""
    service = action.partition(":")[0]
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[2] != service:
        return service in ("sts", "iam") and len(parts) > 2 and parts[2] == "iam"
    return service != "s3" or ("/" in parts[5]) == ("Object" in action)


def meanings(pattern: str) -> set[str]:
    """The actions that a pattern means, of those known here; else one that is made of the pattern."""
    known = {one for one in SPELLING.values() if like(pattern, one)}
    return known or {re.sub(r"[*?]+", SAMPLE.title(), pattern)}


def spelled(action: str) -> str:
    """An action as it is asked about here, in whatever case a policy writes it."""
    return SPELLING.get(action.lower(), action)


def sending(destination: str) -> tuple[tuple[str, str], ...]:
    """What a role must be allowed to do, and where, for Lambda to send failed events to a destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    service = destination.split(":")[2]
    if service == "s3":
        return ("s3:PutObject", f"{destination}/aws/lambda/async/{SAMPLE}"), ("s3:ListBucket", destination)
    action = {
        "sqs": "sqs:SendMessage",
        "sns": "sns:Publish",
        "lambda": "lambda:InvokeFunction",
        "events": "events:PutEvents",
    }[service]
    return ((action, destination),)
