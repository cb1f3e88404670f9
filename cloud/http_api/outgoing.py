"""Requests that the gateway sends itself: plain HTTP(S), no redirects followed, a limit on time and size."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

import urllib3

LARGEST_ANSWER = 10 * 1024 * 1024  # bytes
BLOCK = 64 * 1024  # bytes read at a time
_pool = urllib3.PoolManager(retries=False)


class UnreachableError(Exception):
    """Nobody answers there, or not in time, or with too much."""


class TooLargeError(UnreachableError):
    """The answer has more bytes than may pass."""


def send(
    method: str,
    url: str,
    *,
    headers: list[tuple[str, str]],
    body: bytes | None = None,
    seconds: float,
    most: int = LARGEST_ANSWER,
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request: (status, headers, body), all as they came. Raises UnreachableError."""
    if scheme_and_host(url)[0] not in ("http", "https"):
        raise UnreachableError(f"{url!r} is neither http:// nor https://")
    deadline = time.monotonic() + seconds
    try:
        answer = _pool.request(
            method,
            url,
            body=body,
            headers=urllib3.HTTPHeaderDict(headers),
            timeout=urllib3.Timeout(total=seconds),
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            content = _read(answer, deadline, most)
        finally:
            answer.close()  # a connection that is kept may be gone when the next request takes it
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise UnreachableError(f"{url}: {type(error).__name__}") from error
    return answer.status, list(answer.headers.iteritems()), content


def _read(answer: urllib3.BaseHTTPResponse, deadline: float, most: int) -> bytes:
    content = bytearray()
    while block := answer.read1(BLOCK):
        content += block
        if len(content) > most:
            raise TooLargeError(f"more than {most} bytes")
        if time.monotonic() > deadline:
            raise UnreachableError("not in time")
    return bytes(content)


def fetch_json(url: str, *, seconds: float, most: int) -> dict[str, Any]:
    """GET a JSON object. Raises UnreachableError for anything else."""
    status, _, body = send("GET", url, headers=[("Accept", "application/json")], seconds=seconds, most=most)
    try:
        found = json.loads(body) if status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreachableError(f"{url}: status {status}, no JSON object")
    return found


def scheme_and_host(url: str) -> tuple[str, str]:
    """Two parts of an address, both empty for one that cannot be read.

    >>> scheme_and_host("https://issuer.example/a"), scheme_and_host("https://[")
    (('https', 'issuer.example'), ('', ''))
    """
    try:
        place = urlsplit(url)
        return place.scheme, place.hostname or ""
    except ValueError:
        return "", ""
