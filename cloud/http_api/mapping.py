"""Parameter mapping: an integration may change requests on the way to it, and its answers on the way back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from cloud.http_api.answers import plain
from cloud.http_api.exchange import Exchange
from cloud.http_api.refusals import bad_request
from cloud.http_api.selection import select
from cloud.wire import Headers, Response

LARGEST_SEARCHED = 100 * 1024  # bytes of a body that a path into it sees: the page on parameter mapping
REQUEST_KEY = re.compile(r"(?:append|overwrite|remove):(?:header|querystring)\.[^ ]+|overwrite:path")
RESPONSE_KEY = re.compile(r"(?:append|overwrite|remove):header\.[^ ]+|overwrite:statuscode")
EXPRESSION = re.compile(r"\$\{((?:request|response|context|stageVariables)[^}]*)\}")
ALONE = re.compile(r"\$((?:request|response|context|stageVariables)\..+)")
STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
RESERVED = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|"
    r"forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|"
    r"x-amz-.*|x-amzn-.*|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via"
)
INVALID = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


def check(request: Mapping[str, str], responses: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse mappings that an HTTP API does not know, and those of reserved headers. Raises AwsError."""
    for key in request:
        if not REQUEST_KEY.fullmatch(key):
            raise bad_request(INVALID.format(f"Invalid Request Actioned Parameter specified: {key}"))
        _check_header(key)
    for status, mapped in responses.items():
        if not re.fullmatch(r"[2-5]\d\d", status):
            raise bad_request(f"Invalid status code specified in response parameters: {status}")
        for key in mapped:
            if not RESPONSE_KEY.fullmatch(key):
                message = f"Invalid Response Actioned Parameter destination specified: {key}"
                raise bad_request(INVALID.format(message))
            _check_header(key)


def _check_header(key: str) -> None:
    kind, _, name = key.partition(":")[2].partition(".")
    if kind == "header" and RESERVED.fullmatch(name.lower()):
        raise bad_request(INVALID.format(f"Operations on header {name} are restricted"))


def mapped(exchange: Exchange, parameters: Mapping[str, str]) -> tuple[Exchange, str | None]:
    """The exchange as its integration sees it, and the path that a mapping sets, if one does."""
    if not parameters:
        return exchange, None
    request, path = exchange.request, None
    headers, pairs = request.headers, request.query_pairs
    for action, kind, name, value in _actions(parameters, exchange, None):
        if kind == "header":
            headers = _changed(headers, action, name.lower(), plain(value))
        elif kind == "querystring":
            pairs = _changed(pairs, action, name, value)
        else:
            path = value if value.startswith("/") else f"/{value}"
    query = request.query if pairs == request.query_pairs else urlencode(pairs, quote_via=quote)
    target = f"{request.path}?{query}" if query else request.path
    return replace(exchange, request=replace(request, target=target, headers=headers)), path


def map_response(exchange: Exchange, response: Response, parameters: Mapping[str, Mapping[str, str]]) -> None:
    """Change an integration's answer as the mappings of its status code say."""
    wanted = parameters.get(str(response.status)) or {}
    for action, kind, name, value in list(_actions(wanted, exchange, response)):
        if kind == "header":
            response.headers = _changed(response.headers, action, name, plain(value))
        elif value.isdecimal() and 200 <= int(value) <= 599:
            response.status = int(value)


def _actions(
    parameters: Mapping[str, str], exchange: Exchange, response: Response | None
) -> Iterator[tuple[str, str, str, str]]:
    """What to do: (append, overwrite or remove; of what; its name; the value), where there is a value."""
    for key, source in parameters.items():
        action, _, destination = key.partition(":")
        kind, _, name = destination.partition(".")
        value = "" if action == "remove" else fill(source, exchange, response)
        if value is not None:
            yield action, kind, name, value


def _changed(pairs: Headers, action: str, name: str, value: str) -> Headers:
    kept = pairs if action == "append" else [one for one in pairs if one[0].lower() != name.lower()]
    return kept if action == "remove" else [*kept, (name, value)]


def fill(source: str, exchange: Exchange, response: Response | None = None) -> str | None:
    """The value of a mapping: a text, an expression, or a text with expressions in ``${}``.

    None where an expression names what is not there.
    """
    if alone := ALONE.fullmatch(source):
        return _select(alone[1], exchange, response)
    values = {name: _select(name, exchange, response) for name in EXPRESSION.findall(source)}
    if None in values.values():
        return None
    return EXPRESSION.sub(lambda found: values[found[1]] or "", source)


def _select(expression: str, exchange: Exchange, response: Response | None) -> str | None:
    where, _, rest = expression.partition(".")
    kind, _, name = rest.partition(".")
    if where == "request" and kind == "path":
        return exchange.route.path_parameters.get(name) if name else exchange.path
    if where == "response" and response is not None and kind == "header":
        return response.header(name) or None
    source = exchange.request.content if where == "request" else response.content if response else b""
    if kind == "body" or kind.startswith("body["):
        return _within(source, rest.removeprefix("body"))
    return select(f"${expression}", exchange)


def _within(body: bytes, path: str) -> str | None:
    """What a path leads to in a JSON body, like ``.user.name`` or ``.files[0]``; without one, all of it."""
    if not path:
        return body.decode("utf-8", "replace")
    try:
        value: Any = json.loads(body[:LARGEST_SEARCHED])
        for name, index in STEP.findall(path):
            value = value[int(index)] if index else value[name]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
