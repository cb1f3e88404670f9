"""A little backend for tests: it tells what it was asked, over real HTTP, or answers as its path says."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Backend(BaseHTTPRequestHandler):
    """``/slow`` waits until the test is over; other answers are a description of the request."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        told = {
            "method": self.command,
            "target": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": self.rfile.read(length).decode("latin-1"),
        }
        if self.path.startswith("/slow"):
            self.server.over.wait(30)
        if self.path.startswith("/drop"):
            self.close_connection = True
            return
        body = self.server.body or json.dumps(told).encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        if self.server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:3], body[3:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *said):
        pass


for _method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
    setattr(Backend, f"do_{_method}", Backend.answer)


@contextmanager
def backing():
    """A backend at work: a server with a ``url``, and the answer that it gives as attributes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.url, server.over = f"http://127.0.0.1:{server.server_port}", threading.Event()
    server.status, server.headers, server.body, server.chunked = 200, [], b"", False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
