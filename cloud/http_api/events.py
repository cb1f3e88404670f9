"""The event that a function gets: payload format 2.0, as captured from a live HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from urllib.parse import unquote

from cloud import ids
from cloud.http_api import access_logs
from cloud.http_api.exchange import Exchange
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


def sent_headers(exchange: Exchange) -> Headers:
    """A request's headers, lower-case, those of one connection left out, the gateway's own added."""
    request = exchange.request
    forwarded = request.header("x-forwarded-for")
    own = {
        "content-length": request.header("content-length", "0"),
        "x-amzn-trace-id": exchange.trace,
        "x-forwarded-for": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    }
    sent = ((name, value) for name, value in request.headers if name not in HOP_BY_HOP | own.keys())
    return sorted([*sent, *own.items()], key=lambda one: one[0])


def event_headers(exchange: Exchange) -> dict[str, str]:
    """The headers of the event: repeated ones joined by a comma, without cookies, which stand elsewhere."""
    kept: dict[str, str] = {}
    for name, value in sent_headers(exchange):
        if name != "cookie":
            kept[name] = f"{kept[name]},{value}" if name in kept else value
    return kept


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


def event(exchange: Exchange) -> dict[str, Any]:
    """The event of an integration. Members that would be empty are absent."""
    found = {"version": "2.0"} | _described(exchange)
    text, encoded = body(exchange.request)
    if text:
        found["body"] = text
    found["isBase64Encoded"] = encoded and bool(text)
    return found


def _described(exchange: Exchange) -> dict[str, Any]:
    """What events of integrations and of authorizers have in common."""
    request, now = exchange.request, time.time()
    found: dict[str, Any] = {"routeKey": exchange.route.route_key, "rawPath": exchange.whole_path}
    found["rawQueryString"] = request.query
    if sent := cookies(request.headers):
        found["cookies"] = sent
    found["headers"] = event_headers(exchange)
    if parameters := query_parameters(request):
        found["queryStringParameters"] = parameters
    found["requestContext"] = {
        "accountId": exchange.account,
        "apiId": exchange.api.api_id,
        "domainName": exchange.domain_name,
        "domainPrefix": exchange.api.api_id,
        "http": {
            "method": request.method,
            "path": exchange.whole_path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": exchange.request_id,
        "routeKey": exchange.route.route_key,
        "stage": exchange.stage.name,
        "time": access_logs.request_time(now),
        "timeEpoch": int(now * 1000),
    }
    if exchange.authorizer:
        found["requestContext"]["authorizer"] = exchange.authorizer
    if exchange.route.path_parameters:
        found["pathParameters"] = exchange.route.path_parameters
    if exchange.stage_variables:
        found["stageVariables"] = dict(exchange.stage_variables)
    return found


def authorizer_event(exchange: Exchange, identity: list[str] | None) -> dict[str, Any]:
    """The event of a Lambda authorizer, payload format 2.0. ``identity`` holds its identity sources' values.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    own = {"routeArn": exchange.request_arn, "identitySource": identity}
    return {"version": "2.0", "type": "REQUEST"} | own | _described(exchange)


def trace_id(request: Request) -> str:
    """The trace header that goes on: the caller's, or a new root."""
    given = request.header("x-amzn-trace-id")
    return given if given.startswith(("Root=", "Self=")) else f"Root={ids.trace_root()}"
