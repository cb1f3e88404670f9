"""Right answers to 05_frontend in other words: each must pass its check."""

RIGHT = {
    "frontend-1": [
        (
            "names everybody in another way, and switches the website on first",
            """
def create_website(s3, bucket):
    create_bucket(s3, bucket)
    s3.put_bucket_website(
        Bucket=bucket,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}},
    )
    block = dict(BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=False, RestrictPublicBuckets=False)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    boto3.resource("s3").BucketPolicy(bucket).put(
        Policy=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )


create_website(s3, stack.site_bucket)
""",
        ),
    ],
    "frontend-2": [
        (
            "uses the resource, and a table of its own",
            """
def put_page_file(s3, bucket, key, content):
    own = {".html": "text/html", ".css": "text/css", **TYPES}
    kind = own.get("." + key.rpartition(".")[2], "application/octet-stream")
    kind = f"{kind};charset=UTF-8" if kind.startswith("text/") or "svg" in kind else kind
    boto3.resource("s3").Object(bucket, key).put(Body=content, ContentType=kind, CacheControl="no-cache")


for name in ("index.html", "app.js", "style.css", "favicon.svg"):
    put_page_file(s3, stack.site_bucket, name, (SITE / name).read_bytes())
""",
        ),
    ],
    "frontend-3": [
        (
            "walks the folder, and writes config.json last",
            """
import os


def publish(s3, bucket, folder, config):
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            put_page_file(s3, bucket, "/".join(path.relative_to(folder).parts), path.read_bytes())
    put_page_file(s3, bucket, "config.json", json.dumps(config, indent=2))


publish(s3, stack.site_bucket, SITE, config)
""",
        ),
    ],
    "frontend-4": [
        (
            "looks for the header first",
            """
def hands_over(headers, origin):
    if "Access-Control-Allow-Origin" not in headers:
        return False
    allowed = headers["Access-Control-Allow-Origin"]
    return allowed == "*" or allowed == origin


hands_over(as_the_page.headers, origin)
""",
        ),
    ],
    "frontend-5": [
        (
            "pages through the routes, and names an age",
            """
def allow_origin(apigateway, api_id, origin):
    methods = set()
    for page in apigateway.get_paginator("get_routes").paginate(ApiId=api_id):
        methods.update(route["RouteKey"].partition(" ")[0] for route in page["Items"])
    apigateway.update_api(
        ApiId=api_id,
        CorsConfiguration=dict(
            AllowOrigins=[origin], AllowMethods=list(methods), AllowHeaders=["Content-Type"], MaxAge=600
        ),
    )


allow_origin(apigateway, api_id, site_origin(stack))
""",
        ),
    ],
}  # fmt: skip
