"""Probes: requests as people, strangers and browsers send them. What they write, they remove again."""

from __future__ import annotations

import json
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from types import FrameType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from checks.asking import Asker, CouldNotAskError, NotThereError
from checks.http import Reply, send
from checks.look import Look
from checks.quiet import is_quiet

T = TypeVar("T")
PATIENCE = 30.0  # seconds that an effect may take to show
PAUSE = 0.25  # between two looks


class LiveLook(Look):
    """A look that may also act: on its own objects, by their keys, and on nothing else."""

    def __init__(self, look: Look, asker: Asker) -> None:
        super().__init__(look.target, asker)
        self.kept = look.kept
        self.do = asker.do
        self.id = secrets.token_hex(6)
        self.keys: set[str] = set()  # of what the audit put, or may have put, into the bucket
        self.left: list[CouldNotAskError] = []
        self.began = int(time.time() * 1000)
        asker.own = (look.target, self.keys)

    @property
    def folder(self) -> str:
        return f"{self.target.prefix}.audit-{self.id}/"

    @cached_property
    def api_url(self) -> str:
        return str(self.api()["ApiEndpoint"]).rstrip("/")

    # ---- Acting ----------------------------------------------------------------------------------------

    def put(self, key: str, content: bytes) -> None:
        """Put an object with one's own permissions. It is removed in the end."""
        self.keys.add(key)
        self.do(
            "s3",
            "put_object",
            Bucket=self.target.upload_bucket,
            Key=key,
            Body=content,
            ContentType="text/plain",
        )

    def record(self, key: str) -> Mapping[str, Any] | None:
        """The table's record of a key; None where there is none."""
        self.keys.add(key)
        where = {"bucket": {"S": str(self.target.upload_bucket)}, "object_key": {"S": key}}
        found = self.do("dynamodb", "get_item", TableName=self.target.table, Key=where, ConsistentRead=True)
        return found.get("Item")

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Call the API as the page does, with the page's origin."""
        url = f"{self.api_url}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Origin": self.page_origin} | (
            {"Content-Type": "application/json"} if body is not None else {}
        )
        return send(method, url, headers, json.dumps(body).encode() if body is not None else None)

    @cached_property
    def page_origin(self) -> str:
        return self.site_origin() if not self.target.unnamed("site_bucket") else "https://audit.example"

    def ticket(self, name: str, size: int) -> tuple[Reply, dict[str, Any]]:
        """Ask for a ticket. Its object is the audit's own from then on."""
        reply = self.call("POST", "/uploads", body={"name": name, "content_type": "text/plain", "size": size})
        found = as_json(reply)
        if isinstance(found.get("object_key"), str) and found["object_key"].startswith(self.target.prefix):
            self.keys.add(found["object_key"])
        return reply, found

    def lines(self, short: str, wanted: str) -> tuple[list[str], str]:
        """The lines of a function's log since the audit began that hold a text, and the call."""
        group = self.log_group_name(short)
        found: list[str] = []
        more: dict[str, Any] = {}
        while True:
            page = self.do(
                "logs", "filter_log_events", logGroupName=group, startTime=self.began - 1000, **more
            )
            found += [event["message"] for event in page.get("events", []) if wanted in event["message"]]
            if not page.get("nextToken"):
                return found, f"logs.filter_log_events({group!r})"
            more = {"nextToken": page["nextToken"]}

    # ---- Tidying up ------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Remove every object and record that the audit made; ``left`` says what could not be removed."""
        for key in sorted(self.keys):
            where = {"bucket": {"S": str(self.target.upload_bucket)}, "object_key": {"S": key}}
            for service, operation, asked in (
                ("s3", "delete_object", {"Bucket": self.target.upload_bucket, "Key": key}),
                ("dynamodb", "delete_item", {"TableName": self.target.table, "Key": where}),
            ):
                try:
                    if None not in asked.values():
                        with suppress(NotThereError):
                            self.do(service, operation, **asked)
                except CouldNotAskError as error:
                    self.left.append(error)


@contextmanager
def probing(look: Look, asker: Asker) -> Iterator[LiveLook]:
    """A live look, and tidiness after it: at the end, on an error, on Ctrl-C, and on SIGTERM."""
    live = LiveLook(look, asker)
    with terminated_like_interrupted():
        try:
            yield live
        finally:
            live.tidy()
            asker.own = None


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the program by way of its ``finally`` clauses. Only a program's main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def wait_for(look: Callable[[], T | None], seconds: float = PATIENCE) -> tuple[T | None, float, int]:
    """Look again until something shows, or nothing can come any more, or time is over.

    Returns what showed, after how long, and in how many looks.
    """
    began, looks = time.monotonic(), 0
    while True:
        last = is_quiet()  # asked first: what ends between the two is still seen
        found, looks = look(), looks + 1
        passed = time.monotonic() - began
        if found or last or passed > seconds:
            return found, passed, looks
        time.sleep(PAUSE)


def as_json(reply: Reply) -> dict[str, Any]:
    """The JSON object in an answer; an empty one where there is none."""
    try:
        found = json.loads(reply.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
