"""The embedded cloud: how fast it starts, runs functions, answers and pages; beside what else there is.

Others take part where they are installed, in a folder of their own that ``BENCH_OTHERS`` names:

    uv venv $BENCH_OTHERS/py && uv pip install --python $BENCH_OTHERS/py/bin/python ministack chalice
    npm install --prefix $BENCH_OTHERS/js serverless@3 serverless-offline@13
"""

from __future__ import annotations

import http.client
import io
import json
import statistics
import threading
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil

import cloud
from bench import others
from bench.table import Row

Say = Callable[[str], None]
HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"
SDK = "import boto3\ns3 = boto3.client('s3')\ndef handler(event, context):\n    return 1\n"
INDEX = """
import os
import boto3
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])

def handler(event, context):
    for record in event["Records"]:
        found = record["s3"]
        table.put_item(Item={"bucket": found["bucket"]["name"], "object_key": found["object"]["key"]})
"""
SIZES = (1_000, 10_000, 100_000)
CLIENTS = (1, 4, 16)


def run(say: Say) -> list[Row]:
    """Measure everything; each figure names its target."""
    say("cloud: starting it, five times")
    rows = [Row("start to ready", _median(_start, 5) * 1000, "ms")]
    with cloud.start() as running:
        account = Account(running)
        say("cloud: memory of five warm functions")
        rows.append(memory(account, running))
        say("cloud: cold starts, warm requests")
        rows += cold_starts(account)
        rows += warm_requests(account, say)
        say("cloud: upload to row")
        rows.append(upload_to_row(account))
        say("cloud: pages of a table (writing 100,000 items takes a minute)")
        rows += pages(account.client("dynamodb"), SIZES, "embedded cloud", "does not grow")
    say("moto's own server: pages of a table")
    with others.moto_server() as endpoint:
        client = boto3.client("dynamodb", endpoint_url=endpoint, **others.ANYBODY)
        rows += pages(client, SIZES[:2], "moto's own server", "")
    return rows


class Account:
    """A running embedded cloud, and short ways to make things in it."""

    def __init__(self, running: cloud.Cloud) -> None:
        self._keys = {
            "endpoint_url": running.endpoint_url,
            "region_name": running.region,
            "aws_access_key_id": running.credentials.access_key_id,
            "aws_secret_access_key": running.credentials.secret_access_key,
        }
        self.id = running.account_id

    def client(self, service: str) -> Any:
        return boto3.client(service, **self._keys)

    def role(self, *actions: str) -> str:
        iam, name = self.client("iam"), f"bench-{uuid.uuid4().hex[:8]}"
        trust = {
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
        }
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
        if actions:
            right = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            iam.put_role_policy(RoleName=name, PolicyName="bench", PolicyDocument=_document(right))
        return str(made)

    def function(self, code: str, *actions: str, **settings: Any) -> str:
        """A function; its ARN."""
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("handler.py", code)
        made = self.client("lambda").create_function(
            FunctionName=f"bench-{uuid.uuid4().hex[:8]}",
            Runtime="python3.11",
            Handler="handler.handler",
            Role=self.role(*actions),
            Code={"ZipFile": package.getvalue()},
            Timeout=30,
            MemorySize=256,
            **settings,
        )
        return str(made["FunctionArn"])

    def api(self, function: str) -> str:
        """An HTTP API whose every route calls the function; its URL."""
        client = self.client("apigatewayv2")
        api = client.create_api(Name="bench", ProtocolType="HTTP", Target=function)
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return str(api["ApiEndpoint"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# ---- start, functions, requests ----------------------------------------------------------------------------


def _start() -> None:
    cloud.start().stop()


def cold_starts(account: Account) -> list[Row]:
    """From Invoke to its answer where nothing is warm: a new setting ends what is."""
    client, rows = account.client("lambda"), []
    for name, code, target in [("trivial", HELLO, "at most 150 ms"), ("with boto3", SDK, "at most 600 ms")]:
        function, took = account.function(code), []
        client.invoke(FunctionName=function)  # the package is unpacked, as it is once
        for number in range(7):
            client.update_function_configuration(FunctionName=function, Timeout=31 + number)
            took.append(_seconds(lambda f=function: client.invoke(FunctionName=f)))  # type: ignore[misc]
        rows.append(Row(f"cold start, {name}", statistics.median(took) * 1000, "ms", target))
    return rows


def warm_requests(account: Account, say: Say) -> list[Row]:
    """Requests through an HTTP API to a trivial function, beside a bare server and the other emulators."""
    url = others.Server(account.api(account.function(HELLO)))
    rows = []
    with others.bare_server() as bare:
        servers = {"bare waitress": bare}
        with others.running(say) as more:
            servers |= more
            for address in (url, *servers.values()):
                _requests(address, 20)
            took = {name: _requests(address, 300) for name, address in servers.items()}
            ours = _requests(url, 300)
            beside = {name: f"{statistics.median(one) * 1000:.2f} ms" for name, one in took.items()}
            beside |= {name: "not installed" for name in others.NAMES if name not in beside}
            shown = ", ".join(f"{name} {value}" for name, value in beside.items())
            target = "at most 1.5 ms, or 4 times the bare server"
            rows.append(Row("warm request, p50", statistics.median(ours) * 1000, "ms", target, shown))
            rows.append(Row("warm request, p95", _p95(ours) * 1000, "ms"))
            for clients in CLIENTS:
                shown = ", ".join(f"{name} {_shown_rate(one, clients)}" for name, one in servers.items())
                rows.append(Row(f"requests, {clients} clients", _rate(url, clients), "per second", "", shown))
    return rows


def _requests(server: others.Server, count: int) -> list[float]:
    """The seconds that each of some requests takes, on one connection that stays open."""
    place = urlsplit(server.url)
    headers = {"Host": server.host} if server.host else {}
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    took = []
    for _ in range(count):
        begun = time.perf_counter()
        connection.request("GET", place.path or "/", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - begun)
        if (answer.status, body) != (200, b"hello"):
            raise RuntimeError(f"{server.url} answered {answer.status} {body[:100]!r} instead of hello")
    connection.close()
    return took


def _rate(server: others.Server, clients: int, seconds: float = 3.0) -> float:
    """Requests a second that so many clients get answered at the same time."""
    until = time.perf_counter() + seconds
    counted: list[int] = []
    failed: list[Exception] = []

    def client() -> None:
        count = 0
        try:
            while time.perf_counter() < until:
                count += len(_requests(server, 20))
        except (RuntimeError, OSError) as error:
            failed.append(error)
        counted.append(count)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"{len(failed)} of {clients} clients got no answer, the first: {failed[0]}")
    return sum(counted) / (time.perf_counter() - begun)


def _shown_rate(server: others.Server, clients: int) -> str:
    try:
        return f"{_rate(server, clients):,.0f}"
    except RuntimeError:
        return "fails"


def upload_to_row(account: Account) -> Row:
    """From the PUT of an object until the function that it triggers has written a row, all warm."""
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    bucket, table = f"bench-{uuid.uuid4().hex[:8]}", "bench-rows"
    s3.create_bucket(Bucket=bucket)
    make_table(dynamodb, table)
    environment = {"Variables": {"TABLE_NAME": table}}
    function = account.function(INDEX, "dynamodb:PutItem", Environment=environment)
    account.client("lambda").add_permission(
        FunctionName=function,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
    )
    rule = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )

    def upload() -> float:
        key = f"incoming/{uuid.uuid4().hex}"
        begun, wanted = time.perf_counter(), {"bucket": {"S": bucket}, "object_key": {"S": key}}
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        while "Item" not in dynamodb.get_item(TableName=table, Key=wanted):
            if time.perf_counter() - begun > 60:
                raise RuntimeError(f"{key} has no row after a minute")
        return time.perf_counter() - begun

    upload()
    took = [upload() for _ in range(25)]
    return Row("upload to row, warm", statistics.median(took) * 1000, "ms", "at most 60 ms")


