"""Right answers to 09_review in other words: each must pass its check."""

RIGHT = {
    "review-1": [
        (
            "walks back from the line",
            """
group = stack.functions["index_upload"].log_group
pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
events = wait_for(lambda: [e for page in pages for e in page["events"]] , seconds=60)
[found] = [e for e in events if key in e["message"]][:1]
same = [e["message"] for e in events if e["logStreamName"] == found["logStreamName"]]
above = same[: same.index(found["message"])]
request_id = next(line for line in reversed(above) if line.startswith("START")).split(" ")[2]
""",
        ),
    ],
    "review-2": [
        (
            "merges what is sorted already",
            """
import heapq
from itertools import islice


def list_sharded(table, bucket, shards, prefix, limit):
    def keys(shard):
        asked = {
            "KeyConditionExpression": "#b = :b AND begins_with(object_key, :p)",
            "ExpressionAttributeNames": {"#b": "bucket"},
            "ExpressionAttributeValues": {":b": f"{bucket}#{shard}", ":p": prefix},
            "Limit": limit,
        }
        return [item["object_key"] for item in table.query(**asked)["Items"]]

    return list(islice(heapq.merge(*(keys(shard) for shard in range(shards))), limit))


list_sharded(table, DEMO, SHARDS, "incoming/", 5)
""",
        ),
        (
            "turns small pages, and stops when it has enough",
            """
def list_sharded(table, bucket, shards, prefix, limit):
    found = []
    for shard in range(shards):
        mine, more = [], {}
        while len(mine) < limit and more is not None:
            page = table.query(
                KeyConditionExpression=Key("bucket").eq(f"{bucket}#{shard}") & Key("object_key").begins_with(prefix),
                Limit=min(3, limit - len(mine)),
                **more,
            )
            mine += [item["object_key"] for item in page["Items"]]
            last = page.get("LastEvaluatedKey")
            more = {"ExclusiveStartKey": last} if last else None
        found += mine
    found.sort()
    return found[:limit]


list_sharded(table, DEMO, SHARDS, "incoming/", 5)
""",
        ),
    ],
    "review-3": [
        (
            "compares what one request costs",
            """
def break_even(unit_hour, million_requests):
    one_rented = unit_hour / 3600
    one_on_demand = million_requests / 1e6
    return one_rented / one_on_demand
""",
        ),
    ],
    "review-4": [
        (
            "labels each line",
            '''
lines = """
Frontend hosting: static website in an S3 bucket
API: API Gateway (HTTP API) in front of five Lambda functions
File storage: a private S3 bucket with presigned URLs
Metadata: DynamoDB, partition key bucket and sort key object_key
Monitoring: CloudWatch Logs, metrics and alarms
"""
''',
        ),
        (
            "writes sentences in another order, with AWS's full names",
            '''
lines = """
1. When something fails I look at Amazon CloudWatch: logs, metrics and six alarms.
2. The browser loads the page from Amazon S3 static website hosting.
3. It then calls routes such as GET /files of an Amazon API Gateway HTTP API, which invokes AWS Lambda.
4. Uploaded files go straight into a second, private Amazon S3 bucket through presigned URLs.
5. Amazon DynamoDB holds one metadata item per file, written by a Lambda function that S3 events start.
"""
''',
        ),
    ],
    "review-5": [
        (
            "tries every choice until one is right",
            """
quiz.restart()
for question in range(5):
    for choice in quiz.choices:
        if quiz.answer(choice).startswith("Right"):
            break
    quiz.next()
""",
        ),
    ],
}  # fmt: skip
