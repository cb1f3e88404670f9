"""API layer: an HTTP API that lists the files and shows one."""

from __future__ import annotations

from dashboard.stack.functions import deploy, permit
from dashboard.stack.metadata import only_partition
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow

ROUTES = {
    "GET /files": "list_files",
    "GET /files/{key+}": "get_file",
    "POST /uploads": "create_upload",
    "DELETE /files/{key+}": "delete_file",
}
LAYER_OF = {"list_files": "api", "get_file": "api", "create_upload": "uploads", "delete_file": "delete"}
THROTTLE = {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50.0}  # requests, and requests a second


def build(stack: Stack) -> None:
    """Create the HTTP API with its two reading routes. Safe to run twice."""
    deploy_list(stack)
    deploy_get(stack)
    api_id = create_api(stack.client("apigatewayv2"), stack.api_name, stack.tags)
    for route_key in ("GET /files", "GET /files/{key+}"):
        connect(stack, api_id, route_key)


def deploy_list(stack, code=None):
    """The list function may query this bucket's records."""
    query = allow(["dynamodb:Query"], [stack.table_arn], only_partition(stack.upload_bucket))
    return deploy(stack, "list_files", [query], variables(stack), code)


def deploy_get(stack, code=None):
    """The get function may read one record, and an object: its link can do what its role can do."""
    read = allow(["dynamodb:GetItem"], [stack.table_arn], only_partition(stack.upload_bucket))
    open_file = allow(["s3:GetObject"], [f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"])
    return deploy(stack, "get_file", [read, open_file], variables(stack), code)


def variables(stack):
    """What the functions behind the API need to know."""
    return {"TABLE_NAME": stack.table, "UPLOAD_BUCKET": stack.upload_bucket}


def create_api(apigateway, name, tags=None):
    """Create the HTTP API of that name, with a stage that deploys by itself, and return its id."""
    api_id = find_api(apigateway, name)
    if api_id is None:
        api_id = apigateway.create_api(Name=name, ProtocolType="HTTP", Tags=tags or {})["ApiId"]
    stages = {stage["StageName"]: stage for stage in apigateway.get_stages(ApiId=api_id)["Items"]}
    if "$default" not in stages:
        apigateway.create_stage(
            ApiId=api_id,
            StageName="$default",
            AutoDeploy=True,
            DefaultRouteSettings=THROTTLE,
            Tags=tags or {},
        )
    elif not stages["$default"].get("AutoDeploy"):
        apigateway.update_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


def find_api(apigateway, name):
    """The id of the HTTP API of that name, or None."""
    for page in apigateway.get_paginator("get_apis").paginate():
        for api in page["Items"]:
            if api["Name"] == name:
                return api["ApiId"]
    return None


def connect(stack, api_id, route_key):
    """Lead a route to its function, and let this route, and no other, invoke it."""
    short = ROUTES[route_key]
    apigateway, arn = stack.client("apigatewayv2"), stack.function_arn(short)
    create_route(apigateway, api_id, route_key, arn)
    method, path = route_key.split(" ")
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/*/{method}"
    permit(
        stack.client("lambda"),
        arn,
        f"api-{method.lower()}",
        "apigateway.amazonaws.com",
        source + path.replace("{key+}", "*"),  # the path parameter as a permission spells it
    )


def create_route(apigateway, api_id, route_key, function_arn):
    """Make a route and its integration, payload format 2.0, or mend them."""
    integrations = apigateway.get_integrations(ApiId=api_id)["Items"]
    integration_id = next(
        (
            one["IntegrationId"]
            for one in integrations
            if one.get("IntegrationUri") == function_arn and one.get("PayloadFormatVersion") == "2.0"
        ),
        None,
    )
    if integration_id is None:
        integration_id = apigateway.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn,
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
    target = f"integrations/{integration_id}"
    routes = {route["RouteKey"]: route for route in apigateway.get_routes(ApiId=api_id)["Items"]}
    if route_key not in routes:
        apigateway.create_route(ApiId=api_id, RouteKey=route_key, Target=target)
    elif routes[route_key].get("Target") != target:
        apigateway.update_route(ApiId=api_id, RouteId=routes[route_key]["RouteId"], Target=target)
