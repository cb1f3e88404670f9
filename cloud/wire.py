"""HTTP as the rules see it: a request that came in, and a response to send, as plain values."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote

Headers = list[tuple[str, str]]
BLOCK = 1024 * 1024  # bytes read at a time where a body is passed on
SPLITTING = re.compile(r"[\r\n\0]")  # what would begin another header


@dataclass
class Request:
    """One HTTP request, as it was sent: nothing is decoded, no header is dropped or joined."""

    method: str
    target: str  # path and query, percent-encoded as sent
    headers: Headers  # lower-case names, in the order sent, repeated ones apart
    body: BinaryIO
    source_ip: str = "127.0.0.1"
    port: int = 0  # the port that it came in on
    protocol: str = "HTTP/1.1"

    @cached_property
    def path(self) -> str:
        """The path, percent-encoded as sent, always with a leading slash."""
        path = self.target.partition("?")[0]
        return path if path.startswith("/") else f"/{path}"

    @cached_property
    def query(self) -> str:
        """The query string, verbatim."""
        return self.target.partition("?")[2]

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The query as decoded pairs; a name without a value has an empty one."""
        return parse_qsl(self.query, keep_blank_values=True)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query as a mapping; of a repeated name the last value."""
        return dict(self.query_pairs)

    @cached_property
    def _joined(self) -> dict[str, str]:
        joined: dict[str, str] = {}
        for name, value in self.headers:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined

    def header(self, name: str, default: str = "") -> str:
        """The value of a header, by its lower-case name; repeated headers are joined by a bare comma."""
        return self._joined.get(name, default)

    def has_header(self, name: str) -> bool:
        return name in self._joined

    @cached_property
    def content(self) -> bytes:
        """All of the body. Object bodies are never read this way: they may be larger than memory."""
        self.body.seek(0)
        return self.body.read()

    def beginning(self, most: int) -> bytes:
        """The first bytes of the body, whatever its size."""
        self.body.seek(0)
        return self.body.read(most)

    @cached_property
    def size(self) -> int:
        """The length of the body, in bytes."""
        size = self.body.seek(0, os.SEEK_END)
        self.body.seek(0)
        return size

    def with_target(self, target: str) -> Request:
        """The same request for another path and query."""
        return Request(self.method, target, self.headers, self.body, self.source_ip, self.port, self.protocol)


@dataclass
class Response:
    """One HTTP response. A body is bytes, or blocks of bytes with the length beside them."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    length: int | None = None  # of a body that comes in blocks

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)

    def set(self, name: str, value: str) -> None:
        """Set a header, replacing any other of its name."""
        self.headers = [(key, old) for key, old in self.headers if key.lower() != name.lower()]
        self.headers.append((name, value))

    @property
    def content(self) -> bytes:
        """All of the body; blocks are joined."""
        if not isinstance(self.body, bytes):
            self.body = b"".join(self.body)
        return self.body


def json_response(status: int, value: Any, headers: Headers | None = None) -> Response:
    """A response whose body is ``value`` as compact JSON."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, [("Content-Type", "application/json"), *(headers or [])], body)


def blocks(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Read a file, or its next ``size`` bytes, block by block."""
    left = size
    while left is None or left > 0:
        block = file.read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            return
        if left is not None:
            left -= len(block)
        yield block


def decoded(path: str) -> str:
    """Percent-decode a path as UTF-8; bytes that are not UTF-8 become U+FFFD."""
    return unquote(path)


def one_line(value: str) -> str:
    """A header's value without what would begin another header."""
    return SPLITTING.sub("", value)
