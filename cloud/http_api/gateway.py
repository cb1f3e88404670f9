"""The gateway at work: a request to an HTTP API becomes an event, an invocation, an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass, field
from typing import Any

from cloud import ids
from cloud.aws_errors import AwsError
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import CONCURRENCY, ThrottledError
from cloud.functions.lambda_service import Function, LambdaService, session_of
from cloud.functions.log_writer import Batch, LogWriter
from cloud.http_api import access_logs, answers, cors, events, routes
from cloud.http_api.deployments import Deployments, Route
from cloud.http_api.throttle import Throttle
from cloud.identity.authentication import Authenticator
from cloud.identity.authorization import Authorizer
from cloud.identity.context import global_context
from cloud.identity.policy import Ask
from cloud.identity.principals import service
from cloud.metrics import Metrics
from cloud.wire import Request, Response

LARGEST_BODY = 10 * 1024 * 1024  # bytes
LARGEST_HEAD = 10_240  # bytes of request line and headers together
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
NO_PERMISSION = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
    "integration. Check the permissions and try again."
)
MALFORMED = "The response from the Lambda function doesn't match the format that API Gateway expects."
FUNCTION_URI = "functions/arn:"
GATEWAY = service("apigateway.amazonaws.com")


@dataclass
class Exchange:
    """One request on its way through: what is known of it so far, for the access log and the metrics."""

    api: Any
    request: Request
    request_id: str = field(default_factory=ids.gateway_request_id)
    begun: float = field(default_factory=time.monotonic)
    stage: Any = None
    path: str = ""
    match: routes.Match | None = None
    integration_ms: float | None = None
    integration_status: int | None = None
    error: str = ""


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
        self._functions, self._authenticator, self._authorizer = functions, authenticator, authorizer
        self._deployments, self._logs, self._metrics = deployments, logs, metrics
        self._account, self._region = functions.account, functions.region
        self._throttle = Throttle()
        self._slow = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="cloud-gateway")

    def answer(self, api: Any, request: Request) -> Response:
        """Answer one request to an API, preflights and refusals included."""
        exchange = Exchange(api, request)
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
        if refused := self._refuses(exchange, route):
            return answers.refusal(refused)
        if not self._throttle.admits(api.api_id, exchange.stage, route.key):
            return answers.refusal(429)
        if route.integration is None:
            return answers.refusal(500)
        if route.integration.integration_type != "AWS_PROXY":
            return answers.refusal(503)  # other integrations would lead out of this machine
        return self._integrate(exchange, route.integration)

    def _stage(self, api: Any, path: str) -> tuple[Any, str]:
        """The stage that a path names, and the path without it; else ``$default``, which no path names."""
        first, _, rest = path[1:].partition("/")
        if first in api.stages and first != routes.DEFAULT:
            return api.stages[first], f"/{rest}"
        return api.stages.get(routes.DEFAULT), path

    def _refuses(self, exchange: Exchange, route: Route) -> int:
        """The status with which a route's own authorization refuses a request, or 0.

        Signatures for execute-api are looked at; other kinds of authorizer are not here, so nobody gets in.
        """
        if route.authorization == "NONE":
            return 0
        if route.authorization != "AWS_IAM":
            return 401
        try:
            caller = self._authenticator.authenticate(exchange.request, "execute-api")
        except AwsError:
            return 403
        if caller.kind == "anonymous":
            return 403
        context = global_context(caller, exchange.request, self._region)
        ask = Ask(caller, "execute-api:Invoke", (self._source_arn(exchange),), context)
        return 0 if self._authorizer.decide(ask).allowed else 403

    def _integrate(self, exchange: Exchange, integration: Any) -> Response:
        function = self._functions.find(_function_arn(integration.integration_uri or ""))
        if function is None or not self._may_invoke(function, integration, exchange):
            exchange.error = NO_PERMISSION
            return answers.refusal(500)
        invocation = self._invocation(exchange)
        begun = time.monotonic()
        try:
            outcome = self._run(function, invocation, int(integration.timeout_in_millis) / 1000)
            exchange.integration_status = 200
            if outcome.error:
                exchange.error = outcome.payload.decode("utf-8", "replace")
                return answers.refusal(500)
            return answers.answer(outcome.payload)
        except (ThrottledError, TooLateError):
            return answers.refusal(503)
        except answers.MalformedAnswerError as error:
            exchange.error = f"{MALFORMED} {error}"
            return answers.refusal(500)
        finally:
            exchange.integration_ms = (time.monotonic() - begun) * 1000

    def _invocation(self, exchange: Exchange) -> Invocation:
        assert exchange.match is not None
        trace = events.trace_id(exchange.request)
        event = events.event(
            exchange.request,
            exchange.match,
            path=exchange.path,
            api_id=exchange.api.api_id,
            stage=exchange.stage.name,
            account=self._account,
            request_id=exchange.request_id,
            trace=trace,
            stage_variables=exchange.stage.stage_variables,
        )
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        return Invocation(payload.encode("utf-8", "replace"), trace=trace)

    def _run(self, function: Function, invocation: Invocation, limit: float) -> Outcome:
        """Run the function while the integration waits; only one that may take longer needs a watch."""
        if function.settings.timeout < limit:
            return self._functions.run(function, invocation)
        return self._slow.submit(self._functions.run, function, invocation).result(limit)

    def _may_invoke(self, function: Function, integration: Any, exchange: Exchange) -> bool:
        """Whether the integration's role, or else the function's policy, lets this route invoke it."""
        arn = function.settings.arn
        if integration.credentials_arn:
            role = session_of(integration.credentials_arn, self._account, "apigateway")
            return self._authorizer.decide(Ask(role, "lambda:InvokeFunction", (arn,))).allowed
        context = {"aws:sourcearn": self._source_arn(exchange), "aws:sourceaccount": self._account}
        ask = Ask(GATEWAY, "lambda:InvokeFunction", (arn,), context)
        return self._authorizer.decide(ask, [function.policy]).allowed

    def _source_arn(self, exchange: Exchange) -> str:
        """How a function's policy names a route: stage, method, and the path as the route key has it."""
        assert exchange.match is not None
        key = exchange.match.route_key
        where = key if key == routes.DEFAULT else f"{exchange.request.method}{key.partition(' ')[2]}"
        prefix = f"arn:aws:execute-api:{self._region}:{self._account}:{exchange.api.api_id}"
        return f"{prefix}/{exchange.stage.name}/{where}"

    def _note(self, exchange: Exchange, response: Response) -> None:
        """Count the exchange, and write it to the stage's access log."""
        latency = (time.monotonic() - exchange.begun) * 1000
        self._metrics.of_api(exchange.api.api_id, response.status, latency, exchange.integration_ms)
        settings: Mapping[str, str] = (exchange.stage.access_log_settings if exchange.stage else None) or {}
        if settings.get("destinationArn") and settings.get("format"):
            text = access_logs.line(settings["format"], self._variables(exchange, response, latency))
            group = access_logs.group_of(settings["destinationArn"])
            event = int(time.time() * 1000), text
            self._logs.write(Batch(GATEWAY, self._region, group, f"{exchange.api.api_id}-access", (event,)))

    def _variables(self, exchange: Exchange, response: Response, latency: float) -> dict[str, Any]:
        request, now = exchange.request, time.time()
        known = {
            "accountId": self._account,
            "apiId": exchange.api.api_id,
            "domainName": f"{exchange.api.api_id}.execute-api.localhost",
            "domainPrefix": exchange.api.api_id,
            "error.message": answers.MESSAGES.get(response.status)
            if exchange.integration_status is None
            else None,
            "httpMethod": request.method,
            "identity.sourceIp": request.source_ip,
            "identity.userAgent": request.header("user-agent") or None,
            "integration.error": exchange.error or None,
            "integration.integrationStatus": exchange.integration_status,
            "integration.latency": round(exchange.integration_ms)
            if exchange.integration_ms is not None
            else None,
            "integration.status": exchange.integration_status,
            "integrationErrorMessage": exchange.error or None,
            "integrationLatency": round(exchange.integration_ms)
            if exchange.integration_ms is not None
            else None,
            "integrationStatus": exchange.integration_status,
            "path": exchange.path or request.path,
            "protocol": request.protocol,
            "requestId": exchange.request_id,
            "extendedRequestId": exchange.request_id,
            "requestTime": access_logs.request_time(now),
            "requestTimeEpoch": int(now * 1000),
            "responseLatency": round(latency),
            "responseLength": len(response.content),
            "routeKey": exchange.match.route_key if exchange.match else None,
            "stage": exchange.stage.name if exchange.stage else None,
            "status": response.status,
        }
        return {name: value for name, value in known.items() if value is not None}


def _head_size(request: Request) -> int:
    return len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)


def _function_arn(uri: str) -> str:
    """The function that an integration's URI names: a function's ARN, or API Gateway's own form around it.

    >>> _function_arn("arn:aws:apigateway:x:lambda:path/2015-03-31/functions/arn:aws:lambda:x/invocations")
    'arn:aws:lambda:x'
    """
    if FUNCTION_URI in uri:
        return "arn:" + uri.partition(FUNCTION_URI)[2].removesuffix("/invocations")
    return uri
