"""Signature version 4, as pure functions: what a request's signature must be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from cloud.wire import Request

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True)
class Scope:
    """What a credential's use is limited to: ``AKID/20261124/us-east-1/s3/aws4_request``."""

    access_key_id: str
    date: str
    region: str
    service: str

    @classmethod
    def parse(cls, credential: str) -> Scope | None:
        """Read a credential; None when it is not of five parts.

        >>> Scope.parse("AKID/20261124/us-east-1/s3/aws4_request").region
        'us-east-1'
        """
        parts = credential.rsplit("/", 4)
        if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}", parts[1]):
            return None
        return cls(*parts[:4]) if all(parts) and "/" not in parts[0] else None

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True)
class Signed:
    """What was signed and what the signature must be; an error tells the caller all but the signature."""

    canonical_request: str
    string_to_sign: str
    signature: str


def expected(
    request: Request,
    scope: Scope,
    secret: str,
    timestamp: str,
    signed_headers: Iterable[str],
    payload_hash: str,
    *,
    without: str = "",
) -> Signed:
    """Compute the signature of a request; ``without`` names a query parameter that is not part of it."""
    names = list(signed_headers)
    canonical = "\n".join(
        (
            request.method,
            canonical_path(request.path, scope.service),
            canonical_query(request.query, without),
            "".join(f"{name}:{_header(request, name)}\n" for name in names),
            ";".join(names),
            payload_hash,
        )
    )
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    return Signed(canonical, to_sign, sign(signing_key(secret, scope), to_sign))


def _header(request: Request, name: str) -> str:
    value = request.header(name)
    if not value and name.startswith("x-amz-"):
        value = request.parameters.get(name, "")  # some SDKs sign a header, and put it into the URL
    return _SPACES.sub(" ", value.strip()) if "  " in value else value.strip()


def canonical_path(path: str, service: str) -> str:
    """S3 encodes each byte once; every other service encodes the encoded path again.

    >>> canonical_path("/a+b%20c", "s3"), canonical_path("/functions/arn%3Aaws", "lambda")
    ('/a%2Bb%20c', '/functions/arn%253Aaws')
    """
    if service == "s3":
        return quote(unquote_to_bytes(path), safe="/-_.~")
    return quote(path, safe="/-_.~")


def canonical_query(query: str, without: str = "") -> str:
    """Sort the parameters by name, then value, each encoded anew.

    >>> canonical_query("b=2&a=x+y&list-type")
    'a=x%20y&b=2&list-type='
    """
    pairs = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if name and name != without:
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


@lru_cache(maxsize=256)
def _derived(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signing_key(secret: str, scope: Scope) -> bytes:
    return _derived(secret, scope.date, scope.region, scope.service)


def sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), "sha256").hexdigest()


def hexadecimal(text: str) -> str:
    """The bytes of a text as S3 shows them in an error.

    >>> hexadecimal("PUT")
    '50 55 54'
    """
    return text.encode("utf-8", "surrogateescape").hex(" ")


def parse_timestamp(text: str) -> float | None:
    """Read ``20261124T153000Z`` as seconds since 1970; None when it is not of that form."""
    try:
        return float(calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ")))
    except ValueError:
        return None


def from_http_date(text: str) -> str:
    """An HTTP date, or such a timestamp already, as a timestamp; empty when it is neither.

    >>> from_http_date("Tue, 24 Nov 2026 15:30:00 GMT")
    '20261124T153000Z'
    """
    if parse_timestamp(text) is not None:
        return text
    try:
        return format_timestamp(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return ""


def format_timestamp(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def iso_timestamp(seconds: float) -> str:
    """A time as S3's errors write it: ``2026-11-24T15:30:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
