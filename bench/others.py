"""What else answers an HTTP API on one's own machine: a bare server as the floor, and other emulators."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

NAMES = ("ministack", "chalice local", "serverless-offline")
READY_SECONDS = 90
ANYBODY = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
BARE = """
import sys, waitress

def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]

waitress.serve(hello, host="127.0.0.1", port=int(sys.argv[1]), threads=16)
"""
HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"
CHALICE = """
from chalice import Chalice, Response
app = Chalice(app_name="hello")

@app.route("/")
def index():
    return Response("hello", headers={"Content-Type": "text/plain"})
"""
SERVERLESS = """
service: hello
frameworkVersion: "3"
provider: {name: aws, runtime: python3.11}
plugins: [serverless-offline]
functions:
  hello:
    handler: handler.handler
    events: [{httpApi: "GET /"}]
"""


@dataclass(frozen=True)
class Server:
    """Where a server listens, and the name by which it wants to be called."""

    url: str
    host: str = ""


def folder() -> Path | None:
    """Where the others are installed, or None."""
    named = os.environ.get("BENCH_OTHERS")
    return Path(named) if named else None


@contextmanager
def bare_server() -> Iterator[Server]:
    """A WSGI server that says hello: what HTTP itself costs here."""
    port = _free_port()
    with _process([sys.executable, "-c", BARE, str(port)]):
        yield _ready(Server(f"http://127.0.0.1:{port}"))


@contextmanager
def moto_server() -> Iterator[str]:
    """Moto's own server; its endpoint."""
    port = _free_port()
    with _process([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]):
        _ready(Server(f"http://127.0.0.1:{port}/moto-api/"))
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(say: Callable[[str], None]) -> Iterator[dict[str, Server]]:
    """Each of the others that is installed, started and asked once. One that does not start is left out."""
    starters = {
        "ministack": _ministack,
        "chalice local": _chalice,
        "serverless-offline": _serverless_offline,
    }
    found: dict[str, Server] = {}
    with ExitStack() as stack:
        for name, starter in starters.items():
            if folder() is None or not _program(name).exists():
                continue
            say(f"{name}: starting")
            try:
                found[name] = stack.enter_context(starter())
            except (RuntimeError, OSError) as error:
                say(f"{name}: {error}")
        yield found


def _program(name: str) -> Path:
    places = {
        "ministack": "py/bin/ministack",
        "chalice local": "py/bin/chalice",
        "serverless-offline": "js/node_modules/.bin/serverless",
    }
    return (folder() or Path()) / places[name]


@contextmanager
def _ministack() -> Iterator[Server]:
    port = _free_port()
    variables = {"GATEWAY_PORT": str(port), "AWS_DEFAULT_REGION": "us-east-1"}
    with _process([str(_program("ministack"))], variables):
        _ready(Server(f"http://127.0.0.1:{port}/_ministack/health"), None)
        keys = {"endpoint_url": f"http://127.0.0.1:{port}", **ANYBODY}
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("handler.py", HELLO)
        function = boto3.client("lambda", **keys).create_function(
            FunctionName="hello",
            Runtime="python3.11",
            Handler="handler.handler",
            Role="arn:aws:iam::000000000000:role/hello",
            Code={"ZipFile": package.getvalue()},
        )["FunctionArn"]
        client = boto3.client("apigatewayv2", **keys)
        api = client.create_api(Name="hello", ProtocolType="HTTP")["ApiId"]
        integration = client.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        client.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}")
        client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        yield _ready(Server(f"http://127.0.0.1:{port}/", f"{api}.execute-api.localhost:{port}"))


@contextmanager
def _chalice() -> Iterator[Server]:
    port = _free_port()
    with tempfile.TemporaryDirectory() as project:
        Path(project, "app.py").write_text(CHALICE)
        Path(project, ".chalice").mkdir()
        config = {"version": "2.0", "app_name": "hello", "stages": {"dev": {}}}
        Path(project, ".chalice", "config.json").write_text(json.dumps(config))
        command = [str(_program("chalice local")), "local", "--no-autoreload", "--port", str(port)]
        with _process(command, {"AWS_DEFAULT_REGION": "us-east-1"}, project):
            yield _ready(Server(f"http://127.0.0.1:{port}/"))


@contextmanager
def _serverless_offline() -> Iterator[Server]:
    port = _free_port()
    with tempfile.TemporaryDirectory() as project:
        Path(project, "serverless.yml").write_text(SERVERLESS)
        Path(project, "handler.py").write_text(HELLO)
        Path(project, "node_modules").symlink_to((folder() or Path()).resolve() / "js" / "node_modules")
        command = [str(_program("serverless-offline")), "offline", "--httpPort", str(port)]
        command += ["--lambdaPort", str(_free_port()), "--noPrependStageInUrl"]
        quiet = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "CI": "1"}
        with _process(command, quiet, project):
            yield _ready(Server(f"http://127.0.0.1:{port}/"))


@contextmanager
def _process(
    command: list[str], variables: Mapping[str, str] | None = None, directory: str | None = None
) -> Iterator[None]:
    """A program for as long as it is needed, with whatever it starts itself."""
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is not there")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment | dict(variables or {}),
        cwd=directory,
        start_new_session=True,
    )
    try:
        yield
    finally:
        try:
            os.killpg(process.pid, 15)
            process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, 9)
            process.wait()


def _ready(server: Server, wanted: bytes | None = b"hello") -> Server:
    """Wait until a server answers."""
    until = time.monotonic() + READY_SECONDS
    while True:
        headers = {"Host": server.host} if server.host else {}
        try:
            request = urllib.request.Request(server.url, headers=headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                body = answer.read()
            if wanted is None or wanted in body or "/moto-api/" in server.url:
                return server
        except (urllib.error.URLError, OSError):
            body = b"nothing"
        if time.monotonic() > until:
            raise RuntimeError(f"it does not answer within {READY_SECONDS} seconds: {body[:100]!r}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
