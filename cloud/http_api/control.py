"""API Gateway's operations on our side: what moto takes without a look, and what it lacks.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.http_api import authorizers, http_proxy, mapping, routes, stages
from cloud.http_api.refusals import api_of, bad_request, conflict, not_found
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

PROXIES = ("AWS_PROXY", "HTTP_PROXY")
ONLY_PROXIES = (
    "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
    "(AWS_PROXY, HTTP_PROXY)"
)
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 50, 30_000  # milliseconds
MOST_ROUTES = 300
ORIGIN = re.compile(r"\*|null|https?://\*|[a-z][a-z0-9+.-]*://[^/\s?#]+", re.IGNORECASE)


# ---- APIs --------------------------------------------------------------------------------------------------


def create_api(account: Account, call: Call) -> Response:
    """Create an API and open the port where it answers; with a target, also what calls it (quick create)."""
    asked = call.parameters
    if not asked.get("Name"):
        raise bad_request("Name is required")
    if asked.get("ProtocolType") not in ("HTTP", "WEBSOCKET"):
        raise bad_request("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
    check_cors(asked.get("CorsConfiguration"))
    target, route_key = asked.get("Target"), asked.get("RouteKey") or routes.DEFAULT
    if target:
        check_route_key(route_key)
        if not target.startswith("arn:") and not http_proxy.is_url(target):
            raise bad_request("Invalid HTTP endpoint specified for URI")
    response = account.forward(call)
    if response.status >= 300:
        return response
    described = json.loads(response.content)
    api = moto_side.http_apis(account.region)[described["apiId"]]
    api.api_endpoint = described["apiEndpoint"] = account.doors.url("api", api.api_id)
    if target:
        kind = "AWS_PROXY" if target.startswith("arn:") else "HTTP_PROXY"
        version = "2.0" if kind == "AWS_PROXY" else "1.0"
        moto_side.quick_create(api, kind, target, version, route_key)
        account.deployments.changed(api.api_id, account.region)
    return Response(201, response.headers, json.dumps(described).encode())


def update_api(account: Account, call: Call) -> Response:
    api_of(account, call)
    check_cors(call.parameters.get("CorsConfiguration"))
    return account.forward(call)


def delete_api(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    account.forward(call)
    account.deployments.forget(api.api_id)
    account.gateway.authorizing.functions.forget(api.api_id)
    return Response(204)


def check_cors(configuration: Mapping[str, Any] | None) -> None:
    """Refuse origins that are none, and credentials for everybody."""
    allowed = (configuration or {}).get("AllowOrigins") or []
    for origin in allowed:
        if not ORIGIN.fullmatch(origin):
            raise bad_request(f"Invalid format for origin {origin}")
    if "*" in allowed and (configuration or {}).get("AllowCredentials"):
        raise bad_request("AllowCredentials is not supported with a wildcard origin")


# ---- integrations and routes -------------------------------------------------------------------------------


def create_integration(account: Account, call: Call) -> Response:
    api, asked = api_of(account, call), call.parameters
    check_integration(api, asked)
    if not asked.get("PayloadFormatVersion"):
        raise bad_request("PayloadFormatVersion is a required parameter for integration")
    return changing(account, call)


def update_integration(account: Account, call: Call) -> Response:
    api, asked = api_of(account, call), call.parameters
    if call.parameters["IntegrationId"] in api.integrations:
        current = api.integrations[call.parameters["IntegrationId"]]
        check_integration(
            api,
            {
                "IntegrationType": current.integration_type,
                "IntegrationUri": current.integration_uri,
                "IntegrationSubtype": current.integration_subtype,
                "ConnectionType": current.connection_type,
                **asked,
            },
        )
    return changing(account, call)


def check_integration(api: Any, asked: Mapping[str, Any]) -> None:
    """Refuse an integration that an HTTP API cannot have."""
    kind, version = asked.get("IntegrationType"), asked.get("PayloadFormatVersion")
    if api.protocol_type == "HTTP" and kind not in PROXIES:
        raise bad_request(ONLY_PROXIES)
    if version not in (None, "1.0", "2.0"):
        raise bad_request(f"PayloadFormatVersion {version} is not supported")
    if version == "2.0" and kind == "HTTP_PROXY":
        raise bad_request("PayloadFormatVersion 2.0 is not supported for HTTP_PROXY integrations")
    by_link = asked.get("ConnectionType") == "VPC_LINK"  # leads to a listener, by its ARN
    if kind == "HTTP_PROXY" and not by_link and not http_proxy.is_url(asked.get("IntegrationUri") or ""):
        raise bad_request("Invalid HTTP endpoint specified for URI")
    if api.protocol_type == "HTTP" and not asked.get("IntegrationSubtype"):
        mapping.check(asked.get("RequestParameters") or {}, asked.get("ResponseParameters") or {})
    milliseconds = asked.get("TimeoutInMillis")
    if milliseconds is not None and not SHORTEST_TIMEOUT <= milliseconds <= LONGEST_TIMEOUT:
        raise bad_request(f"Timeout should be between {SHORTEST_TIMEOUT} ms and {LONGEST_TIMEOUT} ms")


def delete_integration(account: Account, call: Call) -> Response:
    api, wanted = api_of(account, call), call.parameters["IntegrationId"]
    if wanted not in api.integrations:
        raise not_found(f"Unable to find Integration with id {wanted}")
    used = next((route for route in api.routes.values() if route.target == f"integrations/{wanted}"), None)
    if used is not None:
        message = (
            f"Cannot delete Integration '{wanted}'. Integration is referenced by route '{used.route_key}'"
        )
        raise conflict(message)
    changing(account, call)
    return Response(204)


def create_route(account: Account, call: Call) -> Response:
    api, asked = api_of(account, call), call.parameters
    if api.protocol_type == "HTTP":
        check_route(api, asked, None)
        authorizers.check_route_authorization(api, asked, asked.get("AuthorizationScopes"))
        if len(api.routes) >= MOST_ROUTES:
            raise bad_request(f"Maximum number of routes per API reached: {MOST_ROUTES}")
    return changing(account, call)


def update_route(account: Account, call: Call) -> Response:
    api, asked, wanted = api_of(account, call), call.parameters, call.parameters["RouteId"]
    if wanted not in api.routes:
        raise not_found(f"Unable to find Route with id {wanted}")
    current = api.routes[wanted]
    if api.protocol_type == "HTTP":
        check_route(api, {"RouteKey": current.route_key, **asked}, wanted)
        set_now = {"AuthorizationType": current.authorization_type, "AuthorizerId": current.authorizer_id}
        authorizers.check_route_authorization(api, set_now | asked, asked.get("AuthorizationScopes"))
        if asked.get("AuthorizationScopes") == []:
            current.authorization_scopes = None  # moto takes an empty list for none given
    return changing(account, call)


def delete_route(account: Account, call: Call) -> Response:
    api, wanted = api_of(account, call), call.parameters["RouteId"]
    if wanted not in api.routes:
        raise not_found(f"Unable to find Route with id {wanted}")
    changing(account, call)
    return Response(204)


def check_route(api: Any, asked: Mapping[str, Any], itself: str | None) -> None:
    """Refuse a route key that is malformed or taken, and a target that is not there."""
    key = asked.get("RouteKey") or ""
    if not key:
        raise bad_request("Route key is required")
    check_route_key(key)
    if any(route.route_key == key for route_id, route in api.routes.items() if route_id != itself):
        raise conflict(f"Route with key {key} already exists for this API")
    target = asked.get("Target")
    if target and not target.startswith("integrations/"):
        raise bad_request(
            "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
        )
    if target and target.removeprefix("integrations/") not in api.integrations:
        raise bad_request(f"Unable to find Integration with id {target.removeprefix('integrations/')}")


def check_route_key(key: str) -> None:
    try:
        routes.check(key)
    except routes.RouteKeyError as error:
        raise bad_request(str(error)) from None


def changing(account: Account, call: Call) -> Response:
    """Let moto make a change, and deploy it where that goes by itself."""
    response = account.forward(call)
    if response.status < 300:
        account.deployments.changed(call.parameters["ApiId"], account.region)
        if call.name.startswith("Create"):
            response.status = 201
    return response


def not_here(_: Account, call: Call) -> Response:
    message = (
        f"The embedded cloud does not answer {call.name}. Make the API, its routes and stages one by one."
    )
    raise AwsError("NotImplemented", message, 501)


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    **authorizers.HANDLERS,
    **stages.HANDLERS,
    "CreateApi": create_api,
    "CreateIntegration": create_integration,
    "CreateRoute": create_route,
    "DeleteApi": delete_api,
    "DeleteIntegration": delete_integration,
    "DeleteRoute": delete_route,
    "ExportApi": not_here,
    "ImportApi": not_here,
    "UpdateApi": update_api,
    "UpdateIntegration": update_integration,
    "UpdateRoute": update_route,
}
