"""Functions for tests: code as text, a role of its own, real processes."""

import io
import json
import time
import urllib.request
import uuid
import zipfile

import boto3

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}


def package(code, name="handler.py"):
    """A deployment package with one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, code)
    return buffer.getvalue()


def make_role(*statements):
    """A role that Lambda may assume, with these rights; its ARN."""
    iam, name = boto3.client("iam"), f"test-{uuid.uuid4().hex[:10]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
    return role


def make_function(code, *statements, **settings):
    """A function that runs ``handler`` of this code, with a right to write logs unless others are given."""
    name = settings.pop("FunctionName", f"test-{uuid.uuid4().hex[:10]}")
    boto3.client("lambda").create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "handler.handler",
            "Role": settings.pop("Role", None) or make_role(*(statements or (LOGS,))),
            "Code": {"ZipFile": package(code)},
            "Timeout": 10,
        }
        | settings
    )
    return name


def invoke(name, event=None, **more):
    """Invoke a function and wait: (payload, the whole answer)."""
    answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
    body = answer["Payload"].read()
    return (json.loads(body) if body else None), answer


def log_events(name, wanted=None, seconds=20):
    """A function's log, oldest first; with ``wanted``, as soon as one of its lines has that."""
    client, until = boto3.client("logs"), time.monotonic() + seconds
    while True:
        try:
            found = client.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except client.exceptions.ResourceNotFoundException:
            found = []
        messages = [event["message"] for event in found]
        if wanted is None or any(wanted in message for message in messages) or time.monotonic() > until:
            return messages
        time.sleep(0.05)


def eventually(look, seconds=30):
    """What ``look`` returns, as soon as that is something."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def scale(running, factor):
    """Let the waits between attempts take another share of their time in a cloud."""
    asked = json.dumps({"scale": factor}).encode()
    urllib.request.urlopen(f"{running.endpoint_url}/_cloud/clock", asked).close()
