"""One request on its way through the gateway, and the context variables that name what is known of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud import ids
from cloud.http_api import access_logs, answers, routes
from cloud.wire import Request, Response


@dataclass
class Exchange:
    """What is known of a request so far: for its event, its authorizer, the access log and the metrics."""

    api: Any
    request: Request
    account: str
    region: str
    trace: str  # the trace header that goes on, the same to authorizers and integrations
    request_id: str = field(default_factory=ids.gateway_request_id)
    begun: float = field(default_factory=time.monotonic)
    stage: Any = None
    path: str = ""  # decoded, without the stage
    match: routes.Match | None = None
    authorizer: Mapping[str, Any] = field(default_factory=dict)  # by its kind: "jwt" or "lambda"
    authorizer_error: str = ""
    integration_ms: float | None = None
    integration_status: int | None = None
    error: str = ""

    @property
    def route(self) -> routes.Match:
        """The route that the request takes; asked for only once there is one."""
        assert self.match is not None
        return self.match

    @property
    def whole_path(self) -> str:
        """The path with a named stage before it."""
        return self.path if self.stage.name == routes.DEFAULT else f"/{self.stage.name}{self.path}"

    @property
    def domain_name(self) -> str:
        return f"{self.api.api_id}.execute-api.localhost"

    @property
    def stage_variables(self) -> Mapping[str, str]:
        return (self.stage.stage_variables if self.stage else None) or {}

    def arn(self, place: str) -> str:
        """How policies name a place of the API, like ``$default/GET/files``."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api.api_id}/{place}"

    @property
    def request_arn(self) -> str:
        """How policies name the request itself: by its stage, method and path."""
        return self.arn(f"{self.stage.name}/{self.request.method}{self.path}")

    @property
    def route_arn(self) -> str:
        """How a function's policy names the route: by stage, method, and the path as the route key has it."""
        key = self.route.route_key
        where = key if key == routes.DEFAULT else f"{self.request.method}{key.partition(' ')[2]}"
        return self.arn(f"{self.stage.name}/{where}")


def variables(exchange: Exchange, response: Response | None = None) -> dict[str, Any]:
    """The context variables that have a value; those of the answer only where there is one already."""
    request, now = exchange.request, time.time()
    integration_ms = None if exchange.integration_ms is None else round(exchange.integration_ms)
    known = {
        "accountId": exchange.account,
        "apiId": exchange.api.api_id,
        "authorizer.error": exchange.authorizer_error or None,
        "domainName": exchange.domain_name,
        "domainPrefix": exchange.api.api_id,
        "extendedRequestId": exchange.request_id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("user-agent") or None,
        "integration.error": exchange.error or None,
        "integration.integrationStatus": exchange.integration_status,
        "integration.latency": integration_ms,
        "integration.status": exchange.integration_status,
        "integrationErrorMessage": exchange.error or None,
        "integrationLatency": integration_ms,
        "integrationStatus": exchange.integration_status,
        "path": exchange.path or request.path,
        "protocol": request.protocol,
        "requestId": exchange.request_id,
        "requestTime": access_logs.request_time(now),
        "requestTimeEpoch": int(now * 1000),
        "routeKey": exchange.match.route_key if exchange.match else None,
        "stage": exchange.stage.name if exchange.stage else None,
        **_of_authorizer(exchange.authorizer),
        **(_of_response(exchange, response) if response else {}),
    }
    return {name: value for name, value in known.items() if value is not None}


def _of_response(exchange: Exchange, response: Response) -> dict[str, Any]:
    ours = exchange.integration_status is None
    return {
        "error.message": answers.MESSAGES.get(response.status) if ours else None,
        "responseLatency": round((time.monotonic() - exchange.begun) * 1000),
        "responseLength": len(response.content),
        "status": response.status,
    }


def _of_authorizer(authorizer: Mapping[str, Any]) -> dict[str, str]:
    """Claims of a token, or the context that a function gave: text as it is, all else as JSON writes it."""
    claims = authorizer.get("jwt", {}).get("claims", {})
    found = {f"authorizer.claims.{name}": value for name, value in claims.items()}
    for name, value in (authorizer.get("lambda") or {}).items():
        found[f"authorizer.{name}"] = value if isinstance(value, str) else json.dumps(value)
    return found
