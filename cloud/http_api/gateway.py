"""The gateway at work: a request to an HTTP API becomes an event, an invocation, an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass
from typing import Any

from cloud import ids
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import CONCURRENCY, ThrottledError
from cloud.functions.lambda_service import Function, LambdaService
from cloud.http_api import answers, cors, events, routes
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask
from cloud.identity.principals import service
from cloud.wire import Request, Response

LARGEST_BODY = 10 * 1024 * 1024  # bytes
LONGEST_HEAD = 10_240  # bytes of request line and headers
FUNCTION_URI = "functions/arn:"


@dataclass(frozen=True)
class Deployed:
    """What a stage serves: its routes with their integrations, and its variables."""

    name: str
    targets: Mapping[str, Any]  # route key -> integration
    variables: Mapping[str, str]


class Gateway:
    """Serves the HTTP APIs of one account. ``deployed`` tells what an API's stages serve now."""

    def __init__(self, functions: LambdaService, authorizer: Authorizer, account: str, region: str) -> None:
        self._functions, self._authorizer = functions, authorizer
        self._account, self._region = account, region
        self._slow = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="cloud-gateway")

    def answer(self, api: Any, request: Request) -> Response:
        """Answer one request to an API, preflights and refusals included."""
        request_id = ids.gateway_request_id()
        configuration = api.cors_configuration
        if configuration and cors.is_preflight(request):
            response = cors.preflight(configuration, request)
        else:
            response = self._route(api, request, request_id)
            cors.decorate(configuration, request, response)
        response.headers.append(("Apigw-Requestid", request_id))
        return response

    def _route(self, api: Any, request: Request, request_id: str) -> Response:
        if int(request.header("content-length") or 0) > LARGEST_BODY or len(request.content) > LARGEST_BODY:
            return answers.refusal(413)
        try:
            path = events.raw_path(request.path)
        except events.MalformedPathError:
            return answers.refusal(400)
        stage, path = self._stage(api, path)
        if stage is None:
            return answers.refusal(404)
        match = routes.match([route.route_key for route in api.routes.values()], request.method, path)
        if match is None:
            return answers.refusal(404)
        integration = self._integration(api, match.route_key)
        if integration is None:
            return answers.refusal(500)
        return self._integrate(api, stage, match, integration, request, path, request_id)

    def _stage(self, api: Any, path: str) -> tuple[Any, str]:
        """The stage that a path names, and the path without it; else ``$default``, which has no name in paths."""
        first, _, rest = path[1:].partition("/")
        if first in api.stages and first != routes.DEFAULT:
            return api.stages[first], f"/{rest}"
        return api.stages.get(routes.DEFAULT), path

    def _integration(self, api: Any, route_key: str) -> Any:
        route = next(route for route in api.routes.values() if route.route_key == route_key)
        return api.integrations.get((route.target or "").removeprefix("integrations/"))

    def _integrate(
        self,
        api: Any,
        stage: Any,
        match: routes.Match,
        integration: Any,
        request: Request,
        path: str,
        request_id: str,
    ) -> Response:
        function = self._functions.find(_function_arn(integration.integration_uri or ""))
        if function is None or not self._may_invoke(function, api, stage.name, match, request):
            return answers.refusal(500)
        trace = events.trace_id(request)
        event = events.event(
            request,
            match,
            path=path,
            api_id=api.api_id,
            stage=stage.name,
            account=self._account,
            request_id=request_id,
            trace=trace,
            stage_variables=stage.stage_variables,
        )
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            outcome = self._run(
                function, Invocation(payload, trace=trace), integration.timeout_in_millis / 1000
            )
            return answers.refusal(500) if outcome.error else answers.answer(outcome.payload)
        except ThrottledError:
            return answers.refusal(503)
        except TooLateError:
            return answers.refusal(503)
        except answers.MalformedAnswerError:
            return answers.refusal(500)

    def _run(self, function: Function, invocation: Invocation, limit: float) -> Outcome:
        """Run the function for as long as the integration waits; only one that may take longer needs a watch."""
        if function.settings.timeout < limit:
            return self._functions.run(function, invocation)
        return self._slow.submit(self._functions.run, function, invocation).result(limit)

    def _may_invoke(
        self, function: Function, api: Any, stage: str, match: routes.Match, request: Request
    ) -> bool:
        """Whether the function's policy lets this route of this API invoke it."""
        if match.route_key == routes.DEFAULT:
            where = routes.DEFAULT
        else:
            where = f"{request.method}{match.route_key.partition(' ')[2]}"
        source = f"arn:aws:execute-api:{self._region}:{self._account}:{api.api_id}/{stage}/{where}"
        context = {"aws:sourcearn": source, "aws:sourceaccount": self._account}
        caller = service("apigateway.amazonaws.com")
        ask = Ask(caller, "lambda:InvokeFunction", (function.settings.arn,), context)
        return self._authorizer.decide(ask, [function.policy]).allowed


def _function_arn(uri: str) -> str:
    """The function that an integration's URI names: a function's ARN, or API Gateway's own form around it.

    >>> _function_arn("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:x/invocations")
    'arn:aws:lambda:x'
    """
    if FUNCTION_URI in uri:
        return "arn:" + uri.partition(FUNCTION_URI)[2].removesuffix("/invocations")
    return uri
