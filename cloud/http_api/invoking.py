"""How the gateway runs functions, for integrations and for authorizers: may it, and how long it waits."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from typing import Any

from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import CONCURRENCY, ThrottledError
from cloud.functions.lambda_service import Function, LambdaService, session_of
from cloud.http_api.exchange import Exchange
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask
from cloud.identity.principals import service

FUNCTION_URI = "functions/arn:"
GATEWAY = service("apigateway.amazonaws.com")


class NotPermittedError(Exception):
    """There is no such function, or the gateway may not invoke it."""


class NoAnswerError(Exception):
    """The function did not answer in time, or was not let to."""


class Invoker:
    """Runs functions on behalf of an API."""

    def __init__(self, functions: LambdaService, authorizer: Authorizer) -> None:
        self._functions, self._authorizer = functions, authorizer
        self._slow = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="cloud-gateway")

    def invoke(
        self, exchange: Exchange, event: Any, *, uri: str, role: str | None, source: str, limit: float
    ) -> Outcome:
        """Run the function that ``uri`` names, and wait ``limit`` seconds.

        ``role`` is the ARN of the role to call it with; without one the function's own policy must let
        ``source`` in, the ARN of the route or authorizer. Raises NotPermittedError and NoAnswerError.
        """
        function = self._functions.find(_function_arn(uri))
        if function is None or not self._may_invoke(function, exchange, role, source):
            raise NotPermittedError(uri)
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        invocation = Invocation(payload, trace=exchange.trace)
        try:
            return self._run(function, invocation, limit)
        except (ThrottledError, TooLateError):
            raise NoAnswerError(uri) from None

    def _run(self, function: Function, invocation: Invocation, limit: float) -> Outcome:
        """Run the function while the gateway waits; only one that may take longer needs a watch."""
        if function.settings.timeout <= limit:
            begun = time.monotonic()
            outcome = self._functions.run(function, invocation)
            if time.monotonic() - begun >= limit:
                raise TooLateError
            return outcome
        return self._slow.submit(self._functions.run, function, invocation).result(limit)

    def _may_invoke(self, function: Function, exchange: Exchange, role: str | None, source: str) -> bool:
        arn = function.settings.arn
        if role:
            caller = session_of(role, exchange.account, "apigateway")
            return self._authorizer.decide(Ask(caller, "lambda:InvokeFunction", (arn,))).allowed
        context = {"aws:sourcearn": source, "aws:sourceaccount": exchange.account}
        ask = Ask(GATEWAY, "lambda:InvokeFunction", (arn,), context)
        return self._authorizer.decide(ask, [function.policy]).allowed


def _function_arn(uri: str) -> str:
    """The function that a URI names: a function's ARN, or API Gateway's own form around it.

    >>> _function_arn("arn:aws:apigateway:x:lambda:path/2015-03-31/functions/arn:aws:lambda:x/invocations")
    'arn:aws:lambda:x'
    """
    if FUNCTION_URI in uri:
        return "arn:" + uri.partition(FUNCTION_URI)[2].removesuffix("/invocations")
    return uri
