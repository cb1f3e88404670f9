"""The five functions, deployed from their packages behind a real HTTP API."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest

from dashboard.stack import Stack, build, destroy, manifest

PATIENCE = 60.0  # seconds for an event to become a record


@dataclass(frozen=True)
class Answer:
    """What an HTTP request came back with."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str]:
        """Our error body. Every refusal of ours has exactly this shape."""
        assert self.headers["content-type"] == "application/json"
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"code", "message"}
        return self.json["error"]


def ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One plain HTTP request, whatever its status."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return _read(answer)
    except urllib.error.HTTPError as refusal:
        return _read(refusal)


def _read(answer) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, answer.read())


class Dashboard:
    """A dashboard that is really built, asked as its page asks it."""

    def __init__(self, built: dict) -> None:
        self.built = built
        self.bucket = boto3.resource("s3").Bucket(built["upload_bucket"])
        self.table = boto3.resource("dynamodb").Table(built["table"])

    def call(self, method: str, path: str, body: object = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        return self.ask(method, path, data, {"content-type": "application/json"} if data else {})

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        return ask(method, self.built["api_url"] + path, body, headers)

    def ticket(self, name: str = "a.txt", content_type: str = "text/plain", size: int = 5) -> dict:
        answer = self.call("POST", "/uploads", {"name": name, "content_type": content_type, "size": size})
        assert answer.status == 201, answer
        return answer.json

    def send(self, ticket: dict, content: bytes, headers: dict[str, str] | None = None) -> Answer:
        return ask(ticket["method"], ticket["url"], content, headers or ticket["headers"])

    def upload(self, name: str = "a.txt", content: bytes = b"hello") -> str:
        """Upload as the page does, and wait for the record. Returns the object key."""
        ticket = self.ticket(name, size=len(content))
        assert self.send(ticket, content).status == 200
        self.until(lambda: self.record(ticket["object_key"]))
        return ticket["object_key"]

    def record(self, key: str) -> dict | None:
        return self.table.get_item(Key={"bucket": self.bucket.name, "object_key": key}).get("Item")

    def until(self, look):
        """Wait until ``look`` finds something, and return it."""
        end = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < end, f"not so within {PATIENCE} s"
            time.sleep(0.02)
        return found

    def path(self, key: str) -> str:
        return "/files/" + urllib.parse.quote(key)

    def clear(self) -> None:
        self.bucket.objects.delete()
        for item in self.table.scan()["Items"]:  # records of a test's own making have no event
            self.table.delete_item(Key={"bucket": item["bucket"], "object_key": item["object_key"]})


@pytest.fixture(scope="session")
def deployed(aws) -> Iterator[dict]:
    stack = Stack.named("functions-test")
    build(stack)
    yield manifest(stack)
    destroy(stack)


@pytest.fixture
def dashboard(deployed) -> Iterator[Dashboard]:
    """An empty dashboard, and empty again afterwards."""
    one = Dashboard(deployed)
    yield one
    one.clear()
