"""Uploads layer: tickets for the browser, and a bucket that takes uploads from the page alone."""

from dashboard.stack.api import connect, find_api, variables
from dashboard.stack.frontend import allow_origin, site_origin
from dashboard.stack.functions import deploy
from dashboard.stack.names import Stack
from dashboard.stack.roles import allow


def build(stack: Stack) -> None:
    """Deploy the ticket function and its route, and open the bucket to the page. Safe to run twice."""
    deploy_create(stack)
    apigateway, origin = stack.client("apigatewayv2"), site_origin(stack)
    api_id = find_api(apigateway, stack.api_name)
    connect(stack, api_id, "POST /uploads")
    allow_origin(apigateway, api_id, origin)
    allow_uploads_from(stack.client("s3"), stack.upload_bucket, origin)


def deploy_create(stack, code=None):
    """The ticket function may put objects under the prefix: its ticket can do what its role can do."""
    put = allow(["s3:PutObject"], [f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"])
    bucket_only = {"UPLOAD_BUCKET": variables(stack)["UPLOAD_BUCKET"]}
    return deploy(stack, "create_upload", [put], bucket_only, code)


def allow_uploads_from(s3, bucket, origin):
    """Let the page at ``origin``, and no other, PUT to the bucket."""
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["PUT"], "AllowedHeaders": ["content-type"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
