"""Single defects of the API row, each with the rules that must say so."""

from __future__ import annotations

from tests.checks.defects import (
    OTHER,
    api_of,
    concurrency,
    defect,
    each,
    integration,
    led,
    more_route,
    permission,
    route,
    stage,
    started_at,
    target_of,
)


@each(
    "API-1",
    **{
        key.replace(" ", "_"): key
        for key in ("GET /files", "GET /files/{key+}", "POST /uploads", "DELETE /files/{key+}")
    },
)
def route_deleted(stack, key):
    client, api = api_of(stack)
    found = route(stack, key)
    client.delete_route(ApiId=api, RouteId=found["RouteId"])
    return lambda: client.create_route(ApiId=api, RouteKey=key, Target=found["Target"])


@each(
    "API-1",
    any=("ANY /files", "list_files"),
    default=("$default", "list_files"),
    get_that_deletes=("GET /delete/{key+}", "delete_file"),
    put=("PUT /files/{key+}", "create_upload"),
    files=("POST /files", "create_upload"),
    not_greedy=("GET /files/{key}", "get_file"),
    whole_api=("ANY /{proxy+}", "list_files"),
    head=("HEAD /files", "list_files"),
    delete_all=("DELETE /files", "delete_file"),
)
def more_routes(stack, case):
    return more_route(stack, *case)


@defect("API-1", "API-2")
def get_leads_to_delete(stack):
    return led(stack, "GET /files/{key+}", target_of(stack, "delete_file"))


@defect("API-2")
def delete_leads_to_get(stack):
    return led(stack, "DELETE /files/{key+}", target_of(stack, "get_file"))


@defect("API-2")
def integration_with_another_function(stack):
    return integration(stack, "list_files", IntegrationUri=stack.function_arn("get_file"))


@defect("API-2")
def integration_with_an_old_version(stack):
    version = stack.client("lambda").publish_version(FunctionName=stack.functions["list_files"].name)[
        "Version"
    ]
    return integration(stack, "list_files", IntegrationUri=f"{stack.function_arn('list_files')}:{version}")


@defect("API-2")
def route_asks_for_signatures(stack):
    client, api = api_of(stack)
    where = {"ApiId": api, "RouteId": route(stack, "GET /files")["RouteId"]}
    client.update_route(**where, AuthorizationType="AWS_IAM")
    return lambda: client.update_route(**where, AuthorizationType="NONE")


@each("API-1", another_name="GET /files/{id+}", not_greedy="GET /files/{key}", method="POST /files/{key+}")
def route_renamed(stack, key):
    client, api = api_of(stack)
    where = {"ApiId": api, "RouteId": route(stack, "GET /files/{key+}")["RouteId"]}
    client.update_route(**where, RouteKey=key)
    return lambda: client.update_route(**where, RouteKey="GET /files/{key+}")


@each(
    "API-2",
    as_a_role_that_is_not_there={"CredentialsArn": "arn:aws:iam::123456789012:role/nobody"},
    as_who_asks={"CredentialsArn": "arn:aws:iam::*:user/*"},
    with_another_path={"RequestParameters": {"overwrite:path": "/files/secret"}},
    with_another_status={"ResponseParameters": {"200": {"overwrite:statuscode": "500"}}},
)
def route_invokes(stack, settings):
    client, api = api_of(stack)
    made = client.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=stack.function_arn("list_files"),
        PayloadFormatVersion="2.0",
        **settings,
    )["IntegrationId"]
    back = led(stack, "GET /files", f"integrations/{made}")
    return lambda: (back(), client.delete_integration(ApiId=api, IntegrationId=made))


@defect("API-1")
def second_api_of_the_same_name(stack):
    client = stack.client("apigatewayv2")
    api = client.create_api(Name=stack.api_name, ProtocolType="HTTP")["ApiId"]
    return lambda: client.delete_api(ApiId=api)


@defect("API-2")
def integration_with_nobody(stack):
    return integration(stack, "list_files", IntegrationUri=f"{stack.function_arn('list_files')}-old")


@each(
    "API-2",
    list=("list_files", "api-get"),
    ticket=("create_upload", "api-post"),
    delete=("delete_file", "api-delete"),
)
def permission_lost(stack, case):
    return permission(stack, *case)


@defect("API-2")
def permission_for_another_path(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/GET/file"
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com", SourceArn=source)


@each(
    "API-2",
    stage={"path": "prod/GET/files"},
    case={"path": "*/get/files"},
    account={"SourceAccount": OTHER},
    action={"Action": "lambda:GetFunction"},
)
def permission_for_another(stack, more):
    _, api = api_of(stack)
    path = more.get("path", "*/GET/files")
    given = {
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/{path}",
        **{name: value for name, value in more.items() if name != "path"},
    }
    return permission(stack, "list_files", "api-get", **given)


@defect("API-2")
def permission_for_another_method(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/POST/files/*"
    return permission(
        stack, "delete_file", "api-delete", Principal="apigateway.amazonaws.com", SourceArn=source
    )


@defect("API-2")
def stage_does_not_deploy(stack):
    return stage(stack, AutoDeploy=False)


@defect("API-2")
def nobody_gets_through(stack):
    return stage(stack, DefaultRouteSettings={"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0.0})


@defect("API-2")
def stage_deleted(stack):
    from dashboard.stack.api import create_api

    client, api = api_of(stack)
    client.delete_stage(ApiId=api, StageName="$default")
    return lambda: create_api(client, stack.api_name, stack.tags)


@defect("API-2")
def own_address_off(stack):
    client, api = api_of(stack)
    client.update_api(ApiId=api, DisableExecuteApiEndpoint=True)
    return lambda: client.update_api(ApiId=api, DisableExecuteApiEndpoint=False)


@defect("API-2")
def function_never_runs(stack):
    return concurrency(stack, "delete_file", 0)


@each("API-2", at_once=50, too_soon=1000)
def route_does_not_wait(stack, milliseconds):
    return integration(stack, "list_files", TimeoutInMillis=milliseconds)


HANDLERS = {
    "no_function": "lambda_function.handler",
    "no_file": "app.lambda_handler",
    "no_module": "lambda_handler",
}


@each("API-2", **HANDLERS)
def handler_lost(stack, handler):
    return started_at(stack, "get_file", handler)


@each("SAFETY-4", **HANDLERS)
def triggered_handler_lost(stack, handler):
    return started_at(stack, "index_upload", handler)