def memory(account: Account, running: cloud.Cloud) -> Row:
    """What the cloud and five warm functions, each with boto3, hold together; shared pages count once."""
    client = account.client("lambda")
    for _ in range(5):
        client.invoke(FunctionName=account.function(SDK))
    server = psutil.Process(running.pid)
    total = sum(map(megabytes, [server, *server.children(recursive=True)]))
    return Row("memory, 5 warm functions", total, "MB", "", f"server alone {megabytes(server):.0f} MB")


def megabytes(process: psutil.Process) -> float:
    try:
        found = process.memory_full_info()
        size = getattr(found, "pss", found.uss)  # pss on Linux alone
    except psutil.AccessDenied:  # a sandboxed function does not let itself be looked into
        size = process.memory_info().rss
    return float(size) / 1024**2


# ---- pages of a table --------------------------------------------------------------------------------------


def make_table(dynamodb: Any, name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "bucket", "KeyType": "HASH"},
            {"AttributeName": "object_key", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "bucket", "AttributeType": "S"},
            {"AttributeName": "object_key", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def pages(dynamodb: Any, sizes: tuple[int, ...], whose: str, target: str) -> list[Row]:
    """A page of 25 by prefix, from partitions of several sizes."""
    make_table(dynamodb, "bench-pages")
    rows, written = [], 0
    for size in sizes:
        while written < size:
            requests = [
                {"PutRequest": {"Item": {"bucket": {"S": "b"}, "object_key": {"S": f"incoming/{number:08}"}}}}
                for number in range(written, min(written + 25, size))
            ]
            dynamodb.batch_write_item(RequestItems={"bench-pages": requests})
            written += len(requests)

        def page() -> None:
            dynamodb.query(
                TableName="bench-pages",
                KeyConditionExpression="#b = :b AND begins_with(object_key, :prefix)",
                ExpressionAttributeNames={"#b": "bucket"},
                ExpressionAttributeValues={":b": {"S": "b"}, ":prefix": {"S": "incoming/"}},
                Limit=25,
            )

        page()
        rows.append(Row(f"page of 25 from {size:,} items, {whose}", _median(page, 11) * 1000, "ms", target))
    return rows


# ---- how it is measured ------------------------------------------------------------------------------------


def _seconds(action: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _median(action: Callable[[], Any], times: int) -> float:
    return statistics.median(_seconds(action) for _ in range(times))


def _p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]
