"""JWT authorizers: a token passes when its issuer signed it for this audience, and it is of today.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

import jwt

from cloud.http_api.exchange import Exchange
from cloud.http_api.issuers import IssuerError, Issuers
from cloud.http_api.refused import RefusedError
from cloud.http_api.selection import select

ALGORITHMS = ["RS256", "RS384", "RS512"]  # "Currently, only RSA-based algorithms are supported"
NO_TOKEN = "missing: token not provided"  # noqa: S105  # words for the access log
SIGNATURE_ALONE: Any = {
    "verify_signature": True,
    **dict.fromkeys(("verify_aud", "verify_exp", "verify_iat", "verify_iss", "verify_nbf"), False),
    **dict.fromkeys(("verify_jti", "verify_sub"), False),
}


class TokenError(Exception):
    """A token that does not pass. The message is what ``www-authenticate`` says of it."""


class JwtAuthorizers:
    """Looks at tokens, with the keys that their issuers publish."""

    def __init__(self) -> None:
        self._issuers = Issuers()

    def admit(self, exchange: Exchange, authorizer: Any, scopes: Collection[str]) -> None:
        """Let a request pass, and note the claims of its token. Raises RefusedError."""
        [source] = authorizer.identity_source
        token = bare(select(source, exchange) or "")
        if not token:
            raise RefusedError(401, NO_TOKEN, "Bearer")
        settings = authorizer.jwt_config
        try:
            claims = self._signed(token, settings["issuer"])
            check(claims, settings["issuer"], settings.get("audience") or [], time.time())
        except (TokenError, IssuerError) as error:
            challenge = f'Bearer scope="{" ".join(scopes)}" error="invalid_token" error_description="{error}"'
            raise RefusedError(401, f"invalid_token: {error}", challenge) from None
        held = scopes_of(claims)
        if scopes and not set(scopes) & set(held):
            raise RefusedError(403, "insufficient_scope")
        exchange.authorizer = {"jwt": {"claims": as_text(claims), "scopes": held if scopes else None}}

    def _signed(self, token: str, issuer: str) -> dict[str, Any]:
        """The claims of a token, once its signature holds. Raises TokenError and IssuerError."""
        if token.count(".") != 2:
            raise TokenError("token contains an invalid number of segments")
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in ALGORITHMS:
                raise TokenError("signing method is invalid")
            key = self._issuers.key(issuer, str(head.get("kid", "")))
            if key is None:
                raise TokenError("no key of the issuer has the kid of the token")
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=ALGORITHMS, options=SIGNATURE_ALONE)
        except jwt.InvalidSignatureError:
            raise TokenError("crypto/rsa: verification error") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenError("the token cannot be decoded") from None
        return claims


def bare(value: str) -> str:
    """A token without the ``Bearer`` that may stand before it.

    >>> bare("Bearer a.b.c"), bare("a.b.c")
    ('a.b.c', 'a.b.c')
    """
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


def check(claims: Mapping[str, Any], issuer: str, audiences: Collection[str], now: float) -> None:
    """Hold a token's claims against an authorizer's settings. Raises TokenError.

    >>> check({"iss": "https://a.example", "aud": "b", "exp": 2}, "https://a.example", ["b"], 1)
    """
    if claims.get("iss") != issuer:
        raise TokenError("issuer does not match")
    meant = claims["aud"] if "aud" in claims else claims.get("client_id")
    if not set(audiences) & set(_texts(meant)):
        raise TokenError("the token does not have a valid audience")
    expires = _seconds(claims, "exp")
    if expires is None or expires <= now:
        raise TokenError("the token has expired")
    for name in ("nbf", "iat"):
        begins = _seconds(claims, name)
        if begins is not None and begins > now:
            raise TokenError("the token is not valid yet")


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The scopes that a token has, from ``scope`` or ``scp``: words of a text, or a list.

    >>> scopes_of({"scope": "read write"}), scopes_of({"scp": ["read"]}), scopes_of({})
    (['read', 'write'], ['read'], [])
    """
    found = claims["scope"] if "scope" in claims else claims.get("scp")
    return found.split() if isinstance(found, str) else _texts(found)


def as_text(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims as an event shows them: all of them text, a list between brackets, null not at all.

    >>> as_text({"sub": "ann", "exp": 7, "admin": True, "groups": ["a", "b"], "nickname": None})
    {'sub': 'ann', 'exp': '7', 'admin': 'true', 'groups': '[a b]'}
    """
    return {name: _text(value) for name, value in claims.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(_text(one) for one in value)}]"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """A moment in seconds since 1970, or None without one. Raises TokenError for what is no number."""
    value = claims.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TokenError(f"{name} is not a number")
    return value
