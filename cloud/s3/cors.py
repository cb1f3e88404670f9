"""CORS of a bucket: which rule speaks for a request, and what S3 answers then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloud.aws_errors import AwsError, malformed_xml
from cloud.wire import Headers, Request, Response

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
NOT_ALLOWED = (  # S3's own spelling
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
    "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
    "by the resource's CORS spec."
)


@dataclass(frozen=True)
class Rule:
    """One rule of a bucket's CORS configuration."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str] = ()
    exposed: Sequence[str] = ()
    max_age: str = ""


METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MOST_RULES = 100
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a name that HTTP allows


def check_configuration(rules: Sequence[Mapping[str, Any]]) -> None:
    """Raise AwsError unless S3 takes these rules.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
    """
    if not rules or len(rules) > MOST_RULES:
        raise malformed_xml()
    for rule in rules:
        if not rule.get("AllowedOrigins") or not rule.get("AllowedMethods"):
            raise malformed_xml()
        for method in rule["AllowedMethods"]:
            if method not in METHODS:
                message = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                raise AwsError("InvalidRequest", message)
        for member, name in (("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")):
            for value in rule.get(member) or []:
                if value.count("*") > 1:
                    raise AwsError("InvalidRequest", f'{name} "{value}" can not have more than one wildcard.')
        for value in [*(rule.get("AllowedHeaders") or []), *(rule.get("ExposeHeaders") or [])]:
            if not HEADER.fullmatch(value):  # S3 calls the exposed ones so, too
                raise AwsError("InvalidRequest", f'AllowedHeader "{value}" contains invalid character.')
        for value in rule.get("ExposeHeaders") or []:
            if "*" in value:
                sorry = "We currently do not support wildcard for ExposeHeader."
                raise AwsError("InvalidRequest", f'ExposeHeader "{value}" contains wildcard. {sorry}')


def forbidden(message: str, method: str, resource_type: str) -> AwsError:
    return AwsError("AccessForbidden", message, 403, {"Method": method, "ResourceType": resource_type})


def asked_headers(request: Request) -> list[str]:
    """The headers that a preflight asks for, in lower case.

    They may come in one header or several, with spaces or without.
    """
    listed = request.header("access-control-request-headers").split(",")
    return [name.strip().lower() for name in listed if name.strip()]


def matching(rules: Iterable[Rule], origin: str, method: str, headers: Sequence[str]) -> Rule | None:
    """The first rule that allows this origin, method and headers.

    >>> rule = Rule(["http://*.origin.com"], ["GET"], ["*"])
    >>> matching([rule], "http://test.origin.com", "GET", []) is rule
    True
    >>> matching([rule], "http://test.origin.com/", "GET", []) is None
    True
    """
    for rule in rules:
        if (
            any(_like(allowed, origin) for allowed in rule.origins)
            and method in rule.methods
            and all(any(_like(allowed.lower(), name) for allowed in rule.headers) for name in headers)
        ):
            return rule
    return None


def _like(pattern: str, value: str) -> bool:
    """Compare with a pattern that may hold one ``*``."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == value
    return len(value) >= len(before) + len(after) and value.startswith(before) and value.endswith(after)


def headers_of(rule: Rule, origin: str, asked: Sequence[str]) -> Headers:
    """The headers that a rule puts on an answer, preflight or not."""
    anyone = "*" in rule.origins
    headers = [("Access-Control-Allow-Origin", "*" if anyone else origin)]
    if not anyone:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    headers.append(("Access-Control-Allow-Methods", ", ".join(rule.methods)))
    if asked:
        headers.append(("Access-Control-Allow-Headers", ", ".join(asked)))
    if rule.exposed:
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule.exposed)))
    if rule.max_age:
        headers.append(("Access-Control-Max-Age", rule.max_age))
    return [*headers, ("Vary", VARY)]


def preflight(request: Request, rules: Sequence[Rule] | None, *, names_object: bool) -> Response:
    """Answer an OPTIONS request. ``rules`` is None when the bucket does not exist.

    Raises AwsError as S3 refuses.
    """
    origin, method = request.header("origin"), request.header("access-control-request-method")
    if not origin:
        raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
    if rules is None:
        raise forbidden("CORSResponse: Bucket not found", method or "OPTIONS", "BUCKET")
    if not rules:
        message = "CORSResponse: CORS is not enabled for this bucket."
        raise forbidden(message, method or "OPTIONS", "BUCKET")
    if method not in METHODS:
        raise AwsError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
    asked = asked_headers(request)
    for name in asked:
        if not HEADER.fullmatch(name):
            message = f'Access-Control-Request-Headers "{name}" contains invalid character.'
            raise AwsError("BadRequest", message)
    rule = matching(rules, origin, method, asked)
    if rule is None:
        raise forbidden(NOT_ALLOWED, method, "OBJECT" if names_object else "BUCKET")
    return Response(200, headers_of(rule, origin, asked))


def decorate(request: Request, rules: Sequence[Rule], response: Response) -> None:
    """Put CORS headers on an answer when a rule speaks for the request.

    A request that carries preflight headers is judged by those, as a preflight is.
    """
    origin = request.header("origin")
    if not origin or not rules:
        return
    method = request.header("access-control-request-method") or request.method
    asked = asked_headers(request)
    if rule := matching(rules, origin, method, asked):
        response.headers += headers_of(rule, origin, asked)
