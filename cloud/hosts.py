"""What a Host header names: the endpoint itself, a bucket, a website, an HTTP API, or nothing of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["endpoint", "bucket", "website", "api"]
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
BUCKET_NAME = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
NAMES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("website", re.compile(rf"({BUCKET_NAME})\.s3-website[-.][a-z0-9-]+\.localhost")),
    ("api", re.compile(r"([a-z0-9]{1,32})\.execute-api\.localhost")),
    ("bucket", re.compile(rf"({BUCKET_NAME})\.(?:s3\.)?localhost")),
)


@dataclass(frozen=True)
class Place:
    """Where a request wants to go; ``name`` is the bucket's or the API's."""

    kind: Kind
    name: str = ""


ENDPOINT = Place("endpoint")


def place_of(host: str, port: int, door: Place = ENDPOINT) -> Place | None:
    """Read a Host header that came in at ``port``; None when it is not one of ours (DNS rebinding).

    At a door, a port of its own, the port says what is meant and the name must be this machine's.

    >>> place_of("cats.s3-website-us-east-1.localhost:4566", 4566)
    Place(kind='website', name='cats')
    >>> place_of("evil.example:4566", 4566) is None
    True
    """
    name, given = _split(host.lower())
    if given != port and not (given is None and port == 80):
        return None
    if name in LOOPBACK:
        return door
    if door != ENDPOINT:
        return None
    for kind, pattern in NAMES:
        if match := pattern.fullmatch(name):
            return Place(kind, match[1])
    return None


def _split(host: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[0-9a-f:]+\]|[^:\[\]]+)(?::(\d{1,5}))?", host)
    return (match[1], int(match[2]) if match[2] else None) if match else ("", None)
