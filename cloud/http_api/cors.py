"""CORS of an HTTP API: the gateway answers preflights itself, and what a function says of CORS is ignored.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloud.wire import Headers, Request, Response

SCHEMES = ("http://*", "https://*")


def is_preflight(request: Request) -> bool:
    return (
        request.method == "OPTIONS"
        and request.has_header("origin")
        and request.has_header("access-control-request-method")
    )


def allowed_origin(configuration: Mapping[str, Any], origin: str) -> str | None:
    """What Access-Control-Allow-Origin must say, or None when the origin is not allowed.

    >>> allowed_origin({"allowOrigins": ["http://127.0.0.1:8000"]}, "http://127.0.0.1:8000")
    'http://127.0.0.1:8000'
    >>> allowed_origin({"allowOrigins": ["*"]}, "http://evil.example"), allowed_origin({}, "null")
    ('*', None)
    """
    allowed = configuration.get("allowOrigins") or []
    if origin in allowed or any(scheme in allowed and origin.startswith(scheme[:-1]) for scheme in SCHEMES):
        return origin
    return "*" if "*" in allowed else None


def preflight(configuration: Mapping[str, Any], request: Request) -> Response:
    """Answer a preflight: always 204, with the configured headers only for an allowed origin."""
    origin = allowed_origin(configuration, request.header("origin"))
    if origin is None:
        return Response(204)
    headers: Headers = [("Access-Control-Allow-Origin", origin)]
    if methods := configuration.get("allowMethods"):
        headers.append(("Access-Control-Allow-Methods", ",".join(methods)))
    if names := configuration.get("allowHeaders"):
        headers.append(("Access-Control-Allow-Headers", ",".join(names)))
    if (seconds := configuration.get("maxAge")) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    return Response(204, headers + _credentials(configuration))


def decorate(configuration: Mapping[str, Any] | None, request: Request, response: Response) -> None:
    """Put the configured headers on an answer to another origin's request, in place of the function's."""
    if not configuration:
        return
    response.headers = [
        (name, value) for name, value in response.headers if not name.lower().startswith("access-control-")
    ]
    origin = allowed_origin(configuration, request.header("origin")) if request.has_header("origin") else None
    if origin is None:
        return
    response.headers.append(("Access-Control-Allow-Origin", origin))
    if exposed := configuration.get("exposeHeaders"):
        response.headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    response.headers += _credentials(configuration)


def _credentials(configuration: Mapping[str, Any]) -> Headers:
    return [("Access-Control-Allow-Credentials", "true")] if configuration.get("allowCredentials") else []
