"""Mistakes that learners make in 05_frontend: each must be refused by its check."""

WEBSITE = """
def create_website(s3, bucket):
    create_bucket(s3, bucket)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={{
            "BlockPublicAcls": True, "IgnorePublicAcls": True,
            "BlockPublicPolicy": False, "RestrictPublicBuckets": {restrict},
        }},
    )
    statement = {{"Effect": "Allow", "Principal": "*", "Action": {action}, "Resource": {resource}}}
    policy = {{"Version": "2012-10-17", "Statement": [statement]}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={{"IndexDocument": {{"Suffix": "{index}"}}}})


create_website(s3, stack.site_bucket)
"""
OBJECTS, BOTH = 'f"arn:aws:s3:::{bucket}/*"', '[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]'


def website(restrict="False", action='"s3:GetObject"', resource=OBJECTS, index="index.html"):
    return WEBSITE.format(restrict=restrict, action=action, resource=resource, index=index)


FILES = """
TYPES = {{".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}}


def put_page_file(s3, bucket, key, content):
    kind = TYPES.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    s3.put_object(Bucket=bucket, Key=key, Body=content, {headers})


for name in ("index.html", "app.js", "style.css", "favicon.svg"):
    put_page_file(s3, stack.site_bucket, name, (SITE / name).read_bytes())
"""
PUBLISH = """
def publish(s3, bucket, folder, config):
    for path in folder.rglob("*"):
        if path.is_file():
            put_page_file(s3, bucket, {key}, path.read_bytes())
    put_page_file(s3, bucket, "config.json", {config})


s3.delete_object(Bucket=stack.site_bucket, Key="api.js")
s3.delete_object(Bucket=stack.site_bucket, Key="config.json")
publish(s3, stack.site_bucket, SITE, config)
"""
BROWSER = """
def hands_over(headers, origin):
    return {verdict}


hands_over(as_the_page.headers, origin)
"""
CORS = """
def allow_origin(apigateway, api_id, origin):
    cors = {{"AllowOrigins": [{origin}], "AllowMethods": {methods}, "AllowHeaders": {headers}}}
    apigateway.update_api(ApiId=api_id, CorsConfiguration=cors)


allow_origin(apigateway, api_id, site_origin(stack))
"""
ALLOWED = 'headers.get("access-control-allow-origin")'

WRONG = {
    "frontend-1": [
        ("leaves RestrictPublicBuckets on, so that the policy lets nobody in", website(restrict="True")),
        ("lets strangers do everything with the objects", website(action='"s3:*"')),
        (
            "lets strangers list the keys",
            website(action='["s3:GetObject", "s3:ListBucket"]', resource=BOTH),
        ),
        ("names another index document", website(index="home.html")),
        (
            "takes all four switches off",
            website().replace(
                '"BlockPublicAcls": True, "IgnorePublicAcls": True',
                '"BlockPublicAcls": False, "IgnorePublicAcls": False',
            ),
        ),
        ("lets strangers read the ACLs too", website(action='"s3:GetObject*"')),
    ],
    "frontend-2": [
        ("guesses no type at all", FILES.format(headers='CacheControl="no-cache"')),
        (
            "calls everything a page",
            FILES.format(headers='ContentType="text/html; charset=utf-8", CacheControl="no-cache"'),
        ),
        ("lets browsers keep old files", FILES.format(headers="ContentType=kind")),
        (
            "forgets the charset",
            FILES.replace('kind += "; charset=utf-8"', "pass").format(
                headers='ContentType=kind, CacheControl="no-cache"'
            ),
        ),
    ],
    "frontend-3": [
        (
            "uploads files under their path on this machine",
            PUBLISH.format(key="path.as_posix()", config="json.dumps(config).encode()"),
        ),
        (
            "writes Python instead of JSON",
            PUBLISH.format(key="path.relative_to(folder).as_posix()", config="str(config).encode()"),
        ),
        (
            "gives the address another name",
            PUBLISH.format(
                key="path.relative_to(folder).as_posix()",
                config='json.dumps({"api_url": config["apiUrl"]}).encode()',
            ),
        ),
        (
            "publishes an old config.json of the folder over the new one",
            PUBLISH.replace(
                '    put_page_file(s3, bucket, "config.json", {config})\n',
                '    if "config.json" not in [path.name for path in folder.rglob("*")]:\n'
                '        put_page_file(s3, bucket, "config.json", {config})\n',
            ).format(key="path.relative_to(folder).as_posix()", config="json.dumps(config).encode()"),
        ),
        (
            "forgets the folders in the folder",
            PUBLISH.replace('folder.rglob("*")', "folder.iterdir()").format(
                key="path.name", config="json.dumps(config).encode()"
            ),
        ),
    ],
    "frontend-4": [
        (
            "takes any header for a permission",
            BROWSER.format(verdict='"access-control-allow-origin" in headers'),
        ),
        ("looks for the origin inside the header", BROWSER.format(verdict=f'origin in ({ALLOWED} or "")')),
        ("forgets the star", BROWSER.format(verdict=f"{ALLOWED} == origin")),
        (
            "forgives a slash at the end",
            BROWSER.format(verdict=f'({ALLOWED} or "").rstrip("/") in (origin, "*")'),
        ),
        (
            "compares hosts alone",
            BROWSER.format(
                verdict=f'({ALLOWED} or "").split(":")[0:2] == origin.split(":")[0:2] or {ALLOWED} == "*"'
            ),
        ),
    ],
    "frontend-5": [
        ("lets every origin in", CORS.format(origin='"*"', methods='["GET"]', headers='["content-type"]')),
        (
            "lets every http origin in",
            CORS.format(origin='"http://*"', methods='["GET"]', headers='["content-type"]'),
        ),
        (
            "names the API's origin instead of the page's",
            CORS.format(origin="api_url", methods='["GET"]', headers='["content-type"]'),
        ),
        ("offers methods that no route has", CORS.format(origin="origin", methods='["*"]', headers='["*"]')),
        ("forgets the header", CORS.format(origin="origin", methods='["GET"]', headers="[]")),
        (
            "writes the methods down",
            CORS.format(origin="origin", methods='["GET"]', headers='["content-type"]'),
        ),
        (
            "allows every header",
            CORS.replace(
                "    cors =", "    found = apigateway.get_routes(ApiId=api_id)['Items']\n    cors ="
            ).format(
                origin="origin",
                methods="sorted(set(one['RouteKey'].split()[0] for one in found))",
                headers='["*"]',
            ),
        ),
    ],
}
