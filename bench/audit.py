"""The audit: what it takes, and how many planted defects it finds; a general scanner beside it, when given.

Prowler runs on the same stack, limited to the same services, when PROWLER_VENV names a virtual environment
that has it: python -m venv /tmp/prowler && /tmp/prowler/bin/pip install prowler
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cloud
from bench.table import Row
from checks.audit import audit
from checks.findings import Status
from checks.target import Target
from dashboard.stack import Stack, build
from tests.checks.mutations import PLANTED

ROOT = Path(__file__).resolve().parent.parent
NAME = "measured"
COMPILED = str(Path(tempfile.gettempdir()) / "bench-compiled")  # read and written by what is measured alone
RUNS = 5
SERVICES = ("apigatewayv2", "awslambda", "cloudwatch", "dynamodb", "iam", "s3")  # as Prowler calls them
# A request for AWS, as it is sent to a proxy; what the embedded cloud tells of itself is none.
REQUEST = re.compile(
    rb"^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) http://[^/ ]+(\S* HTTP/1\.1\r)$", re.MULTILINE
)
OWN = re.compile(rb" http://[^/ ]+/_cloud/")


def run(say: Callable[[str], None]) -> list[Row]:
    """Build one good stack in a cloud of its own, and let each auditor look at it."""
    with cloud.start() as running:
        os.environ.update(running.environ())
        stack = Stack.named(NAME)
        say("building a good stack")
        build(stack)
        os.environ["SITE"] = urlsplit(running.website_url(stack.site_bucket)).netloc
        ours = Ours(stack)
        say(f"python -m checks, {RUNS} times, each a new process")
        costs = [measured(running.endpoint_url, ours.command) for _ in range(RUNS + 1)][
            1:
        ]  # the first is cold
        beside = dict.fromkeys(("wall", "calls", "memory", "found", "good"), "")
        found = planted(stack, ours.failures, say)
        if venv := os.environ.get("PROWLER_VENV"):
            beside = prowler(stack, Path(venv), running.endpoint_url, say)
        good = len(ours.failures())
    wall = statistics.median(cost.seconds for cost in costs)
    memory = max(cost.megabytes for cost in costs)
    every = len(PLANTED)
    return [
        Row("audit, imports included", wall, "s", "at most 1.5 s", beside["wall"]),
        Row("calls to AWS", costs[-1].calls, "calls", "at most 40", beside["calls"]),
        Row("peak memory", memory, "MB", "at most 100 MB", beside["memory"]),
        Row(f"planted defects found, of {every}", found, "", f"all {every}", beside["found"]),
        Row("failures on the good stack", good, "", "none", beside["good"]),
    ]


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    megabytes: float
    calls: int


def measured(endpoint_url: str, command: list[str], folder: Path = ROOT) -> Cost:
    """Run a program to its end, and count its requests to the cloud on their way."""
    with counting(endpoint_url) as way:
        page = os.environ["SITE"]  # strangers' reading of the page is no call to AWS
        environment = os.environ | {"HTTP_PROXY": way.url, "http_proxy": way.url}
        environment |= {"NO_PROXY": page, "no_proxy": page, "PYTHONPYCACHEPREFIX": COMPILED}
        # Programs of people are compiled once, and so are these. Our packages are not for others: Prowler has
        # a package "dashboard" too.
        for variable in ("PYTHONDONTWRITEBYTECODE", *(["PYTHONPATH"] if folder != ROOT else [])):
            environment.pop(variable, None)
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        _, _, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = 0  # waited for above: Popen must not do it again
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes here
    return Cost(seconds, used.ru_maxrss * unit / 1e6, way.calls)


class Way:
    """An HTTP proxy that passes every request on to the cloud, and counts them."""

    def __init__(self, endpoint_url: str) -> None:
        host, port = endpoint_url.removeprefix("http://").split(":")
        self.cloud = (host, int(port))
        self.calls = 0
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                caller, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(caller,), daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _carry(self, caller: socket.socket) -> None:
        with caller, socket.create_connection(self.cloud) as answerer:
            back = threading.Thread(target=passed_on, args=(answerer, caller), daemon=True)
            back.start()
            passed_on(caller, answerer, self._counted)
            back.join(10)

    def _counted(self, content: bytes) -> bytes:
        """What was sent, with the cloud's own form of request lines. RFC 9112, section 3.2"""
        asked = [request[0] for request in REQUEST.finditer(content)]
        with self._lock:
            self.calls += sum(not OWN.search(line) for line in asked)
        return REQUEST.sub(rb"\1 \2", content)


def passed_on(source: socket.socket, sink: socket.socket, change: Callable[[bytes], bytes] = bytes) -> None:
    """Carry bytes one way until they end."""
    with suppress(OSError):
        while content := source.recv(1 << 16):
            sink.sendall(change(content))
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def counting(endpoint_url: str) -> Iterator[Way]:
    way = Way(endpoint_url)
    threading.Thread(target=way.serve, daemon=True).start()
    try:
        yield way
    finally:
        way.close()


def planted(stack: Stack, failures: Callable[[], set[Any]], say: Callable[[str], None]) -> int:
    """Plant each defect alone, and count those about which an auditor says something new."""
    good = failures()
    found = 0
    for number, defect in enumerate(PLANTED, 1):
        defect.break_(stack)
        try:
            found += bool(failures() - good)
        finally:
            defect.mend(stack)
        say(f"planted {number} of {len(PLANTED)}, {found} found: {defect.name}")
    return found


class Ours:
    """Our audit."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.command = [sys.executable, "-m", "checks", "--name", stack.name]

    def failures(self) -> set[tuple[str, str]]:
        found = audit(Target.of_stack(self.stack)).findings
        return {(one.id, one.resource) for one in found if one.status is Status.FAIL}


def prowler(stack: Stack, venv: Path, endpoint_url: str, say: Callable[[str], None]) -> dict[str, str]:
    """The same of Prowler, in words for the column beside ours."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(venv / "bin" / "prowler"), "aws", "--services", *SERVICES, "--region", stack.region]
        command += [
            "--output-formats",
            "json-ocsf",
            "--output-directory",
            folder,
            "--output-filename",
            "found",
        ]
        command += ["--no-banner", "--log-level", "CRITICAL"]

        def failures() -> set[tuple[str, str]]:
            measured(endpoint_url, command, Path(folder))
            said = Path(folder, "found.ocsf.json")
            told = json.loads(said.read_text())
            said.unlink()
            return {
                (one["metadata"]["event_code"], resource["uid"])
                for one in told
                if one["status_code"] == "FAIL"
                for resource in one["resources"]
            }

        say("Prowler on the good stack (its first run compiles it)")
        good = failures()
        cost = measured(endpoint_url, command, Path(folder))
        Path(folder, "found.ocsf.json").unlink()
        took = f"{cost.seconds:.1f} s, {cost.calls} calls, {cost.megabytes:.0f} MB"
        say(f"Prowler: {took}, {len(good)} failures")
        found = planted(stack, failures, lambda line: say(f"Prowler: {line}"))
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=False).stdout
    name = (re.search(r"Prowler [\d.]+", version) or ["Prowler"])[0]
    return {
        "wall": f"{name}: {cost.seconds:.1f} s",
        "calls": f"{name}: {cost.calls}",
        "memory": f"{name}: {cost.megabytes:.0f} MB",
        "found": f"{name}: {found}",
        "good": f"{name}: {len(good)}",
    }
