"""The cloud's own addresses under ``/_cloud/``: is it well and at work, where is a website, what time is it.

They are for programs on this machine. A page in a browser, which any site may have sent, is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloud.wire import Request, Response, json_response

if TYPE_CHECKING:
    from cloud.account import Account

PATHS = "/_cloud/"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # its website has an address before it exists
LARGEST_SCALE = 1000.0


class ClockError(ValueError):
    """A body of ``POST /_cloud/clock`` that the clock cannot follow."""


def answer(account: Account, request: Request) -> Response:
    """Answer a request for one of the cloud's own addresses."""
    if from_a_page(request):
        return json_response(403, {"message": "The embedded cloud's own addresses are not for web pages."})
    match request.method, request.path.removeprefix(PATHS).split("/"):
        case (("GET" | "HEAD"), ["health"]):
            machine = account.fleet.machine
            health = {
                "status": "ok",
                "functions_isolated": machine.isolation != "none",
                "functions_are_root": machine.functions_are_root,
                "isolation": machine.isolation,
            }
            return json_response(200, health)
        case (("GET" | "HEAD"), ["websites", bucket]) if BUCKET_NAME.fullmatch(unquote(bucket)):
            return json_response(200, {"url": account.doors.url("website", unquote(bucket))})
        case (("GET" | "HEAD"), ["websites", bucket]):
            return json_response(404, {"message": f"{unquote(bucket)!r} cannot be the name of a bucket."})
        case (("GET" | "HEAD"), ["activity"]):
            under_way = account.asynchronous.under_way + account.poller.under_way + account.fleet.at_work
            return json_response(200, {"under_way": under_way})
        case (("GET" | "HEAD"), ["clock"]):
            return json_response(200, shown(account))
        case "POST", ["clock"]:
            return set_clock(account, request)
        case _, ["health" | "activity" | "clock"] | ["websites", _]:
            return json_response(405, {"message": f"{request.method} is not for {request.path!r}."})
    return json_response(404, {"message": f"The embedded cloud has nothing at {request.path!r}."})


def from_a_page(request: Request) -> bool:
    """Whether a browser sent this on behalf of a page, rather than of the person at the address bar.

    Browsers say so themselves: https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    return bool(request.header("origin")) or request.header("sec-fetch-site") in ("cross-site", "same-site")


def set_clock(account: Account, request: Request) -> Response:
    """Move cloud time forward, or change how fast waits between retries pass."""
    try:
        asked = parse_clock(request.content)
        if "scale" in asked:
            account.clock.scale = asked["scale"]
        if "advance" in asked:
            account.clock.advance(asked["advance"])
    except ValueError as error:
        return json_response(400, {"message": str(error)})
    return json_response(200, shown(account))


def parse_clock(body: bytes) -> Mapping[str, float]:
    """What a body asks of the clock: ``advance`` in seconds, and ``scale`` of the waits between retries.

    Raises ClockError, which names the value and what was expected.

    >>> parse_clock(b'{"advance": 300}')
    {'advance': 300.0}
    """
    try:
        asked: Any = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not asked or set(asked) - {"advance", "scale"}:
        raise ClockError(
            'The clock takes JSON like {"advance": 300} (seconds) or {"scale": 0.5} (of retry waits).'
        )
    for name, value in asked.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ClockError(f"{name!r} is a number, not {value!r}.")
    if not 0 <= asked.get("scale", 1) <= LARGEST_SCALE:
        raise ClockError(f"'scale' is from 0 to {LARGEST_SCALE:g}, not {asked['scale']!r}.")
    return {name: float(value) for name, value in asked.items()}


def shown(account: Account) -> Mapping[str, Any]:
    """What the clock says now."""
    clock = account.clock
    now = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"now": now, "offset": clock.offset, "scale": clock.scale}
