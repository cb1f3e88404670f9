"""Authorizers of an API: made, changed, shown and removed; what API Gateway refuses of them.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloud.http_api import issuers, stages
from cloud.http_api.refusals import api_of, bad_request, conflict, not_found
from cloud.http_api.selection import IDENTITY_SOURCE
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

KINDS = {"CUSTOM": "REQUEST", "JWT": "JWT"}  # a route's authorization type, and the authorizer's type for it
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MOST_AUTHORIZERS, MOST_AUDIENCES, MOST_SCOPES = 10, 50, 10  # of an API, an authorizer, a route
LONGEST_TTL = 3600  # seconds
FUNCTION_URI = re.compile(
    r"arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/arn:aws:lambda:[^/]+/invocations"
)
# https://github.com/haandol/cognito-kakao-example/issues/1
BAD_ISSUER = (
    "Caught exception when connecting to {0}/.well-known/openid-configuration for issuer {1}. Please try "
    "again later. Error: Invalid issuer: {1}. Issuer must have a valid discovery endpoint ended with "
    "'/.well-known/openid-configuration'"
)


def create_authorizer(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    if api.protocol_type == "HTTP":
        check_authorizer(call.parameters)
        if len(api.authorizers) >= MOST_AUTHORIZERS:
            raise bad_request(f"Maximum number of authorizers per API reached: {MOST_AUTHORIZERS}")
    response = account.forward(call)
    if response.status < 300:
        response.status = 201
    return response


def update_authorizer(account: Account, call: Call) -> Response:
    """Change the members that the call names; what the authorizer has said so far counts no more."""
    api, authorizer = api_of(account, call), authorizer_of(account, call)
    if api.protocol_type == "HTTP":
        check_authorizer(_members(authorizer) | call.parameters)
    response = account.forward(call)
    if response.status < 300:
        if call.parameters.get("AuthorizerCredentialsArn") == "":
            authorizer.auth_creds_arn = None
        account.gateway.authorizing.functions.forget(api.api_id)
        account.deployments.changed(api.api_id, account.region)
    return response


def get_authorizers(account: Account, call: Call) -> Response:
    items = [authorizer.to_json() for authorizer in api_of(account, call).authorizers.values()]
    body = json.dumps({"items": items}).encode()
    return Response(200, [("Content-Type", "application/json")], body)


def delete_authorizer(account: Account, call: Call) -> Response:
    api, authorizer = api_of(account, call), authorizer_of(account, call)
    for route in api.routes.values():
        if route.authorization_type in KINDS and route.authorizer_id == authorizer.id:
            # https://github.com/anomalyco/sst/issues/5586
            name = authorizer.name
            raise conflict(f"Cannot delete authorizer '{name}', is referenced in route: {route.route_key}")
    account.forward(call)
    return Response(204)


def reset_authorizers_cache(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    stage = stages.stage_of(api, call)
    account.gateway.authorizing.functions.forget(api.api_id, stage.name)
    return Response(204)


def authorizer_of(account: Account, call: Call) -> Any:
    wanted = call.parameters["AuthorizerId"]
    found = api_of(account, call).authorizers.get(wanted)
    if found is None:
        raise not_found(
            f"Invalid Authorizer identifier specified {wanted}"
        )  # moto's words, as GetAuthorizer's
    return found


def _members(authorizer: Any) -> dict[str, Any]:
    """An authorizer's members as CreateAuthorizer names them, those that it has."""
    jwt = authorizer.jwt_config or {}
    found = {
        "AuthorizerPayloadFormatVersion": authorizer.auth_payload_format_version,
        "AuthorizerResultTtlInSeconds": authorizer.auth_result_ttl,
        "AuthorizerType": authorizer.authorizer_type,
        "AuthorizerUri": authorizer.authorizer_uri,
        "EnableSimpleResponses": authorizer.enable_simple_response,
        "IdentitySource": authorizer.identity_source,
        "JwtConfiguration": {"Issuer": jwt.get("issuer"), "Audience": jwt.get("audience")} if jwt else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def check_authorizer(asked: Mapping[str, Any]) -> None:
    """Refuse an authorizer that an HTTP API cannot have."""
    for source in asked.get("IdentitySource") or []:
        if not IDENTITY_SOURCE.fullmatch(source):
            raise bad_request(
                f"Invalid identity source expression: {source}. The source must be a request header, request "
                "querystring, stage variable or context parameter"
            )
    match asked.get("AuthorizerType"):
        case "REQUEST":
            check_request(asked)
        case "JWT":
            check_jwt(asked)
        case other:
            raise bad_request(f"Invalid authorizer type specified: {other}. Must be one of [JWT, REQUEST]")


def check_request(asked: Mapping[str, Any]) -> None:
    """Refuse a Lambda authorizer without a function, or with settings that do not go together."""
    version, seconds = (
        asked.get("AuthorizerPayloadFormatVersion"),
        asked.get("AuthorizerResultTtlInSeconds") or 0,
    )
    if not version:
        raise bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if version not in ("1.0", "2.0"):
        raise bad_request(f"AuthorizerPayloadFormatVersion {version} is not supported")
    if version == "1.0" and asked.get("EnableSimpleResponses"):
        raise bad_request('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".')
    if not 0 <= seconds <= LONGEST_TTL:
        raise bad_request(
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
        )
    if seconds and not asked.get("IdentitySource"):
        raise bad_request(
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
        )
    if not FUNCTION_URI.fullmatch(asked.get("AuthorizerUri") or ""):
        raise bad_request("Invalid Authorizer URI")
    if asked.get("JwtConfiguration"):
        raise bad_request("JwtConfiguration is only valid for JWT authorizers")


def check_jwt(asked: Mapping[str, Any]) -> None:
    """Refuse a JWT authorizer whose issuer does not say where its keys are; API Gateway asks it."""
    if len(asked.get("IdentitySource") or []) != 1:
        raise bad_request("A JWT authorizer needs one identity source")
    configuration = asked.get("JwtConfiguration") or {}
    issuer = configuration.get("Issuer")
    if len(configuration.get("Audience") or []) > MOST_AUDIENCES:
        raise bad_request(f"Maximum number of audiences per authorizer reached: {MOST_AUDIENCES}")
    if not issuer:
        raise bad_request("JwtConfiguration with an Issuer is required for JWT authorizers")
    try:
        issuers.discover(issuer)
    except issuers.IssuerError:
        raise bad_request(BAD_ISSUER.format(issuer.rstrip("/"), issuer)) from None


def check_route_authorization(api: Any, asked: Mapping[str, Any], scopes: Any) -> None:
    """Refuse a route whose authorizer is not there or of another kind, and ``scopes`` without tokens.

    The words: https://github.com/anomalyco/sst/issues/4097,
    https://github.com/hashicorp/terraform-provider-aws/issues/17497, https://github.com/aws/aws-cdk/pull/27576
    """
    kind = asked.get("AuthorizationType") or "NONE"
    if kind not in ("NONE", "AWS_IAM", *KINDS):
        raise bad_request(
            f"Invalid authorization type specified: {kind}. Must be one of [AWS_IAM, CUSTOM, JWT, NONE]"
        )
    authorizer = api.authorizers.get(asked.get("AuthorizerId") or "")
    if kind in KINDS and (authorizer is None or authorizer.authorizer_type != KINDS[kind]):
        setting = "CUSTOM or COGNITO_USER_POOLS" if kind == "CUSTOM" else "JWT"
        article = "authorizer" if kind == "CUSTOM" else "JWT authorizer"
        raise bad_request(
            f"Invalid authorizer ID specified. Setting the authorization type to {setting} requires a valid "
            f"{article}."
        )
    if len(scopes or []) > MOST_SCOPES:
        raise bad_request(f"Maximum number of authorization scopes per route reached: {MOST_SCOPES}")
    if scopes and kind != "JWT":
        raise bad_request(
            "Invalid Route authorization type specified. Authorization Scopes are only valid for "
            "COGNITO_USER_POOLS and JWT authorization types"
        )


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateAuthorizer": create_authorizer,
    "DeleteAuthorizer": delete_authorizer,
    "GetAuthorizers": get_authorizers,
    "ResetAuthorizersCache": reset_authorizers_cache,
    "UpdateAuthorizer": update_authorizer,
}
