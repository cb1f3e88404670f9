"""The event that a function gets: payload format 2.0, as captured from a live HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from cloud import ids
from cloud.http_api.routes import Match
from cloud.wire import Headers, Request

HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
TEXT = re.compile(
    r"text/|application/(?:[\w.-]+\+)?(?:json|xml)\b|application/(?:javascript|x-www-form-urlencoded)\b"
)
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MalformedPathError(ValueError):
    """A path that API Gateway answers with 400."""


def raw_path(path: str) -> str:
    """The path as it stands in the event: decoded, cut at a decoded ``?``, and decoded once more.

    >>> raw_path("/literal%2525value"), raw_path("/question%3Fvalue"), raw_path("/%253F")
    ('/literal%value', '/question', '/?')
    """
    once = unquote(path).partition("?")[0]
    if BROKEN_ESCAPE.search(once):
        raise MalformedPathError(path)
    return unquote(once)


def event_headers(request: Request, trace: str) -> dict[str, str]:
    """The headers of the event: lower-case, repeated ones joined by a comma, the gateway's own added."""
    kept: dict[str, str] = {}
    for name, value in request.headers:
        if name != "cookie" and name not in HOP_BY_HOP:
            kept[name] = f"{kept[name]},{value}" if name in kept else value
    forwarded = kept.get("x-forwarded-for")
    kept |= {
        "content-length": kept.get("content-length", "0"),
        "x-amzn-trace-id": trace,
        "x-forwarded-for": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    }
    return dict(sorted(kept.items()))


def query_parameters(request: Request) -> dict[str, str]:
    """Decoded query parameters; the values of a repeated one are joined by a comma."""
    joined: dict[str, str] = {}
    for name, value in request.query_pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def cookies(headers: Headers) -> list[str]:
    values = (value for name, value in headers if name == "cookie")
    return [cookie.strip() for value in values for cookie in value.split(";") if cookie.strip()]


def body(request: Request) -> tuple[str, bool]:
    """The body as text, and whether it is base64: whatever is not plainly text is."""
    content = request.content
    kind = request.header("content-type").strip().lower()
    if not request.has_header("content-encoding") and (not kind or TEXT.match(kind)):
        try:
            return content.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(content).decode(), True


def event(
    request: Request,
    match: Match,
    *,
    path: str,
    api_id: str,
    stage: str,
    account: str,
    request_id: str,
    trace: str,
    stage_variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build the event. Members that would be empty are absent.

    ``path`` is the raw path without the stage; a named stage stands before it again, as it does on AWS.
    """
    now = time.time()
    whole_path = path if stage == "$default" else f"/{stage}{path}"
    found: dict[str, Any] = {"version": "2.0", "routeKey": match.route_key, "rawPath": whole_path}
    found["rawQueryString"] = request.query
    if sent := cookies(request.headers):
        found["cookies"] = sent
    found["headers"] = event_headers(request, trace)
    if parameters := query_parameters(request):
        found["queryStringParameters"] = parameters
    found["requestContext"] = {
        "accountId": account,
        "apiId": api_id,
        "domainName": f"{api_id}.execute-api.localhost",
        "domainPrefix": api_id,
        "http": {
            "method": request.method,
            "path": whole_path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": request_id,
        "routeKey": match.route_key,
        "stage": stage,
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }
    if match.path_parameters:
        found["pathParameters"] = match.path_parameters
    if stage_variables:
        found["stageVariables"] = dict(stage_variables)
    text, encoded = body(request)
    if text:
        found["body"] = text
    found["isBase64Encoded"] = encoded and bool(text)
    return found


def trace_id(request: Request) -> str:
    """The trace header that goes on: the caller's, or a new root."""
    given = request.header("x-amzn-trace-id")
    return given if given.startswith(("Root=", "Self=")) else f"Root={ids.trace_root()}"
