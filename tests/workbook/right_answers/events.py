"""Right answers to 02_events in other words: each must pass its check."""

RIGHT = {
    "events-1": [
        (
            "turns the pages by hand",
            """
def find_lines(logs, log_group, text):
    lines, more = [], {}
    while True:
        try:
            page = logs.filter_log_events(logGroupName=log_group, filterPattern='"' + text + '"', **more)
        except logs.exceptions.ResourceNotFoundException:
            return []
        for event in page["events"]:
            lines.append(event["message"].strip())
        if "nextToken" not in page:
            return lines
        more = {"nextToken": page["nextToken"]}


find_lines(logs, "/aws/lambda/nobody", "hello")
""",
        ),
        (
            "picks the lines itself, and catches any ClientError",
            """
from botocore.exceptions import ClientError


def find_lines(logs, log_group, text):
    try:
        pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=log_group))
    except ClientError:
        return []
    lines = (event["message"].rstrip("\\n") for page in pages for event in page["events"])
    return [line for line in lines if text in line]


find_lines(logs, "/aws/lambda/nobody", "hello")
""",
        ),
    ],
    "events-2": [
        (
            "builds the line from parts",
            """%%writefile work/functions/index_upload/lambda_function.py
import urllib.parse


def lambda_handler(event, context):
    if "Records" not in event:
        return
    for record in event["Records"]:
        what = record["s3"]["object"]
        key = urllib.parse.unquote_plus(what["key"], encoding="utf-8")
        parts = ["index_upload", record["eventName"], "key=" + repr(key)]
        parts += ["event_time=" + record["eventTime"], "sequencer=" + what["sequencer"]]
        print(*parts)
""",
        ),
        (
            "logs instead of printing",
            """%%writefile work/functions/index_upload/lambda_function.py
import logging
from urllib.parse import unquote_plus

logger = logging.getLogger()
logger.setLevel("INFO")


def lambda_handler(event, context):
    for record in event.get("Records") or []:
        what = record["s3"]["object"]
        logger.info(
            "index_upload %s key=%r event_time=%s sequencer=%s",
            record["eventName"],
            unquote_plus(what["key"]),
            record["eventTime"],
            what["sequencer"],
        )
""",
        ),
    ],
    "events-3": [
        (
            "writes the statements itself",
            """
def deploy_index(stack, variables, code=None):
    bucket = f"arn:aws:s3:::{stack.upload_bucket}"
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/{stack.prefix}*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
    ]
    return deploy(stack, "index_upload", statements, variables, code)


deploy_index(stack, {}, package(Path("work/functions/index_upload")))
""",
        ),
        (
            "puts both into one statement, whose pairs mean nothing else",
            """
def deploy_index(stack, variables, code=None):
    bucket = f"arn:aws:s3:::{stack.upload_bucket}"
    both = allow(["s3:ListBucket", "s3:GetObject"], [bucket, f"{bucket}/{stack.prefix}*"])
    return deploy(stack, "index_upload", [both], variables, code)


deploy_index(stack, {}, package(Path("work/functions/index_upload")))
""",
        ),
    ],
    "events-4": [
        (
            "uses the resource",
            """
EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


def send_events(s3, bucket, function_arn, prefix):
    only = {"Key": {"FilterRules": [{"Name": "Prefix", "Value": prefix}]}}
    rule = dict(Id="index-upload", LambdaFunctionArn=function_arn, Events=EVENTS, Filter=only)
    boto3.resource("s3").BucketNotification(bucket).put(
        NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )


attempt(send_events, s3, stack.upload_bucket, index_arn, stack.prefix)
""",
        ),
        (
            "makes one rule a kind",
            """
EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


def send_events(s3, bucket, function_arn, prefix):
    rules = [
        {
            "Id": f"index-upload-{number}",
            "LambdaFunctionArn": function_arn,
            "Events": [event],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
        }
        for number, event in enumerate(EVENTS)
    ]
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": rules}
    )


attempt(send_events, s3, stack.upload_bucket, index_arn, stack.prefix)
""",
        ),
    ],
    "events-5": [
        ("names its arguments", "send_events(s3=s3, bucket=scratch_bucket, function_arn=scratch_arn, prefix='originals/')"),
        (
            "changes the rule that is there",
            """
found = s3.get_bucket_notification_configuration(Bucket=scratch_bucket)
[rule] = found["LambdaFunctionConfigurations"]
rule["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "originals/"}]}}
s3.put_bucket_notification_configuration(
    Bucket=scratch_bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
)
""",
        ),
    ],
}  # fmt: skip
