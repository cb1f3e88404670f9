"""Mistakes that learners make in 09_review: each must be refused by its check."""

LOG = """
found = wait_for(lambda: logs.filter_log_events(
    logGroupName=stack.functions["{short}"].log_group, filterPattern=f'"{{key}}"')["events"])
stream = logs.get_log_events(
    logGroupName=stack.functions["{short}"].log_group, logStreamName=found[0]["logStreamName"], startFromHead=True
)["events"]
starts = [event["message"].split()[2] for event in stream if event["message"].startswith("START")]
request_id = {which}
"""
LISTS = """
def list_sharded(table, bucket, shards, prefix, limit):
    found = []
    for shard in range({shards}):
        condition = Key("bucket").eq(f"{{bucket}}#{{shard}}"){prefix}
        page = table.query(KeyConditionExpression=condition{limit})
        found += [item["object_key"] for item in page["Items"]]
    return {answer}
"""
PREFIX = ' & Key("object_key").begins_with(prefix)'
SCAN = """
def list_sharded(table, bucket, shards, prefix, limit):
    found = [item["object_key"] for item in table.scan()["Items"] if item["bucket"].startswith(bucket)]
    return sorted(key for key in found if key.startswith(prefix))[:limit]
"""
FOUR = """
lines = '''
The frontend is a static site hosted on S3.
API Gateway routes each request to its Lambda function.
Files are stored in a private S3 bucket.
DynamoDB keeps a metadata record of every file.
'''
"""


def lists(shards="shards", prefix=PREFIX, limit=", Limit=limit", answer="sorted(found)[:limit]"):
    return LISTS.format(shards=shards, prefix=prefix, limit=limit, answer=answer)


def break_even(formula):
    return f"def break_even(unit_hour, million_requests):\n    return {formula}"


WRONG = {
    "review-1": [
        ("gives the line instead of the id", LOG.format(short="index_upload", which='found[0]["message"]')),
        ("takes the ticket's request", LOG.format(short="create_upload", which="starts[-1]")),
        ("takes the first request of the stream", LOG.format(short="index_upload", which="starts[0]")),
    ],
    "review-2": [
        ("asks the first shard alone", lists(shards="1")),
        ("does not sort", lists(answer="found[:limit]")),
        ("asks each shard for its part of the limit", lists(limit=", Limit=max(1, limit // shards)")),
        ("forgets the prefix", lists(prefix="")),
        ("reads every shard to its end", lists(limit="")),
        ("scans the table", SCAN),
        ("gives the items of one shard after the other", lists(answer="sorted(found)[-limit:]")),
        (
            "lets a paginator read to the end",
            lists(limit="").replace(
                'page = table.query(KeyConditionExpression=condition)\n        found += [item["object_key"] for item in page["Items"]]',
                'pages = table.meta.client.get_paginator("query").paginate(TableName=table.name, KeyConditionExpression=condition)\n'
                '        found += [item["object_key"] for page in pages for item in page["Items"]]',
            ),
        ),
    ],
    "review-3": [
        ("turns it upside down", break_even("3600 * million_requests / 1_000_000 / unit_hour")),
        ("takes an hour for a minute", break_even("unit_hour / (60 * million_requests / 1_000_000)")),
        ("gives per cent", break_even("100 * unit_hour / (3600 * million_requests / 1_000_000)")),
        ("writes the number down", break_even("0.2889")),
        ("takes a unit for a million", break_even("unit_hour / million_requests")),
    ],
    "review-4": [
        ("forgets monitoring", FOUR),
        (
            "names no service",
            "lines = 'There is a page.\\nThere is an API.\\nFiles are stored.\\nRecords are kept.'",
        ),
        ("hosts it on CloudFront", FOUR.replace("hosted on S3", "hosted on CloudFront")),
        ("says one thing five times", "lines = 'CloudWatch has the logs.\\n' * 5"),
    ],
    "review-5": [
        ("answers one question", 'quiz.answer("API Gateway")'),
        (
            "answers the first choice each time",
            "quiz.restart()\nfor _ in range(5):\n    quiz.answer(quiz.choices[0])\n    quiz.next()",
        ),
    ],
}
