"""Route keys: what API Gateway accepts, and which route a request takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
DEFAULT = "$default"
FIXED, NAMED, GREEDY = range(3)  # how much a segment of a route says, the most first
SEGMENT = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
FORMAT = (
    "The provided route key is not formatted properly for HTTP protocol. "
    'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)


class RouteKeyError(ValueError):
    """A route key that API Gateway does not take. The message is API Gateway's."""


@dataclass(frozen=True)
class Match:
    """The route that a request takes, and the values of its path parameters."""

    route_key: str
    path_parameters: dict[str, str] = field(default_factory=dict)


def check(route_key: str) -> None:
    """Raise RouteKeyError unless API Gateway would create this route.

    >>> check("GET /files/{key+}")
    >>> check("FETCH files")
    Traceback (most recent call last):
    cloud.http_api.routes.RouteKeyError: The provided route key is not formatted properly for HTTP protocol. \
Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"
    """
    if route_key == DEFAULT:
        return
    method, space, path = route_key.partition(" ")
    if method not in METHODS or not space or not path.startswith("/") or " " in path:
        raise RouteKeyError(FORMAT)
    segments = path[1:].split("/") if path != "/" else []
    names = []
    for index, segment in enumerate(segments):
        parameter = SEGMENT.fullmatch(segment)
        if parameter is None and re.search(r"[{}]", segment):
            raise RouteKeyError(FORMAT)
        if parameter and parameter[2] and index < len(segments) - 1:
            raise RouteKeyError("A greedy path variable may only be the last segment of a route.")
        names += [parameter[1]] if parameter else []
    if len(set(names)) < len(names):
        raise RouteKeyError("A path variable may appear only once in a route.")


def match(route_keys: Iterable[str], method: str, path: str) -> Match | None:
    """Return the route for ``METHOD /path``, or None where API Gateway answers 404.

    A full match comes before a greedy one, ``$default`` last; of two alike the one that says most: fixed
    segments before ``{name}``, then a method before ANY.

    >>> match(["GET /files/{key+}", "$default"], "GET", "/files/incoming/cat.png")
    Match(route_key='GET /files/{key+}', path_parameters={'key': 'incoming/cat.png'})
    """
    best: tuple[tuple[bool, tuple[int, ...], bool], Match] | None = None
    keys = list(route_keys)
    for route_key in keys:
        if route_key == DEFAULT:
            continue
        wanted, pattern, rank = _compiled(route_key)
        found = pattern.fullmatch(path) if wanted in (method, "ANY") else None
        if found is not None:
            score = GREEDY in rank, rank, wanted == "ANY"
            if best is None or score < best[0]:
                values = {_named(route_key)[name]: value for name, value in found.groupdict().items()}
                best = score, Match(route_key, values)
    if best is not None:
        return best[1]
    return Match(DEFAULT) if DEFAULT in keys else None


@lru_cache(maxsize=1024)
def _compiled(route_key: str) -> tuple[str, re.Pattern[str], tuple[int, ...]]:
    method, _, path = route_key.partition(" ")
    pattern, rank = [], []
    for number, segment in enumerate(path[1:].split("/")):
        parameter = SEGMENT.fullmatch(segment)
        if parameter is None:
            pattern.append(re.escape(segment))
            rank.append(FIXED)
        else:
            pattern.append(f"(?P<p{number}>{'.+' if parameter[2] else '[^/]+'})")
            rank.append(GREEDY if parameter[2] else NAMED)
    return method, re.compile("/" + "/".join(pattern), re.DOTALL), tuple(rank)


@lru_cache(maxsize=1024)
def _named(route_key: str) -> dict[str, str]:
    """Group names of the pattern, and the path parameters' own: those may hold what a group name may not."""
    segments = route_key.partition(" ")[2][1:].split("/")
    found = {f"p{number}": SEGMENT.fullmatch(segment) for number, segment in enumerate(segments)}
    return {group: parameter[1] for group, parameter in found.items() if parameter}
