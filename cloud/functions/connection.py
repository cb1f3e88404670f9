"""One HTTP connection from a function's process to its Runtime API."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import httptools

from cloud.wire import one_line

LARGEST_HEAD = 2 * 1024 * 1024  # bytes; an error comes with its X-Ray form in a header
LARGEST_POST = 64 * 1024 * 1024  # bytes, far above what Lambda takes, so that it can say what is too large
SEND_SECONDS = 10  # a process that does not read for so long is stuck


class LostError(Exception):
    """The process has closed the connection, or said what is not HTTP, or too much."""


@dataclass(frozen=True)
class Asked:
    """One request from the process: the names of its headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """Takes requests and sends replies. The parser calls the methods whose names begin with ``on_``."""

    def __init__(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = accepted
        self._parser = httptools.HttpRequestParser(self)
        self._asked: list[Asked] = []
        self.on_message_begin()

    def receive(self) -> list[Asked]:
        """Read what has come, and return the requests that are whole by now. Raises LostError."""
        try:
            data = self.socket.recv(262_144)
            self._taken += len(data)
            if not data or self._taken > self._most:
                raise LostError
            self._parser.feed_data(data)
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise LostError from error
        asked, self._asked = self._asked, []
        return asked

    def reply(self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> None:
        """Answer a request. Raises OSError when the process does not take it."""
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {one_line(value)}" for name, value in headers]
        self._send(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace") + body)

    def _send(self, data: bytes) -> None:
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.socket.settimeout(SEND_SECONDS)
            self.socket.sendall(data[sent:])
            self.socket.setblocking(False)

    def on_message_begin(self) -> None:
        self._target, self._body = b"", bytearray()
        self._headers: dict[str, str] = {}
        self._taken, self._most = 0, LARGEST_HEAD  # bytes of this request so far, and how many it may have

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._most += LARGEST_POST
        if self._headers.get("expect", "").lower() == "100-continue":
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        method, target = self._parser.get_method().decode(), self._target.decode("latin-1")
        self._asked.append(Asked(method, target, self._headers, bytes(self._body)))
