"""Integrations to a URL: the request is passed on there, and what comes back is the answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from urllib3.util import SKIP_HEADER

from cloud.http_api import outgoing
from cloud.http_api.events import HOP_BY_HOP
from cloud.http_api.exchange import Exchange
from cloud.http_api.refused import IntegrationError
from cloud.wire import Headers, Request, Response

VIA = "HTTP/1.1 AmazonAPIGateway"
MOST_PASSES = 8  # of one request through gateways: an API that leads to itself would never end
URI = re.compile(r"https?://(?:[^/?#{}\s]|\$\{stageVariables\.\w+\})+(?:[/?]\S*)?")
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
VARIABLE = re.compile(r"(?<!\$)\{([A-Za-z0-9._-]+)\+?\}")
AS_IT_IS = "/!$&'()*+,;=:@"  # what may stand in a path unescaped


def answer(exchange: Exchange, integration: Any, path: str | None) -> Response:
    """Pass a request on, and return the answer. ``path`` replaces the URI's, where a mapping says so.

    Redirects are the client's to follow. Raises IntegrationError, 503 where nobody answers in time:
    https://github.com/cortexlabs/cortex/issues/1225
    """
    request = exchange.request
    if request.header("via").count("AmazonAPIGateway") >= MOST_PASSES:
        raise IntegrationError(503, "The request has passed too many gateways.")
    method = integration.integration_method or "ANY"
    try:
        status, headers, content = outgoing.send(
            request.method if method == "ANY" else method,
            address(integration.integration_uri or "", exchange, path),
            headers=passed_on(exchange),
            body=request.content or (b"" if request.has_header("content-length") else None),
            seconds=int(integration.timeout_in_millis) / 1000,
        )
    except outgoing.TooLargeError as error:
        raise IntegrationError(500, f"The answer is too large: {error}.") from None
    except (outgoing.UnreachableError, ValueError) as error:  # stage variables may make an address of no kind
        raise IntegrationError(503, f"Network error communicating with endpoint: {error}.") from None
    return Response(status, returned(headers, request.method), content)


def address(uri: str, exchange: Exchange, path: str | None = None) -> str:
    """The address that a request goes to: variables filled in, and the request's query behind it."""
    known = exchange.stage_variables
    named = STAGE_VARIABLE.sub(lambda found: known.get(found[1], ""), uri)
    place = urlsplit(VARIABLE.sub(lambda found: _parameter(found[1], exchange), named))
    where = quote(path, safe=AS_IT_IS) if path else place.path
    query = "&".join(part for part in (place.query, exchange.request.query) if part)
    return urlunsplit((place.scheme, place.netloc, where, query, ""))


def _parameter(name: str, exchange: Exchange) -> str:
    """A path parameter as part of an address. ``..`` does not lead out of the place where it stands."""
    value = quote(exchange.route.path_parameters.get(name, ""), safe=AS_IT_IS)
    return "/".join(part.replace(".", "%2E") if part in (".", "..") else part for part in value.split("/"))


def passed_on(exchange: Exchange) -> Headers:
    """The headers that go on: the client's own, and how the request came here.

    Of its own the gateway adds ``Forwarded`` and ``Via``, no ``X-Forwarded-For``, as an echo behind it shows:
    https://github.com/expressjs/session/issues/886
    """
    request = exchange.request
    own = {"via": VIA, "forwarded": forwarded(request, exchange)}
    left_out = ("host", "content-length", *own)
    found = [(name, value) for name, value in end_to_end(request.headers) if name not in left_out]
    for name, value in own.items():
        found.append((name, f"{request.header(name)}, {value}" if request.has_header(name) else value))
    unasked = [name for name in ("user-agent", "accept-encoding") if not request.has_header(name)]
    return found + [(name, SKIP_HEADER) for name in unasked]  # urllib3 would add its own


def forwarded(request: Request, exchange: Exchange) -> str:
    host = request.header("host") or exchange.domain_name
    return f"by=127.0.0.1;for={request.source_ip};host={host};proto=http"


def returned(headers: Headers, method: str) -> Headers:
    """The headers that come back. The length is told anew, but of an answer to HEAD only they know it."""
    return [
        (name, value)
        for name, value in end_to_end(headers)
        if name.lower() != "content-length" or method == "HEAD"
    ]


def end_to_end(headers: Headers) -> Headers:
    """Headers without those that are for one connection alone: RFC 9110, section 7.6.1."""
    named = {
        word.strip().lower()
        for name, value in headers
        if name.lower() == "connection"
        for word in value.split(",")
    }
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named]


def is_url(uri: str) -> bool:
    """Whether an integration may lead to this URI.

    >>> is_url("https://api.example.com/files/{proxy}"), is_url("ftp://example.com"), is_url("http://{host}/")
    (True, False, False)
    """
    return URI.fullmatch(uri) is not None and outgoing.scheme_and_host(uri)[1] != ""
