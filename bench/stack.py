"""The whole dashboard: how long it takes to build, to remove, and to list what was just uploaded."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloud
from bench.table import Row

ROOT = Path(__file__).resolve().parent.parent
UPLOADS = 60


def run(say: Callable[[str], None]) -> list[Row]:
    """Build, use and remove one dashboard in a cloud of its own."""
    with cloud.start() as running:
        environment = os.environ | running.environ()
        say("workbook up")
        up, built = command(environment, "up", "--json")
        say("workbook up, once more")
        again, _ = command(environment, "up", "--json")
        say(f"{UPLOADS} uploads, each until it is listed")
        lags = [
            1000 * upload_to_listed(json.loads(built)["api_url"], number) for number in range(UPLOADS + 5)
        ][5:]
        say("workbook down")
        down, _ = command(environment, "down")
    return [
        Row("workbook up, from nothing, imports included", up, "s", "at most 3 s"),
        Row("workbook up, nothing to do", again, "s"),
        Row("workbook down", down, "s"),
        Row("ticket, PUT, event, record, listed: p50 warm", statistics.median(lags), "ms", "at most 100 ms"),
        Row("the same: p95", statistics.quantiles(lags, n=20)[-1], "ms"),
    ]


def command(environment: dict[str, str], *words: str) -> tuple[float, str]:
    """How long one command takes, in seconds, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "workbook.cli", *words],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return time.perf_counter() - began, done.stdout


def upload_to_listed(api: str, number: int) -> float:
    """Seconds from asking for a ticket until the list shows the file."""
    body = {"name": f"{number}.txt", "content_type": "text/plain", "size": 5}
    began = time.perf_counter()
    ticket = ask("POST", f"{api}/uploads", json.dumps(body).encode(), {"content-type": "application/json"})
    ask(ticket["method"], ticket["url"], b"hello", ticket["headers"])
    while not ask("GET", f"{api}/files?limit=1&prefix={ticket['object_key'].rsplit('/', 1)[0]}")["files"]:
        pass  # asking is the measure: the list shows it, or it does not
    return time.perf_counter() - began


def ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(url, body, headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        content = answer.read()
    return json.loads(content) if content else {}
