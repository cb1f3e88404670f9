"""The gateway at work: a request to an HTTP API becomes an event, an invocation, an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloud.functions.lambda_service import LambdaService
from cloud.functions.log_writer import Batch, LogWriter
from cloud.http_api import access_logs, answers, cors, events, events_1, http_proxy, mapping, routes
from cloud.http_api.authorizing import Authorizing
from cloud.http_api.deployments import Deployments
from cloud.http_api.exchange import Exchange, variables
from cloud.http_api.invoking import GATEWAY, Invoker, NoAnswerError, NotPermittedError
from cloud.http_api.refused import IntegrationError, RefusedError
from cloud.http_api.throttle import Throttle
from cloud.identity.authentication import Authenticator
from cloud.identity.authorization import Authorizer
from cloud.metrics import Metrics
from cloud.wire import Request, Response

LARGEST_BODY = 10 * 1024 * 1024  # bytes
LARGEST_HEAD = 10_240  # bytes of request line and headers together
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
NO_PERMISSION = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
    "integration. Check the permissions and try again."
)
NOT_IN_TIME = "The integration did not answer in time."
MALFORMED = "The response from the Lambda function doesn't match the format that API Gateway expects."


class Gateway:
    """Serves the HTTP APIs of one account."""

    def __init__(
        self,
        functions: LambdaService,
        authenticator: Authenticator,
        authorizer: Authorizer,
        deployments: Deployments,
        logs: LogWriter,
        metrics: Metrics,
    ) -> None:
        self._deployments, self._logs, self._metrics = deployments, logs, metrics
        self._account, self._region = functions.account, functions.region
        self._invoker = Invoker(functions, authorizer)
        self.authorizing = Authorizing(authenticator, authorizer, self._invoker)
        self._throttle = Throttle()

    def answer(self, api: Any, request: Request) -> Response:
        """Answer one request to an API, preflights and refusals included."""
        exchange = Exchange(api, request, self._account, self._region, events.trace_id(request))
        configuration = api.cors_configuration
        if configuration and cors.is_preflight(request):
            response = cors.preflight(configuration, request)
        else:
            response = self._pass(exchange)
            cors.decorate(configuration, request, response)
        response.headers.append(("Apigw-Requestid", exchange.request_id))
        self._note(exchange, response)
        return response

    def _pass(self, exchange: Exchange) -> Response:
        """Find the route, and let it answer; or refuse as the gateway does."""
        api, request = exchange.api, exchange.request
        if _head_size(request) > LARGEST_HEAD:
            return answers.refusal(431)
        if int(request.header("content-length") or 0) > LARGEST_BODY or len(request.content) > LARGEST_BODY:
            return answers.refusal(413)
        try:
            path = events.raw_path(request.path)
        except events.MalformedPathError:
            return answers.refusal(400)
        exchange.stage, exchange.path = self._stage(api, path)
        if exchange.stage is None:
            return answers.refusal(404)
        served = self._deployments.routes(api, exchange.stage)
        exchange.match = routes.match(served, request.method, exchange.path)
        if exchange.match is None:
            return answers.refusal(404)
        route = served[exchange.match.route_key]
        try:
            self.authorizing.admit(exchange, route)
        except RefusedError as refused:
            exchange.authorizer_error = refused.error
            return refused.answer()
        if not self._throttle.admits(api.api_id, exchange.stage, route.key):
            return answers.refusal(429)
        if route.integration is None:
            return answers.refusal(500)
        return self._integrate(exchange, route.integration)

    def _stage(self, api: Any, path: str) -> tuple[Any, str]:
        """The stage that a path names, and the path without it; else ``$default``, which no path names."""
        first, _, rest = path[1:].partition("/")
        if first in api.stages and first != routes.DEFAULT:
            return api.stages[first], f"/{rest}"
        return api.stages.get(routes.DEFAULT), path

    def _integrate(self, exchange: Exchange, integration: Any) -> Response:
        """Let an integration answer, and note how long it took."""
        begun = time.monotonic()
        try:
            seen, path = mapping.mapped(exchange, integration.request_parameters or {})
            if integration.integration_type == "AWS_PROXY":
                response = self._of_function(exchange, seen, path, integration)
            else:
                response = http_proxy.answer(seen, integration, path)
                exchange.integration_status = response.status
            mapping.map_response(exchange, response, integration.response_parameters or {})
            return response
        except IntegrationError as error:
            exchange.error = str(error)
            return answers.refusal(error.status)
        finally:
            exchange.integration_ms = (time.monotonic() - begun) * 1000

    def _of_function(
        self, exchange: Exchange, seen: Exchange, path: str | None, integration: Any
    ) -> Response:
        """The answer that a function's value makes. ``seen`` is what it gets to see of the exchange."""
        version = integration.payload_format_version
        make = events_1.event if version == "1.0" else events.event
        try:
            outcome = self._invoker.invoke(
                exchange,
                make(replace(seen, path=path) if path else seen),
                uri=integration.integration_uri or "",
                role=integration.credentials_arn,
                source=exchange.route_arn,
                limit=int(integration.timeout_in_millis) / 1000,
            )
            exchange.integration_status = 200
            if outcome.error:
                raise IntegrationError(500, outcome.payload.decode("utf-8", "replace"))
            return answers.answer(outcome.payload, version)
        except NotPermittedError:
            raise IntegrationError(500, NO_PERMISSION) from None
        except NoAnswerError:
            raise IntegrationError(503, NOT_IN_TIME) from None
        except answers.MalformedAnswerError as error:
            raise IntegrationError(500, f"{MALFORMED} {error}") from None

    def _note(self, exchange: Exchange, response: Response) -> None:
        """Count the exchange, and write it to the stage's access log."""
        latency = (time.monotonic() - exchange.begun) * 1000
        self._metrics.of_api(exchange.api.api_id, response.status, latency, exchange.integration_ms)
        settings: Mapping[str, str] = (exchange.stage.access_log_settings if exchange.stage else None) or {}
        if settings.get("destinationArn") and settings.get("format"):
            text = access_logs.line(settings["format"], variables(exchange, response))
            group = access_logs.group_of(settings["destinationArn"])
            event = int(time.time() * 1000), text
            self._logs.write(Batch(GATEWAY, self._region, group, f"{exchange.api.api_id}-access", (event,)))


def _head_size(request: Request) -> int:
    return len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)
