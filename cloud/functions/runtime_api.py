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
from dataclasses import dataclass, field
from typing import Literal

import h11

from cloud.functions.output import Output

PREFIX = "/2018-06-01/runtime/"
LARGEST_HEADERS = 2 * 1024 * 1024  # bytes; an error comes with its X-Ray form in a header
LARGEST_POST = 64 * 1024 * 1024  # far above what Lambda takes, so that it can say what is too large
SEND_SECONDS = 10  # a process that does not read for so long is stuck
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


@dataclass
class Connection:
    """One HTTP connection from the process."""

    socket: socket.socket
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER, LARGEST_HEADERS))
    request: h11.Request | None = None
    body: bytearray = field(default_factory=bytearray)

    def reply(self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> None:
        fields = [("Content-Length", str(len(body))), *headers]
        data = self.http.send(h11.Response(status_code=status, headers=fields)) or b""
        data += self.http.send(h11.Data(data=body)) or b"" if body else b""
        data += self.http.send(h11.EndOfMessage()) or b""
        self.socket.settimeout(SEND_SECONDS)
        self.socket.sendall(data)
        self.socket.setblocking(False)
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
        self.request, self.body = None, bytearray()


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
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
            data = connection.socket.recv(262_144)
            connection.http.receive_data(data)
            self._parse(connection)
        except (OSError, h11.ProtocolError):
            data = b""
        if not data:
            self._selector.unregister(connection.socket)
            connection.socket.close()
            if connection is self._waiting:
                self._waiting = None

    def _parse(self, connection: Connection) -> None:
        while True:
            event = connection.http.next_event()
            if isinstance(event, h11.Request):
                connection.request = event
                if connection.http.they_are_waiting_for_100_continue:
                    go_on = connection.http.send(h11.InformationalResponse(status_code=100, headers=[]))
                    connection.socket.sendall(go_on or b"")
            elif isinstance(event, h11.Data):
                connection.body += event.data
                if len(connection.body) > LARGEST_POST:
                    raise h11.RemoteProtocolError("more than a function may answer")
            elif isinstance(event, h11.EndOfMessage):
                self._handle(connection)
                return
            else:
                return

    def _handle(self, connection: Connection) -> None:
        request, body = connection.request, bytes(connection.body)
        if request is None:
            return
        headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
        path = request.target.decode("latin-1")
        if headers.get("host") != self.address or "origin" in headers or not path.startswith(PREFIX):
            connection.reply(403)  # a web page, or somebody else's program
            return
        parts = path.removeprefix(PREFIX).split("/")
        match (request.method, parts):
            case (b"GET", ["invocation", "next"]):
                self._waiting = connection
                self._messages.append(Message("next"))
            case (b"POST", ["invocation", request_id, ("response" | "error") as kind]):
                error_type = headers.get("lambda-runtime-function-error-type", "")
                self._messages.append(Message(kind, request_id, body, error_type))
                connection.reply(202)
            case (b"POST", ["init", "error"]):
                error_type = headers.get("lambda-runtime-function-error-type", "")
                self._messages.append(Message("init-error", "", body, error_type))
                connection.reply(202)
            case _:
                connection.reply(404)
