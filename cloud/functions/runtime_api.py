"""The Lambda Runtime API for one function process: a port of its own, and one invocation at a time.

Nobody waits in a thread for a process that has nothing to do: the thread that invokes a function is, for as
long as that takes, also the server that the function talks to, and the reader of what it prints.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cloud.functions.connection import Asked, Connection, LostError
from cloud.functions.output import Output

PREFIX = "/2018-06-01/runtime/"
WATCH_SECONDS = 0.05  # between two looks at a running process
Kind = Literal["next", "response", "error", "init-error"]


@dataclass(frozen=True)
class Message:
    """What the process said: that it is ready for the next invocation, or how the last one went."""

    kind: Kind
    request_id: str = ""
    body: bytes = b""
    error_type: str = ""


class ProcessEndedError(Exception):
    """The process closed its output: it has ended, or is about to."""


class DeadlineError(Exception):
    """The process said nothing in time."""


class RuntimeApi:
    """Serves one process. ``events`` collects the log events that it writes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._waiting: Connection | None = None  # the connection whose GET .../next has no answer yet
        self._messages: deque[Message] = deque()
        self._pipe = self._process = -1
        self._output = Output()
        self.events: list[tuple[int, str]] = []  # (milliseconds, text)

    def attend(self, pipe: int, pid: int) -> None:
        """Collect what comes through a pipe, and notice when the process ends."""
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._selector.register(pipe, selectors.EVENT_READ, None)
        if hasattr(os, "pidfd_open"):  # elsewhere than on Linux the closed pipe has to do
            self._process = os.pidfd_open(pid)
            self._selector.register(self._process, selectors.EVENT_READ, None)

    def wait(self, deadline: float, look: Callable[[], None] = lambda: None) -> Message:
        """Return the next message from the process.

        ``deadline`` is in seconds of the monotonic clock; ``look`` is called now and then meanwhile. Raises
        DeadlineError when nothing came in time, and ProcessEndedError when the process is gone.
        """
        while not self._messages:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeadlineError
            self._step(min(left, WATCH_SECONDS))
            look()
        return self._messages.popleft()

    def send_event(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Answer the process's GET .../next with an event. It must have asked."""
        connection, self._waiting = self._waiting, None
        if connection is None:
            raise ProcessEndedError
        try:
            connection.reply(200, body, [("Content-Type", "application/json"), *headers.items()])
        except OSError as error:
            raise ProcessEndedError from error

    def drain(self) -> None:
        """Read what the process has written so far, without waiting."""
        while self._pipe >= 0 and self._read_pipe():
            pass

    def rest(self) -> None:
        """Take what is left without a line end as an event of its own."""
        self._log(self._output.rest())

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        for descriptor in (self._pipe, self._process):
            if descriptor >= 0:
                os.close(descriptor)
        self._pipe = self._process = -1
        self._selector.close()

    def _step(self, seconds: float) -> None:
        ended = False
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj == self._pipe:
                self._read_pipe()
            elif key.fileobj == self._process:
                ended = True
            else:
                self._receive(key.data)
        if (ended or self._pipe < 0) and not self._messages:
            self.drain()
            raise ProcessEndedError

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except OSError:
            return
        self._selector.register(accepted, selectors.EVENT_READ, Connection(accepted))

    def _read_pipe(self) -> bool:
        """Read once; False when there was nothing to read. A closed pipe is forgotten."""
        try:
            data = os.read(self._pipe, 65_536)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(self._pipe)
            os.close(self._pipe)
            self._pipe = -1
            return False
        self._log(self._output.feed(data))
        return True

    def _log(self, texts: Iterable[str]) -> None:
        now = int(time.time() * 1000)
        self.events += [(now, text) for text in texts]

    def _receive(self, connection: Connection) -> None:
        try:
            for asked in connection.receive():
                self._handle(connection, asked)
        except (LostError, OSError):
            self._selector.unregister(connection.socket)
            connection.socket.close()
            if connection is self._waiting:
                self._waiting = None

    def _handle(self, connection: Connection, asked: Asked) -> None:
        headers, path = asked.headers, asked.target
        if headers.get("host") != self.address or "origin" in headers or not path.startswith(PREFIX):
            connection.reply(403)  # a web page, or somebody else's program
            return
        parts = path.removeprefix(PREFIX).split("/")
        match (asked.method, parts):
            case ("GET", ["invocation", "next"]):
                self._waiting = connection
                self._messages.append(Message("next"))
            case ("POST", ["invocation", request_id, ("response" | "error") as kind]):
                error_type = headers.get("lambda-runtime-function-error-type", "")
                self._messages.append(Message(kind, request_id, asked.body, error_type))
                connection.reply(202)
            case ("POST", ["init", "error"]):
                error_type = headers.get("lambda-runtime-function-error-type", "")
                self._messages.append(Message("init-error", "", asked.body, error_type))
                connection.reply(202)
            case _:
                connection.reply(404)
