"""Lambda authorizers: a function says who may pass, and the gateway remembers what it said.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud.http_api import events, events_1
from cloud.http_api.exchange import Exchange
from cloud.http_api.invoking import Invoker, NoAnswerError, NotPermittedError
from cloud.http_api.refused import RefusedError
from cloud.http_api.selection import select
from cloud.identity import policy as engine
from cloud.identity.context import Values, global_context
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import ANONYMOUS, Principal

PATIENCE = 10.0  # seconds that an authorizer may take: AWS's quota "Timeout for Lambda authorizer response"
CALLER = Principal("user")  # whoever the function takes the caller for: the policy that it answers says
MOST_VERDICTS = 10_000  # that are remembered at once
NO_PERMISSION = (
    "API Gateway doesn't have permission to invoke the authorizer. Update the function's resource policy, or "
    "give the authorizer a role that may."
)
BROKEN = "The authorizer's function failed or did not answer in time."
MALFORMED = "The authorizer returned a response in an invalid format."
NO_IDENTITY = "The request does not have all identity sources of the authorizer."


@dataclass(frozen=True)
class Verdict:
    """What a function said: yes or no to everything, or a policy; and what it tells the integration."""

    allowed: bool = False
    document: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    def admits(self, arn: str, circumstances: Values) -> bool:
        """Whether a request may pass; a policy is asked for the request's own ARN, each time anew."""
        if self.document is None:
            return self.allowed
        ask = Ask(CALLER, "execute-api:Invoke", (arn,), circumstances)
        return engine.decide(ask, [Policy(self.document, "identity")]).allowed


def verdict(payload: bytes, *, simple: bool) -> Verdict:
    """Read a function's answer. Raises ValueError for one of another format than the authorizer asks for.

    >>> verdict(b'{"isAuthorized": true, "context": {"user": "ann"}}', simple=True)
    Verdict(allowed=True, document=None, context={'user': 'ann'})
    """
    value = json.loads(payload)
    if not isinstance(value, dict):
        raise ValueError(MALFORMED)
    context = value.get("context") or {}
    document, allowed = value.get("policyDocument"), value.get("isAuthorized")
    if not isinstance(context, dict):
        raise ValueError(MALFORMED)
    if simple and isinstance(allowed, bool):
        return Verdict(allowed, context=context)
    if not simple and isinstance(document, dict):
        return Verdict(document=document, context=context)
    raise ValueError(MALFORMED)


class LambdaAuthorizers:
    """Asks functions whether requests may pass. Verdicts are kept by the values of the identity sources."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker
        self._kept: dict[tuple[str, ...], tuple[float, Verdict]] = {}  # until when, in seconds since 1970
        self._lock = threading.Lock()

    def admit(self, exchange: Exchange, authorizer: Any) -> None:
        """Let a request pass, and note what the function says of it. Raises RefusedError."""
        sources = authorizer.identity_source or []
        values = [select(source, exchange) for source in sources]
        if not all(values):
            raise RefusedError(401, NO_IDENTITY)
        identity = [value for value in values if value]
        found = self._verdict(exchange, authorizer, identity)
        circumstances = global_context(ANONYMOUS, exchange.request, exchange.region)
        if not found.admits(exchange.request_arn, circumstances):
            raise RefusedError(403)
        exchange.authorizer = {"lambda": found.context}

    def forget(self, api_id: str, stage: str | None = None) -> None:
        """Drop what was said for an API, or for one of its stages."""
        start = (api_id,) if stage is None else (api_id, stage)
        with self._lock:
            for key in [key for key in self._kept if key[: len(start)] == start]:
                del self._kept[key]

    def _verdict(self, exchange: Exchange, authorizer: Any, identity: list[str]) -> Verdict:
        seconds = int(authorizer.auth_result_ttl or 0)
        values = hashlib.sha256(json.dumps(identity).encode()).hexdigest()  # no token is kept
        key = (exchange.api.api_id, exchange.stage.name, authorizer.id, values)
        now = time.time()
        with self._lock:
            until, known = self._kept.get(key, (0.0, Verdict()))
        if identity and now < until <= now + seconds:
            return known
        found = self._ask(exchange, authorizer, identity)
        if identity and seconds:
            with self._lock:
                if len(self._kept) >= MOST_VERDICTS:
                    self._kept.clear()
                self._kept[key] = now + seconds, found
        return found

    def _ask(self, exchange: Exchange, authorizer: Any, identity: list[str]) -> Verdict:
        make = events.authorizer_event if _is_2(authorizer) else events_1.authorizer_event
        try:
            outcome = self._invoker.invoke(
                exchange,
                make(exchange, identity or None),
                uri=authorizer.authorizer_uri or "",
                role=authorizer.auth_creds_arn,
                source=exchange.arn(f"authorizers/{authorizer.id}"),
                limit=PATIENCE,
            )
            if outcome.error:
                raise RefusedError(500, BROKEN)
            return verdict(
                outcome.payload, simple=_is_2(authorizer) and bool(authorizer.enable_simple_response)
            )
        except NotPermittedError:
            raise RefusedError(500, NO_PERMISSION) from None
        except NoAnswerError:
            raise RefusedError(500, BROKEN) from None
        except ValueError:
            raise RefusedError(500, MALFORMED) from None


def _is_2(authorizer: Any) -> bool:
    return bool(authorizer.auth_payload_format_version == "2.0")
