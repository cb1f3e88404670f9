"""Mistakes that learners make in 02_events: each must be refused by its check."""


def find_lines(*lines):
    body = "\n    ".join(lines)
    return f"def find_lines(logs, log_group, text):\n    {body}\n\n\nfind_lines(logs, '/aws/lambda/nobody', 'hello')"


def handler(*lines, imports="from urllib.parse import unquote_plus"):
    body = "\n    ".join(lines)
    return (
        "%%writefile work/functions/index_upload/lambda_function.py\n"
        f"{imports}\n\n\ndef lambda_handler(event, context):\n    {body}\n"
    )


PRINT = (
    "print(f\"index_upload {record['eventName']} key={key!r} event_time={record['eventTime']} "
    "sequencer={thing['sequencer']}\")"
)


def role(*statements):
    return f"""
def deploy_index(stack, variables, code=None):
    objects, bucket = f"arn:aws:s3:::{{stack.upload_bucket}}/{{stack.prefix}}*", f"arn:aws:s3:::{{stack.upload_bucket}}"
    return deploy(stack, "index_upload", [{", ".join(statements)}], variables, code)


deploy_index(stack, {{}}, package(Path("work/functions/index_upload")))
"""


def trigger(
    events='["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]', rules='[{"Name": "prefix", "Value": prefix}]'
):
    return f"""
EVENTS = {events}


def send_events(s3, bucket, function_arn, prefix):
    rule = {{
        "LambdaFunctionArn": function_arn, "Events": EVENTS, "Filter": {{"Key": {{"FilterRules": {rules}}}}},
    }}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={{"LambdaFunctionConfigurations": [rule]}}
    )


attempt(send_events, s3, stack.upload_bucket, index_arn, stack.prefix)
"""


