"""For every fuzz test: how many examples, a request of the owner's, and what an answer has to look like.

FUZZ_EXAMPLES=20000 makes a run of minutes; as it stands it takes some seconds.
"""

import contextlib
import json
import os
from xml.etree import ElementTree

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings

from tests.cloud.s3.conftest import ask

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
BUCKET = "fuzzed"
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def words(text):
    return text.split()


def clients(running):
    keys = {
        "endpoint_url": running.endpoint_url,
        "region_name": running.region,
        "aws_access_key_id": running.credentials.access_key_id,
        "aws_secret_access_key": running.credentials.secret_access_key,
    }
    return lambda service: boto3.client(service, **keys)


def revive(running):
    """Make what an example may have deleted."""
    client = clients(running)
    attempts = [
        lambda: client("s3").create_bucket(Bucket=BUCKET),
        lambda: client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"meow"),
        lambda: client("dynamodb").create_table(
            TableName=BUCKET,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        ),
        lambda: client("logs").create_log_group(logGroupName=BUCKET),
        lambda: client("iam").create_user(UserName=BUCKET),
        lambda: client("apigatewayv2").create_api(Name=BUCKET, ProtocolType="HTTP"),
    ]
    for attempt in attempts:
        with contextlib.suppress(ClientError):  # it is there
            attempt()


def shaped(status, headers, body):
    """Whether an answer is a success, or an error as some service of AWS words it."""
    if status < 400:
        return True
    kind = headers.get("content-type", "")
    if "xml" in kind:
        root = ElementTree.fromstring(body)
        return bool(root.findtext(".//{*}Code"))
    if "json" in kind:
        said = json.loads(body)
        return bool(said.get("__type") or headers.get("x-amzn-errortype") or "message" in said)
    return status == 421 or (not body and status in (403, 404, 405, 400, 412))


def check(answer, method):
    told = f"{answer.status} {answer.headers} {answer.body[:500]!r}"
    assert answer.status < 500 or answer.status == 501, told
    assert method == "HEAD" or shaped(answer.status, answer.headers, answer.body), told


def signed(running, service, method, path, body=b"", **headers):
    """Send a request that the owner signed: what is wrong with it is not its signature."""
    keys = Credentials(running.credentials.access_key_id, running.credentials.secret_access_key)
    url = f"{running.endpoint_url}{path}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, url, data=body, headers=sent)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, running.region).add_auth(request)
    return ask(url, method, body, **dict(request.headers))
