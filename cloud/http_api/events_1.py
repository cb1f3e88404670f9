"""Events in payload format 1.0: as REST APIs send them. Members that would be empty are null.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from cloud.http_api import access_logs, events
from cloud.http_api.exchange import Exchange

# What is known of a caller who signs, or comes through Cognito or an organization: here, nothing.
NOBODY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def event(exchange: Exchange) -> dict[str, Any]:
    """The event of an integration."""
    text, encoded = events.body(exchange.request)
    headers = _grouped(events.sent_headers(exchange))
    parameters = _grouped(exchange.request.query_pairs)
    return _described(exchange) | {
        "version": "1.0",
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(parameters) or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": exchange.route.path_parameters or None,
        "stageVariables": dict(exchange.stage_variables) or None,
        "body": text or None,
        "isBase64Encoded": encoded and bool(text),
    }


def authorizer_event(exchange: Exchange, identity: list[str] | None) -> dict[str, Any]:
    """The event of a Lambda authorizer. ``identity`` holds the values of its identity sources.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    joined = ",".join(identity) if identity else None
    return _described(exchange) | {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": exchange.request_arn,
        "identitySource": joined,
        "authorizationToken": joined,
        "headers": _last(_grouped(events.sent_headers(exchange))),
        "queryStringParameters": _last(_grouped(exchange.request.query_pairs)),
        "pathParameters": exchange.route.path_parameters,
        "stageVariables": dict(exchange.stage_variables),
    }


def _described(exchange: Exchange) -> dict[str, Any]:
    request, now = exchange.request, time.time()
    resource = exchange.route.route_key.partition(" ")[2] or exchange.route.route_key
    user_agent = request.header("user-agent")
    context = {
        "accountId": exchange.account,
        "apiId": exchange.api.api_id,
        "authorizer": _authorizer(exchange),
        "domainName": exchange.domain_name,
        "domainPrefix": exchange.api.api_id,
        "extendedRequestId": exchange.request_id,
        "httpMethod": request.method,
        "identity": dict.fromkeys(NOBODY) | {"sourceIp": request.source_ip, "userAgent": user_agent},
        "path": exchange.whole_path,
        "protocol": request.protocol,
        "requestId": exchange.request_id,
        "requestTime": access_logs.request_time(now),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": None,
        "resourcePath": resource,
        "stage": exchange.stage.name,
    }
    return {
        "resource": resource,
        "path": exchange.whole_path,
        "httpMethod": request.method,
        "requestContext": context,
    }


def _authorizer(exchange: Exchange) -> dict[str, Any]:
    """What an authorizer says, at one level: a function's context as it is, claims and scopes by name."""
    if "lambda" in exchange.authorizer:
        return dict(exchange.authorizer["lambda"])
    return {"claims": None, "scopes": None, **exchange.authorizer.get("jwt", {})}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _last(grouped: dict[str, list[str]]) -> dict[str, str]:
    """Of what came several times, the last."""
    return {name: values[-1] for name, values in grouped.items()}
