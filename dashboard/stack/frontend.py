"""Frontend layer: the page on a website bucket, and an API that lets this page, and no other, call it."""

from __future__ import annotations

import json
import mimetypes
import urllib.request
from pathlib import Path

from dashboard.stack.api import find_api
from dashboard.stack.names import Stack
from dashboard.stack.storage import create_bucket, tag_bucket

SITE = Path(__file__).resolve().parent.parent / "site"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
}  # mimetypes differ by machine
DASHED = {"us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
          "eu-west-1", "sa-east-1", "us-gov-west-1"}  # fmt: skip


def build(stack: Stack) -> None:
    """Publish the page, and open the API to its origin. Safe to run twice."""
    s3, apigateway = stack.client("s3"), stack.client("apigatewayv2")
    create_website(s3, stack.site_bucket)
    tag_bucket(s3, stack.site_bucket, stack.tag_list)
    api_id = find_api(apigateway, stack.api_name)
    api_url = apigateway.get_api(ApiId=api_id)["ApiEndpoint"]
    publish(s3, stack.site_bucket, SITE, {"apiUrl": api_url})
    allow_origin(apigateway, api_id, site_origin(stack))


def create_website(s3, bucket):
    """Create a bucket that serves a website: everybody may read its objects, and nobody may list them."""
    create_bucket(s3, bucket)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,  # a website is public, by policy
            "RestrictPublicBuckets": False,
        },
    )
    readable = {
        "Sid": "EverybodyMayReadThePage",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [readable]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})


def publish(s3, bucket, folder, config):
    """Upload the page's files as they lie, and config.json, which tells the page where its API is."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "config.json"):
        put_page_file(s3, bucket, path.relative_to(folder).as_posix(), path.read_bytes())
    put_page_file(s3, bucket, "config.json", json.dumps(config).encode())


def put_page_file(s3, bucket, key, content):
    """Upload one file of the page, with the type that browsers insist on."""
    kind = TYPES.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind, CacheControl="no-cache")


def allow_origin(apigateway, api_id, origin):
    """Let pages of one origin call the API, with the methods that its routes have."""
    routes = apigateway.get_routes(ApiId=api_id)["Items"]
    methods = sorted({route["RouteKey"].split(" ")[0] for route in routes})
    cors = {"AllowOrigins": [origin], "AllowMethods": methods, "AllowHeaders": ["content-type"]}
    apigateway.update_api(ApiId=api_id, CorsConfiguration=cors)


def site_url(stack):
    """Where the page is served. On AWS the name says it; another endpoint is asked.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
    """
    endpoint = stack.client("s3").meta.endpoint_url
    if endpoint.endswith(".amazonaws.com"):
        dash = "-" if stack.region in DASHED else "."
        return f"http://{stack.site_bucket}.s3-website{dash}{stack.region}.amazonaws.com"
    with urllib.request.urlopen(f"{endpoint}/_cloud/websites/{stack.site_bucket}") as answer:  # noqa: S310 ours
        return json.load(answer)["url"]


def site_origin(stack):
    """The origin that browsers name for the page: scheme, host and port, without a path."""
    return site_url(stack).rstrip("/")
