"""The manifest: what is built, by the names and addresses that other programs need."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from dashboard.stack.api import find_api
from dashboard.stack.frontend import site_url
from dashboard.stack.names import Stack


def manifest(stack: Stack) -> dict[str, Any]:
    """Look at the account and tell what of the stack is there. What is not built yet is None."""
    apigateway = stack.client("apigatewayv2")
    api_id = find_api(apigateway, stack.api_name)
    s3 = stack.client("s3")
    url = site_url(stack) if answers(s3.head_bucket, Bucket=stack.site_bucket) else None
    routes = apigateway.get_routes(ApiId=api_id)["Items"] if api_id else []
    return {
        "name": stack.name,
        "region": stack.region,
        "account_id": stack.account_id,
        "upload_bucket": stack.upload_bucket if answers(s3.head_bucket, Bucket=stack.upload_bucket) else None,
        "site_bucket": stack.site_bucket if url else None,
        "site_url": url,
        "site_origin": url.rstrip("/") if url else None,
        "prefix": stack.prefix,
        "table": stack.table
        if answers(stack.client("dynamodb").describe_table, TableName=stack.table)
        else None,
        "api_id": api_id,
        "api_url": apigateway.get_api(ApiId=api_id)["ApiEndpoint"] if api_id else None,
        "routes": sorted(route["RouteKey"] for route in routes),
        "functions": {short: function_names(stack, short) for short in stack.functions},
    }


def function_names(stack, short):
    function = stack.functions[short]
    if not answers(stack.client("lambda").get_function_configuration, FunctionName=function.name):
        return None
    return {"name": function.name, "role": function.role, "log_group": function.log_group}


def answers(call, **asked):
    """Whether a thing is there: the call that reads it answers. Any refusal but "not there" is an error."""
    try:
        call(**asked)
    except ClientError as error:
        if (
            error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
            or "NotFound" in error.response["Error"]["Code"]
        ):
            return False
        raise
    return True
