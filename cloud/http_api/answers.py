"""What a handler's return value becomes: the HTTP answer that API Gateway makes of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cloud.wire import Headers, Response

MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


WRONG_TYPE = 'Lambda body contains the wrong type for field "{}"'


class MalformedAnswerError(ValueError):
    """A return value that API Gateway answers with 500."""


def refusal(status: int) -> Response:
    """An answer that API Gateway gives by itself.

    >>> refusal(404).content
    b'{"message":"Not Found"}'
    """
    return Response(status, [("Content-Type", "application/json")], _compact({"message": MESSAGES[status]}))


def answer(payload: bytes, version: str = "2.0") -> Response:
    """Make the HTTP answer of a function's payload, in the payload format of that version.

    In format 2.0 a value without ``statusCode`` is the body: text as it is, everything else as compact JSON.
    Format 1.0 knows ``multiValueHeaders``, and no ``cookies``. Raises MalformedAnswerError, for what is not
    JSON too: bytes that a handler returns, and Python's ``NaN``.

    >>> answer(b'"hello"').content, answer(b'{"hello": "world"}').content
    (b'hello', b'{"hello":"world"}')
    """
    try:
        value = DECODER.decode(payload.decode())
    except ValueError:
        raise MalformedAnswerError("not JSON") from None
    if not isinstance(value, dict) or "statusCode" not in value:
        if version == "1.0":
            raise MalformedAnswerError(WRONG_TYPE.format("statusCode"))
        text = value.encode() if isinstance(value, str) else _compact(value)
        return Response(200, [("Content-Type", "application/json")], text)
    status = _status(value["statusCode"])
    headers = _several(value) if version == "1.0" else []
    for name, item in _member(value, "headers", dict).items():
        headers.append((_token(name), plain(_scalar(item, "headers"))))
    for cookie in _member(value, "cookies", list) if version == "2.0" else ():
        headers.append(("Set-Cookie", plain(_scalar(cookie, "cookies"))))
    content = _content(value)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    kept = [(name, item) for name, item in headers if name.lower() not in NOT_THE_FUNCTIONS_OWN]
    return Response(status, kept, content)


def _not_json(constant: str) -> None:
    """NaN and Infinity, which Python writes and reads, are no JSON."""
    raise ValueError(constant)


DECODER = json.JSONDecoder(parse_constant=_not_json)

NOT_THE_FUNCTIONS_OWN = {"content-length", "transfer-encoding", "connection", "date", "keep-alive", "upgrade"}


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise MalformedAnswerError(WRONG_TYPE.format("statusCode"))
    return value


def _member(value: dict[str, Any], name: str, kind: type[Any]) -> Any:
    found = value.get(name)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise MalformedAnswerError(WRONG_TYPE.format(name))
    return found


def _several(value: dict[str, Any]) -> Headers:
    """The headers that have several values."""
    found: Headers = []
    for name, items in _member(value, "multiValueHeaders", dict).items():
        if not isinstance(items, list):
            raise MalformedAnswerError(WRONG_TYPE.format("multiValueHeaders"))
        found += [(_token(name), plain(_scalar(item, "multiValueHeaders"))) for item in items]
    return found


def _scalar(value: Any, name: str) -> str:
    """Text as it is; numbers and booleans as JSON writes them; nothing for null."""
    if isinstance(value, list | dict):
        raise MalformedAnswerError(WRONG_TYPE.format(name))
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _content(value: dict[str, Any]) -> bytes:
    body: str = _member(value, "body", str)
    if value.get("isBase64Encoded") is True:
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error:
            raise MalformedAnswerError("body is not base64") from None
    return body.encode("utf-8", "replace")


def _token(name: str) -> str:
    if not name or any(character in " \t\r\n:" or ord(character) > 126 for character in name):
        raise MalformedAnswerError(f"header name {name!r}")
    return name


def plain(text: str) -> str:
    """A header's value as it can be sent: one line, Latin letters."""
    return text.replace("\r", "").replace("\n", "").encode("latin-1", "replace").decode("latin-1")


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
