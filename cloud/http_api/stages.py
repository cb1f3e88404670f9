"""Stages and deployments: what moto lacks of them, and what it takes without a look.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud.http_api.deployments import Deployment
from cloud.http_api.refusals import api_of, bad_request, conflict, not_found
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

STAGE_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
STAGE_MEMBERS = {
    "AccessLogSettings": "access_log_settings",
    "AutoDeploy": "auto_deploy",
    "DefaultRouteSettings": "default_route_settings",
    "Description": "description",
    "RouteSettings": "route_settings",
    "StageVariables": "stage_variables",
}


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
    stage.created = stage.updated = datetime.now(UTC).replace(tzinfo=None)
    if asked.get("AutoDeploy"):
        account.deployments.changed(api.api_id, account.region)
    elif wanted:
        account.deployments.serve(api.api_id, name, wanted)
    return described_stage(account, api, stage, 201)


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
    stage.updated = datetime.now(UTC).replace(tzinfo=None)
    if asked.get("AutoDeploy"):
        account.deployments.changed(api.api_id, account.region)
    return described_stage(account, api, stage, 200)


def get_stage(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    return described_stage(account, api, stage_of(api, call), 200)


def delete_stage(account: Account, call: Call) -> Response:
    api = api_of(account, call)
    stage = stage_of(api, call)
    account.forward(call)
    account.deployments.stage_is_gone(api.api_id, stage.name)
    return Response(204)


def stage_of(api: Any, call: Call) -> Any:
    name = call.parameters["StageName"]
    if name not in api.stages:
        raise not_found(f"Unable to find Stage with name {name}")
    return api.stages[name]


def described_stage(account: Account, api: Any, stage: Any, status: int) -> Response:
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
    """A structure by its names on the wire, as moto keeps it: AutoDeploy becomes autoDeploy."""
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
        "CreatedDate": datetime.fromtimestamp(deployment.created, UTC).replace(tzinfo=None),
        "DeploymentId": deployment.id,
        "DeploymentStatus": "DEPLOYED",
        "Description": deployment.description,
    }


def _answer(call: Call, result: Mapping[str, Any], status: int) -> Response:
    response = call.answer(result)
    response.status = status
    return response


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateDeployment": create_deployment,
    "CreateStage": create_stage,
    "DeleteDeployment": delete_deployment,
    "DeleteStage": delete_stage,
    "GetDeployment": get_deployment,
    "GetDeployments": get_deployments,
    "GetStage": get_stage,
    "UpdateDeployment": update_deployment,
    "UpdateStage": update_stage,
}