NO_GROUP = ("except logs.exceptions.ResourceNotFoundException:", "    return []")
ALL_PAGES = "logs.get_paginator('filter_log_events').paginate"
WRONG = {
    "events-1": [
        (
            "reads the first page alone",
            find_lines(
                "try:",
                "    page = logs.filter_log_events(logGroupName=log_group, filterPattern=f'\"{text}\"')",
                "    return [event['message'].rstrip() for event in page['events']]",
                *NO_GROUP,
            ),
        ),
        (
            "does not filter",
            find_lines(
                "try:",
                f"    pages = list({ALL_PAGES}(logGroupName=log_group))",
                "    return [event['message'].rstrip() for page in pages for event in page['events']]",
                *NO_GROUP,
            ),
        ),
        (
            "keeps the line breaks",
            find_lines(
                "try:",
                f"    pages = list({ALL_PAGES}(logGroupName=log_group, filterPattern=f'\"{{text}}\"'))",
                "    return [event['message'] for page in pages for event in page['events']]",
                *NO_GROUP,
            ),
        ),
        (
            "looks for the group outside of try",
            find_lines(
                "if log_group.endswith('/nobody'):",
                "    return []",
                f"pages = list({ALL_PAGES}(logGroupName=log_group, filterPattern=f'\"{{text}}\"'))",
                "return [event['message'].rstrip() for page in pages for event in page['events']]",
            ),
        ),
        (
            "forgets the double quotes",
            find_lines(
                "try:",
                f"    pages = list({ALL_PAGES}(logGroupName=log_group, filterPattern=text))",
                "    return [event['message'].rstrip() for page in pages for event in page['events']]",
                *NO_GROUP,
            ),
        ),
        (
            "returns whole events",
            find_lines(
                "try:",
                f"    pages = list({ALL_PAGES}(logGroupName=log_group, filterPattern=f'\"{{text}}\"'))",
                "    return [event for page in pages for event in page['events']]",
                *NO_GROUP,
            ),
        ),
    ],
    "events-2": [
        (
            "does not decode the key",
            handler(
                "for record in event.get('Records', []):",
                "    thing = record['s3']['object']",
                "    key = thing['key']",
                f"    {PRINT}",
            ),
        ),
        (
            "decodes as in an address",
            handler(
                "for record in event.get('Records', []):",
                "    thing = record['s3']['object']",
                "    key = unquote(thing['key'])",
                f"    {PRINT}",
                imports="from urllib.parse import unquote",
            ),
        ),
        (
            "takes the first record alone",
            handler(
                "for record in event.get('Records', [])[:1]:",
                "    thing = record['s3']['object']",
                "    key = unquote_plus(thing['key'])",
                f"    {PRINT}",
            ),
        ),
        (
            "fails without records",
            handler(
                "for record in event['Records']:",
                "    thing = record['s3']['object']",
                "    key = unquote_plus(thing['key'])",
                f"    {PRINT}",
            ),
        ),
        (
            "prints the key without quotes, so that it can pretend to be a line",
            handler(
                "for record in event.get('Records', []):",
                "    thing = record['s3']['object']",
                "    key = unquote_plus(thing['key'])",
                f"    {PRINT}".replace("{key!r}", "{key}"),
            ),
        ),
        (
            "leaves time and sequencer empty",
            handler(
                "for record in event.get('Records', []):",
                "    key = unquote_plus(record['s3']['object']['key'])",
                "    print(f\"index_upload {record['eventName']} key={key!r} event_time={record.get('time')} sequencer=\")",
            ),
        ),
        (
            "replaces pluses alone",
            handler(
                "for record in event.get('Records', []):",
                "    thing = record['s3']['object']",
                "    key = thing['key'].replace('+', ' ')",
                f"    {PRINT}",
            ),
        ),
    ],
    "events-3": [
        ("gives it everything", role('allow(["s3:*"], ["*"])')),
        (
            "lets it write",
            role('allow(["s3:GetObject", "s3:PutObject"], [objects])', 'allow(["s3:ListBucket"], [bucket])'),
        ),
        ("forgets the bucket", role('allow(["s3:GetObject"], [objects])')),
        ("names the bucket as an object", role('allow(["s3:GetObject", "s3:ListBucket"], [objects])')),
        (
            "opens the whole bucket",
            role('allow(["s3:GetObject"], [f"{bucket}/*"])', 'allow(["s3:ListBucket"], [bucket])'),
        ),
        (
            "takes every kind of reading",
            role('allow(["s3:Get*"], [objects])', 'allow(["s3:List*"], [bucket])'),
        ),
        (
            "lets it delete tables as well",
            role(
                'allow(["s3:GetObject"], [objects])',
                'allow(["s3:ListBucket"], [bucket])',
                'allow(["dynamodb:*"], ["*"])',
            ),
        ),
    ],
    "events-4": [
        ("forgets the filter", trigger(rules="[]")),
        ("begins the prefix with a slash", trigger(rules='[{"Name": "prefix", "Value": f"/{prefix}"}]')),
        ("tells of uploads alone", trigger(events='["s3:ObjectCreated:*"]')),
        ("takes the prefix for a suffix", trigger(rules='[{"Name": "suffix", "Value": ".txt"}]')),
        ("forgets the slash", trigger(rules='[{"Name": "prefix", "Value": prefix.rstrip("/")}]')),
        ("hears of plain PUTs alone", trigger(events='["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]')),
        (
            "hears of pictures alone",
            trigger(rules='[{"Name": "prefix", "Value": prefix}, {"Name": "suffix", "Value": ".jpg"}]'),
        ),
    ],
    "events-5": [
        (
            "removes the trigger",
            "s3.put_bucket_notification_configuration(Bucket=scratch_bucket, NotificationConfiguration={})",
        ),
        ("names the copies", 'attempt(send_events, s3, scratch_bucket, scratch_arn, "small-")'),
        (
            "names a part of what copies begin with",
            'attempt(send_events, s3, scratch_bucket, scratch_arn, "s")',
        ),
        ("names another folder", 'attempt(send_events, s3, scratch_bucket, scratch_arn, "incoming/")'),
        ("leaves the prefix empty", 'attempt(send_events, s3, scratch_bucket, scratch_arn, "")'),
        (
            "limits the upload bucket instead",
            'attempt(send_events, s3, stack.upload_bucket, index_arn, "originals/")',
        ),
    ],
}
