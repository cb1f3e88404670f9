"""API Gateway's operations on our side: what moto takes without a look, and what it lacks.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.http_api import routes
from cloud.http_api.deployments import Deployment
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
STAGE_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
ORIGIN = re.compile(r"\*|null|https?://\*|[a-z][a-z0-9+.-]*://[^/\s?#]+", re.IGNORECASE)
STAGE_MEMBERS = {
    "AccessLogSettings": "access_log_settings",
    "AutoDeploy": "auto_deploy",
    "DefaultRouteSettings": "default_route_settings",
    "Description": "description",
    "RouteSettings": "route_settings",
    "StageVariables": "stage_variables",
}


def bad_request(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)


def not_found(message: str) -> AwsError:
    return AwsError("NotFoundException", message, 404)


def api_of(account: Account, call: Call) -> Any:
    """The API that a call names. Raises AwsError when there is none."""
    api_id = call.parameters["ApiId"]
    api = account.http_api(api_id)
    if api is None:
        raise not_found(f"Invalid API identifier specified {account.id}:{api_id}")
    return api


# ---- APIs --------------------------------------------------------------------------------------------------


def create_api(account: Account, call: Call) -> Response:
    """Create an API and open the port at which it answers; with a target, also what calls it (quick create)."""
    asked = call.parameters
    if not asked.get("Name"):
        raise bad_request("Name is required")
    if asked.get("ProtocolType") not in ("HTTP", "WEBSOCKET"):
        raise bad_request("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
    check_cors(asked.get("CorsConfiguration"))
    target, route_key = asked.get("Target"), asked.get("RouteKey") or routes.DEFAULT
    if target:
        check_route_key(route_key)
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
        check_integration(api, {"IntegrationType": current.integration_type, **asked})
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
        if len(api.routes) >= MOST_ROUTES:
            raise bad_request(f"Maximum number of routes per API reached: {MOST_ROUTES}")
    return changing(account, call)


def update_route(account: Account, call: Call) -> Response:
    api, wanted = api_of(account, call), call.parameters["RouteId"]
    if wanted not in api.routes:
        raise not_found(f"Unable to find Route with id {wanted}")
    current = api.routes[wanted]
    if api.protocol_type == "HTTP":
        check_route(api, {"RouteKey": current.route_key, **call.parameters}, wanted)
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


# ---- stages and deployments --------------------------------------------------------------------------------


def create_stage(account: Account, call: Call) -> Response:
    api, asked = api_of(account, call), call.parameters
    name = asked.get("StageName") or ""
    if not STAGE_NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_- or $default")
    if name in api.stages:
        raise conflict("Stage already exists")
    check_settings(api, asked)
    wanted = asked.get("DeploymentId")
    if wanted:
        deployment_of(account, api, wanted)
    response = account.forward(call)
    if response.status >= 300:
        return response
    stage = api.stages[name]
    stage.created = stage.updated = datetime.now(timezone.utc).replace(tzinfo=None)
    if asked.get("AutoDeploy"):
        account.deployments.changed(api.api_id, account.region)
    elif wanted:
        account.deployments.serve(api.api_id, name, wanted)
    return described_stage(account, call, api, stage, 201)


def update_stage(account: Account, call: Call) -> Response:
    """Change the members of a stage that the call names, and leave the others."""
    api, asked = api_of(account, call), call.parameters
    stage = stage_of(api, call)
    check_settings(api, asked)
    if wanted := asked.get("DeploymentId"):
        deployment_of(account, api, wanted)
        if asked.get("AutoDeploy", stage.auto_deploy):
            raise bad_request("Deployment ID cannot be set on a stage with auto-deploy enabled")
        account.deployments.serve(api.api_id, stage.name, wanted)
    for member, attribute in STAGE_MEMBERS.items():
        if member in asked:
            setattr(stage, attribute, _wire(asked[member]))
    stage.updated = datetime.now(timezone.utc).replace(tzinfo=None)
    if asked.get("AutoDeploy"):
        account.deployments.changed(api.api_id, account.region)
    return described_stage(account, call, api, stage, 200)


def get_stage(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    return described_stage(account, call, api, stage_of(api, call), 200)


def delete_stage(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    stage_of(api, call)
    account.forward(call)
    return Response(204)


def stage_of(api: Any, call: Call) -> Any:
    name = call.parameters["StageName"]
    if name not in api.stages:
        raise not_found(f"Unable to find Stage with name {name}")
    return api.stages[name]


def described_stage(account: Account, call: Call, api: Any, stage: Any, status: int) -> Response:
    """A stage as API Gateway shows it, with the deployment that it serves."""
    described = stage.to_json()
    if deployment := account.deployments.of_stage(api.api_id, stage.name):
        described["deploymentId"] = deployment.id
        if stage.auto_deploy:
            described["lastDeploymentStatusMessage"] = (
                f"Successfully deployed stage with deployment ID '{deployment.id}'"
            )
    return Response(status, [("Content-Type", "application/json")], json.dumps(described).encode())


def check_settings(api: Any, asked: Mapping[str, Any]) -> None:
    """Refuse settings for routes that are not there."""
    keys = {route.route_key for route in api.routes.values()}
    for key in asked.get("RouteSettings") or {}:
        if key not in keys:
            raise not_found(f"Unable to find Route by key {key} within the provided RouteSettings")


def _wire(value: Any) -> Any:
    """A structure by its names on the wire, as moto keeps it: ThrottlingRateLimit becomes throttlingRateLimit."""
    if isinstance(value, Mapping):
        return {_lower(key): _wire(item) for key, item in value.items()}
    return value


def _lower(name: str) -> str:
    return name[0].lower() + name[1:] if re.fullmatch(r"[A-Z][A-Za-z]+", name) else name


def create_deployment(account: Account, call: Call) -> Response:
    api, asked = api_of(account, call), call.parameters
    stage_name = asked.get("StageName")
    if stage_name and stage_name not in api.stages:
        raise not_found(f"Unable to find Stage with name {stage_name}")
    if not api.routes:
        raise bad_request("At least one route is required before deploying the Api.")
    deployment = account.deployments.make(api, asked.get("Description") or "")
    if stage_name:
        account.deployments.serve(api.api_id, stage_name, deployment.id)
    return _answer(call, _described(deployment), 201)


def get_deployments(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    return _answer(call, {"Items": [_described(one) for one in account.deployments.all(api.api_id)]}, 200)


def get_deployment(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    return _answer(call, _described(deployment_of(account, api, call.parameters["DeploymentId"])), 200)


def update_deployment(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    deployment = deployment_of(account, api, call.parameters["DeploymentId"])
    deployment.description = call.parameters.get("Description", deployment.description)
    return _answer(call, _described(deployment), 200)


def delete_deployment(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    deployment = deployment_of(account, api, call.parameters["DeploymentId"])
    used = account.deployments.stages_of(api.api_id, deployment.id)
    if used:
        raise bad_request(f"Active stages with deployment ID '{deployment.id}' exist: {', '.join(used)}")
    account.deployments.remove(api.api_id, deployment.id)
    return Response(204)


def deployment_of(account: Account, api: Any, wanted: str) -> Deployment:
    found = next((one for one in account.deployments.all(api.api_id) if one.id == wanted), None)
    if found is None:
        raise not_found(f"Unable to find Deployment with id {wanted}")
    return found


def _described(deployment: Deployment) -> dict[str, Any]:
    return {
        "AutoDeployed": deployment.auto,
        "CreatedDate": datetime.fromtimestamp(deployment.created, timezone.utc).replace(tzinfo=None),
        "DeploymentId": deployment.id,
        "DeploymentStatus": "DEPLOYED",
        "Description": deployment.description,
    }


def _answer(call: Call, result: Mapping[str, Any], status: int) -> Response:
    response = call.answer(result)
    response.status = status
    return response


def not_here(account: Account, call: Call) -> Response:
    message = (
        f"The embedded cloud does not answer {call.name}. Make the API, its routes and stages one by one."
    )
    raise AwsError("NotImplemented", message, 501)


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateApi": create_api,
    "CreateDeployment": create_deployment,
    "CreateIntegration": create_integration,
    "CreateRoute": create_route,
    "CreateStage": create_stage,
    "DeleteApi": delete_api,
    "DeleteDeployment": delete_deployment,
    "DeleteIntegration": delete_integration,
    "DeleteRoute": delete_route,
    "DeleteStage": delete_stage,
    "ExportApi": not_here,
    "GetDeployment": get_deployment,
    "GetDeployments": get_deployments,
    "GetStage": get_stage,
    "ImportApi": not_here,
    "UpdateApi": update_api,
    "UpdateDeployment": update_deployment,
    "UpdateIntegration": update_integration,
    "UpdateRoute": update_route,
    "UpdateStage": update_stage,
}
