"""Delete layer: a route that removes a file and its record, however often it is asked."""

from dashboard.stack.api import connect, find_api, variables
from dashboard.stack.frontend import allow_origin, site_origin
from dashboard.stack.functions import deploy
from dashboard.stack.metadata import only_partition
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow


def build(stack: Stack) -> None:
    """Deploy the delete function and its route, and tell browsers of DELETE. Safe to run twice."""
    deploy_delete(stack)
    apigateway = stack.client("apigatewayv2")
    api_id = find_api(apigateway, stack.api_name)
    connect(stack, api_id, "DELETE /files/{key+}")
    allow_origin(apigateway, api_id, site_origin(stack))


def deploy_delete(stack, code=None):
    """The delete function may remove objects under the prefix, and this bucket's records."""
    remove = allow(["s3:DeleteObject"], [f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"])
    forget = allow(["dynamodb:DeleteItem"], [stack.table_arn], only_partition(stack.upload_bucket))
    return deploy(stack, "delete_file", [remove, forget], variables(stack), code)
