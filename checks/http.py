"""Plain HTTP, as strangers and browsers send it: no signature, no redirects, any status is an answer."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.asking import CouldNotAskError

SECONDS = 20  # to wait for an answer


@dataclass(frozen=True)
class Reply:
    """What came back, and for which request."""

    request: str
    status: int
    headers: Mapping[str, str] = field(repr=False)  # names in lower case
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.request} answered {self.status}"


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirects)


def send(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    limit: int = 2**23,
) -> Reply:
    """Send a request. Raises CouldNotAskError when nobody answers, or the server has a fault."""
    request = urllib.request.Request(url, content, dict(headers or {}), method=method)  # noqa: S310 addresses that AWS gave
    shown = f"{method} {url.partition('?')[0]}"
    try:
        answer: Any = OPENER.open(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        answer = error
    except (OSError, http.client.HTTPException) as error:
        raise CouldNotAskError(shown, "to reach it", type(error).__name__, str(error)) from error
    with answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(shown, answer.status, found, answer.read(limit))


def get(url: str) -> Reply:
    """GET, of something that should answer. Raises CouldNotAskError on a fault of the server."""
    return sound(send("GET", url))


def head(url: str) -> Reply:
    """HEAD, as ``get``."""
    return sound(send("HEAD", url))


def sound(reply: Reply) -> Reply:
    if reply.status >= 500 or reply.status == 429:
        raise CouldNotAskError(reply.request, "to reach it", str(reply.status), "the server had a fault")
    return reply
