"""Issuers of tokens: where they publish their keys, and the keys, kept for a while.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig, and the limits:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from cloud.http_api import outgoing

DISCOVERY = "/.well-known/openid-configuration"
PATIENCE = 5.0  # seconds that an issuer may take for one answer; 1.5 on AWS, whose machines do nothing else
LARGEST_DOCUMENT = 150_000  # bytes
KEPT = 2 * 3600.0  # seconds that API Gateway keeps keys: the page on JWT authorizers
SHORTEST_KEPT = 60.0  # seconds before a key that is not known makes the gateway ask again
FAILURE_KEPT = 10.0  # seconds before an issuer that failed is asked again: strangers' tokens cost it nothing
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NO_DISCOVERY = "OIDC discovery endpoint communication error"
NO_KEYS = "JWKS communication error"


class IssuerError(Exception):
    """An issuer that does not answer as OpenID Connect asks. The message is API Gateway's."""


@dataclass
class Keys:
    """An issuer's public keys by their ids. Moments are in seconds since 1970."""

    by_id: Mapping[str, Any] = field(default_factory=dict)
    fetched: float = -KEPT
    failed: float = -FAILURE_KEPT
    failure: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)  # one request asks; the others wait for it


class Issuers:
    """Knows the keys of the issuers that authorizers trust."""

    def __init__(self) -> None:
        self._keys: dict[str, Keys] = {}

    def key(self, issuer: str, key_id: str) -> Any | None:
        """An issuer's RSA key of that id, or None. Raises IssuerError."""
        kept = self._keys.setdefault(issuer, Keys())
        with kept.lock:
            age = time.time() - kept.fetched
            if age >= KEPT or (key_id not in kept.by_id and age >= SHORTEST_KEPT):
                _fetch(kept, issuer)
            return kept.by_id.get(key_id)


def _fetch(kept: Keys, issuer: str) -> None:
    """Ask an issuer for its keys, unless it has just failed. Raises IssuerError."""
    if time.time() - kept.failed < FAILURE_KEPT:
        raise IssuerError(kept.failure)
    try:
        kept.by_id, kept.fetched = _keys(issuer), time.time()
    except IssuerError as error:
        kept.failed, kept.failure = time.time(), str(error)
        raise


def discover(issuer: str) -> str:
    """Where an issuer publishes its keys. Raises IssuerError."""
    if not _is_allowed(issuer):
        raise IssuerError(NO_DISCOVERY)
    url = issuer.rstrip("/") + DISCOVERY
    try:
        found = outgoing.fetch_json(url, seconds=PATIENCE, most=LARGEST_DOCUMENT).get("jwks_uri")
    except outgoing.UnreachableError:
        raise IssuerError(NO_DISCOVERY) from None
    if not isinstance(found, str) or not _is_allowed(found):
        raise IssuerError(NO_DISCOVERY)
    return found


def _keys(issuer: str) -> dict[str, Any]:
    url = discover(issuer)
    try:
        published = outgoing.fetch_json(url, seconds=PATIENCE, most=LARGEST_DOCUMENT).get("keys")
    except outgoing.UnreachableError:
        raise IssuerError(NO_KEYS) from None
    found = {}
    for one in published if isinstance(published, list) else []:
        if isinstance(one, dict) and one.get("kty") == "RSA" and isinstance(one.get("kid"), str):
            try:
                found[one["kid"]] = jwt.PyJWK(one, "RS256").key
            except jwt.PyJWTError:
                continue  # a key that is none does not spoil the others
    return found


def _is_allowed(url: str) -> bool:
    """HTTPS anywhere; plain HTTP only on this machine, so that a lesson can run an issuer of its own."""
    scheme, host = outgoing.scheme_and_host(url)
    return bool(host) and (scheme == "https" or (scheme == "http" and host in LOOPBACK))
