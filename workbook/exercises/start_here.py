"""Exercises of 00_start_here: how an exercise, a check and a hint work."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import urllib3

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes

CHECKED = "from the check.txt"  # the file that the check uploads


def names_the_invoked_function(stack: Stack, invoked_by_s3: Callable[[], Any]) -> Outcome:
    """Ask S3 whom it invokes."""
    looked = f"the notification configuration of `{stack.upload_bucket}`"
    said = invoked_by_s3()
    if said is None:
        return not_yet(looked, "your function returns nothing yet", 'Return a text, such as `"list_files"`.')
    rules = stack.client("s3").get_bucket_notification_configuration(Bucket=stack.upload_bucket)
    arns = [rule["LambdaFunctionArn"] for rule in rules.get("LambdaFunctionConfigurations", [])]
    invoked = [short for short in stack.functions if stack.function_arn(short) in arns]
    if said not in invoked:
        next_step = "Read the diagram again: which function does the arrow from the bucket lead to?"
        return partly(looked, f"S3 invokes a function, and it is not {said!r}", next_step, done=0.0)
    return passes(looked, f"S3 invokes {said!r} for what arrives under `{stack.prefix}`")


def uploads_a_file(stack: Stack, upload: Callable[[str, str, bytes], Any]) -> Outcome:
    """Upload a file of random content with the learner's function, and read it from the bucket."""
    api = stack.client("apigatewayv2")
    url = api.get_api(ApiId=find_api(api, stack.api_name))["ApiEndpoint"]
    content = secrets.token_hex(8).encode()
    key = upload(url, CHECKED, content)
    looked = f"what your function put into `{stack.upload_bucket}`"
    if key is None:
        return not_yet(looked, "it returns no key yet", 'Return `ticket["object_key"]` at the end.')
    s3 = stack.client("s3")
    found = s3.list_objects_v2(Bucket=stack.upload_bucket, Prefix=str(key)).get("Contents", [])
    if str(key) not in [one["Key"] for one in found]:
        next_step = "Send the content with PUT to the ticket's `url`, with the ticket's `headers`."
        return partly(looked, "there is a ticket, but no object under its key", next_step)
    if not str(key).endswith(f"/{CHECKED}"):
        next_step = "Ask for the ticket with the `name` and the `content` that your function was given."
        return partly(
            looked, f"the file is called `{str(key).rpartition('/')[2]}`, not `{CHECKED}`", next_step
        )
    stored = s3.get_object(Bucket=stack.upload_bucket, Key=key)["Body"].read()
    if stored != content:
        return partly(looked, "the object holds something else than `content`", "Send `content` as the body.")
    urllib3.request("DELETE", f"{url}/files/{quote(key)}", timeout=60)
    return passes(looked, "the file, byte for byte; the check has removed it again")


EXERCISES = (
    Exercise(
        id="start_here-1",
        title="Name the function that S3 invoked",
        look=names_the_invoked_function,
        why="Nobody calls this function by name. When a file does not show up in the list, it is the first suspect.",
        where="00_start_here, 'Find the trace of the event'",
        hints=(
            "The diagram has an arrow that leaves the bucket by itself.",
            "In step 3 you read a line of this function's log group.",
            'It is `"index_upload"`.',
        ),
    ),
    Exercise(
        id="start_here-2",
        title="Upload a file with your own code",
        look=uploads_a_file,
        why="Two requests, one to the API and one to S3, are all that a browser needs. You'll build both ends.",
        where="00_start_here, 'Ask for a ticket' and 'Send the file straight to S3'",
        hints=(
            "Two requests: POST to `/uploads` for a ticket, then PUT to the ticket's `url`.",
            "The ticket is for a size: `len(content)`. The PUT needs the ticket's `headers`.",
            '`http.request("PUT", ticket["url"], body=content, headers=ticket["headers"])`',
        ),
        points=2,
    ),
)
