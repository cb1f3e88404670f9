"""The listening side: waitress on one main port, and doors, further ports that lead to the same application.

Each HTTP API and each website has a door of its own, so that a browser sees each as an origin of its own.
"""

from __future__ import annotations

import errno
import http.client
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask, WSGITask

from cloud.aws_errors import AwsError, render
from cloud.errors import PortInUseError
from cloud.wire import Headers, Request, Response, one_line
from cloud.workers import Workers

HOST = "127.0.0.1"
LARGEST_BODY = 6 * 1024**3  # above S3's 5 GiB for one PUT, so that S3 itself says EntityTooLarge
THREADS = 64  # more than functions may run at once: each invocation holds one, and its calls need others

REFUSALS = {
    413: ("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
    431: ("RequestHeaderSectionTooLarge", "Your request header section exceeds the maximum allowed size."),
    501: ("NotImplemented", "A header you provided implies functionality that is not implemented"),
}

Application = Callable[[Request], Response]


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Keeps the headers as they were sent: waitress joins repeated ones and drops names with underscores."""

    sent_headers: Headers

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        lines = header_plus.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line and line[0] not in " \t")
        self.sent_headers = [(name.lower(), value.strip(" \t")) for name, _, value in pairs]


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Hands our request value to the application, and writes the response value that it returns."""

    close_on_finish: bool

    def execute(self) -> None:
        parsed, channel = self.request, self.channel
        answer = channel.server.application(
            Request(
                method=parsed.command.upper(),
                target=parsed.request_uri,
                headers=parsed.sent_headers,
                body=parsed.get_body_stream(),
                source_ip=channel.addr[0],
                port=channel.local_port,
                protocol=f"HTTP/{self.version}",
            )
        )
        self.complete = True
        self.status = f"{answer.status} {http.client.responses.get(answer.status, 'Unknown')}"
        self.response_headers = [
            (name, value) for name, value in answer.headers if name.lower() != "content-length"
        ]
        self.content_length = len(answer.body) if isinstance(answer.body, bytes) else answer.length
        if parsed.command.upper() == "HEAD":
            stated = answer.header("Content-Length")
            self.content_length = int(stated) if stated else self.content_length
            self.write(b"")
        elif isinstance(answer.body, bytes):  # head and body in one packet
            self.wrote_header = True
            head = self.build_response_header()
            self.channel.write_soon(head + answer.body if self.has_body else head)
        else:
            for block in answer.body:
                self.write(block)

    def build_response_header(self) -> bytes:
        """The head of the answer, with names as they were given: waitress capitalises them.

        Metadata of an object is named by its headers, and AWS gives those names in lower case.
        """
        headers = [(name, one_line(value)) for name, value in self.response_headers]
        names = {name.lower() for name, _ in headers}
        if self.content_length is not None and self.has_body:
            headers.append(("Content-Length", str(self.content_length)))
        elif self.has_body:
            headers.append(("Transfer-Encoding", "chunked"))
            self.chunked_response = True
        asked = self.request.headers.get("CONNECTION", "").lower()
        if self.close_on_finish or asked == "close" or (self.version == "1.0" and asked != "keep-alive"):
            self.close_on_finish = True
            headers.append(("Connection", "close"))
        elif self.version == "1.0":
            headers.append(("Connection", "keep-alive"))
        if "date" not in names:
            headers.append(("Date", formatdate(time.time(), usegmt=True)))
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class Refusal(ErrorTask, Task):  # type: ignore[misc]  # waitress has no types
    """What is not HTTP is refused in words of S3, before anybody asks what it was for."""

    def execute(self) -> None:
        error = self.request.error
        code, message = REFUSALS.get(
            error.code, ("BadRequest", "An error occurred when parsing the HTTP request.")
        )
        answer = render(AwsError(code, message, error.code), "rest-xml")
        self.complete = self.close_on_finish = True
        self.status = f"{error.code} {error.reason}"
        self.response_headers, self.content_length = answer.headers, len(answer.content)
        self.write(answer.content)


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """One connection. Which port it came in on says which API or website is meant."""

    parser_class = Parser
    task_class = Task
    error_task_class = Refusal

    def __init__(self, server: Any, sock: socket.socket, *rest: Any, **more: Any) -> None:
        self.local_port = sock.getsockname()[1]
        super().__init__(server, sock, *rest, **more)

    def send_continue(self) -> None:
        """Say "100 Continue". Waitress then waits for a body, even where none is to come: an empty file."""
        complete = self.request.completed
        super().send_continue()
        self.request.completed = complete


class Server:
    """A waitress server for one application, started in a thread of its own."""

    def __init__(self, application: Application, port: int = 0) -> None:
        try:
            self._waitress: TcpWSGIServer = create_server(
                application,
                host=HOST,
                port=port,
                _dispatcher=Workers(THREADS),
                ident=None,
                asyncore_use_poll=True,
                connection_limit=1000,
                channel_timeout=300,
                max_request_body_size=LARGEST_BODY,
                clear_untrusted_proxy_headers=False,
                log_socket_errors=False,
                _start=False,
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(port) from error
            raise
        self._waitress.channel_class = Channel
        self.port: int = int(self._waitress.effective_port)
        self._doors = selectors.DefaultSelector()
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def start(self) -> None:
        self._waitress.accept_connections()
        for name, target in (("io", self._waitress.run), ("doors", self._watch_doors)):
            thread = threading.Thread(target=target, name=f"cloud-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def open_door(self) -> int:
        """Listen on one more free port of 127.0.0.1, and return it."""
        door = socket.create_server((HOST, 0), backlog=128)
        door.setblocking(False)
        self._doors.register(door, selectors.EVENT_READ)
        return int(door.getsockname()[1])

    def stop(self) -> None:
        self._stopping = True
        self._waitress.task_dispatcher.shutdown(timeout=2)
        for key in list(self._doors.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._waitress.close()

    def _watch_doors(self) -> None:
        """Accept what comes in at the doors, and let waitress serve it as what comes in at the main port."""
        while not self._stopping:
            for key, _ in self._doors.select(timeout=0.2):
                try:
                    connection, address = key.fileobj.accept()  # type: ignore[union-attr]
                except OSError:
                    continue  # the caller went away again
                self._waitress.set_socket_options(connection)
                self._waitress.trigger.pull_trigger(lambda c=connection, a=address: self._serve(c, a))

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        try:
            Channel(self._waitress, connection, address, self._waitress.adj, map=self._waitress._map)
        except OSError as error:
            print(f"cloud: a connection was lost before it was served: {error}", file=sys.stderr)
