"""Variants of the API that harm nobody: routes, integrations, permissions, CORS."""

from __future__ import annotations

from tests.checks.defects import (
    alias,
    api_cors,
    api_of,
    api_source,
    bucket_cors,
    harmless,
    integration,
    permission,
    permitted,
)


@harmless
def cors_with_details(stack):
    more = {"MaxAgeSeconds": 600, "ExposeHeaders": ["ETag"], "AllowedHeaders": ["Content-Type"], "ID": "page"}
    return bucket_cors(stack, lambda rules: [{**rules[0], **more}])


@harmless
def two_cors_rules_for_the_page(stack):
    return bucket_cors(stack, lambda rules: [{**rules[0], "AllowedHeaders": []}, *rules])


@harmless
def api_cors_with_details(stack):
    return api_cors(
        stack,
        MaxAge=300,
        ExposeHeaders=["apigw-requestid"],
        AllowHeaders=["Content-Type"],
        AllowMethods=["POST", "GET", "DELETE", "OPTIONS"],
    )


@harmless
def permission_for_any_method_of_its_own_path(stack):
    """As the console writes it: no other route has this path."""
    return permission(
        stack,
        "create_upload",
        "api-post",
        Principal="apigateway.amazonaws.com",
        SourceArn=api_source(stack, "*/*/uploads"),
    )


@harmless
def versions_and_aliases_that_nobody_may_invoke(stack):
    first, second = alias(stack, "list_files", "live"), alias(stack, "index_upload", "live")
    return lambda: (second(), first())


@harmless
def alias_that_its_own_route_may_invoke(stack):
    undo = alias(stack, "list_files", "live")
    own = {"Principal": "apigateway.amazonaws.com", "SourceArn": api_source(stack, "*/GET/files")}
    permitted(stack, "list_files", "live", **own)
    return undo


@harmless
def alias_that_its_own_bucket_may_invoke(stack):
    undo = alias(stack, "index_upload", "live")
    own = {"SourceArn": f"arn:aws:s3:::{stack.upload_bucket}", "SourceAccount": stack.account_id}
    permitted(stack, "index_upload", "live", Principal="s3.amazonaws.com", **own)
    return undo


@harmless
def permission_with_account_too(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/POST/uploads"
    return permission(
        stack,
        "create_upload",
        "api-post",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
        SourceAccount=stack.account_id,
    )


@harmless
def permission_for_the_default_stage(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/$default/GET/files"
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com", SourceArn=source)


@harmless
def route_waits_29_seconds(stack):
    return integration(stack, "list_files", TimeoutInMillis=29_000)


@harmless
def route_waits_5_seconds(stack):
    return integration(stack, "list_files", TimeoutInMillis=5_000)


@harmless
def another_api_of_the_account(stack):
    client = stack.client("apigatewayv2")
    api = client.create_api(Name=f"{stack.api_name}-2", ProtocolType="HTTP")["ApiId"]
    client.create_route(ApiId=api, RouteKey="ANY /")
    return lambda: client.delete_api(ApiId=api)


@harmless
def another_stage(stack):
    client, api = api_of(stack)
    client.create_stage(ApiId=api, StageName="next")
    return lambda: client.delete_stage(ApiId=api, StageName="next")


@harmless
def integration_written_in_full(stack):
    arn = stack.function_arn("list_files")
    path = f"arn:aws:apigateway:{stack.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return integration(stack, "list_files", IntegrationUri=path)


@harmless
def integration_that_nothing_leads_to(stack):
    client, api = api_of(stack)
    made = client.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://example.org/",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    return lambda: client.delete_integration(ApiId=api, IntegrationId=made)
