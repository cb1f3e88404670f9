"""A real Chromium, one dashboard that is really built, and readers of its page who notice everything."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.stack import Stack, build, destroy, manifest
from tests.e2e.jupyter import Lab, running_lab

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
FLAGS = [  # nothing here may switch web security off: CORS tests would pass falsely
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60.0  # seconds for S3's events to become records, on a machine that has much to do
expect.set_options(timeout=30_000)  # milliseconds: a busy machine is slow, not wrong
NO_BROWSER = (
    "Chromium is missing. On Debian: apt-get install chromium fonts-dejavu-core. Or set CHROMIUM to its path."
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS + sandbox}


@pytest.fixture(scope="session")
def built(aws) -> Iterator[dict]:
    """The manifest of a whole dashboard, built once for every test of the page."""
    stack = Stack.named("page-test")
    build(stack)
    warm(manifest(stack))
    yield manifest(stack)
    destroy(stack)


@pytest.fixture(scope="session")
def lab(aws, tmp_path_factory) -> Iterator[Lab]:
    """A JupyterLab for every test that needs one: it takes ten seconds to start."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


class Reader:
    """One reader at the page: what they do, and what the browser did meanwhile."""

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []  # of the page's own console; a tab with an opened file asks for a favicon
        self.calls: list[str] = []  # "GET /files", without query
        self.hosts: set[str] = set()
        context.on("request", self._called)
        self.page: Page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _called(self, request) -> None:
        address = urlsplit(request.url)
        self.calls.append(f"{request.method} {address.path}")
        self.hosts.add(address.hostname)

    def _said(self, said) -> None:
        if said.type == "error":
            self.errors.append(f"{said.text} {said.location['url']}")

    def visit(self, url: str) -> None:
        self.page.goto(url)
        self.page.locator("file-list:not([aria-busy])").wait_for()

    def upload(self, *files: tuple[str, bytes]) -> None:
        """Choose files, each of plain text."""
        chosen = [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
        self.page.get_by_label("Choose files").set_input_files(chosen)

    def sending(self, name: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=name)

    def listed(self, name: str) -> Locator:
        return self.page.get_by_role("row").get_by_role("button", name=name)

    @property
    def details(self) -> Locator:
        return self.page.locator("file-details")

    def photograph(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"page-{name}.png", full_page=True)


@pytest.fixture
def reader(context) -> Iterator[Reader]:
    """A reader whose visit ends without an error in the console and without a word to another machine."""
    reader = Reader(context)
    yield reader
    assert reader.errors == []
    assert reader.hosts == {"127.0.0.1"}


@pytest.fixture
def unlucky_reader(context) -> Iterator[Reader]:
    """A reader to whom something goes wrong. The console may say so; other machines are still left alone."""
    reader = Reader(context)
    yield reader
    assert reader.hosts == {"127.0.0.1"}


class Files:
    """The upload bucket, and what the table says of it."""

    def __init__(self, built: dict) -> None:
        self.bucket = boto3.resource("s3").Bucket(built["upload_bucket"])
        self.table = boto3.resource("dynamodb").Table(built["table"])

    def put(self, key: str, content: bytes) -> None:
        self.bucket.put_object(Key=key, Body=content, ContentType="text/plain")

    def stored(self) -> list:
        return [summary.Object() for summary in self.bucket.objects.all()]

    def recorded(self) -> list[dict]:
        return self.table.scan()["Items"]

    def settle(self, count: int) -> None:
        """Wait until S3's events have become this many records."""
        end = time.monotonic() + PATIENCE
        while (found := len(self.recorded())) != count:
            assert time.monotonic() < end, f"{found} files are recorded after {PATIENCE} s, not {count}"
            time.sleep(0.02)


def warm(built: dict) -> None:
    """Let the index function start: the page waits ten seconds for a record, no more."""
    files = Files(built)
    files.put("incoming/first.txt", b"first")
    files.settle(1)
    files.bucket.objects.delete()
    files.settle(0)


@pytest.fixture
def files(built) -> Iterator[Files]:
    """The dashboard's files: none at first, and none left afterwards."""
    files = Files(built)
    yield files
    files.bucket.objects.delete()
    files.settle(0)


@pytest.fixture
def served_elsewhere() -> Iterator[object]:
    """The same page from an origin that nobody allowed. ``served_elsewhere(config)`` gives its address."""
    servers = []

    def serve(config: dict) -> str:
        class Site(SimpleHTTPRequestHandler):
            def __init__(self, *args: object) -> None:
                super().__init__(*args, directory=str(ROOT / "dashboard" / "site"))

            def do_GET(self) -> None:
                if self.path != "/config.json":
                    super().do_GET()
                    return
                body = json.dumps(config).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
