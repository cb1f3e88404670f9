"""Right answers to 04_api in other words: each must pass its check."""

from pathlib import Path

import dashboard

FUNCTIONS = Path(dashboard.__file__).parent / "functions"


def handler(short, begins, ends, instead, *changes):
    """Our own handler, with other lines between two that are named."""
    source = (FUNCTIONS / short / "lambda_function.py").read_text()
    head, found, rest = source.partition(begins)
    _, closed, tail = rest.partition(ends)
    assert found and closed, (begins, ends)
    source = head + instead + ends + tail
    for right, other in changes:
        assert right in source, right
        source = source.replace(right, other)
    return f"%%writefile work/functions/{short}/lambda_function.py\n{source}"


LIST = """    start = {}
    if asked.get("next"):
        last = key_in(asked["next"])
        if not last or not last.startswith(prefix) or len(last) > 1024:
            return problem(400, "BadToken", "This token is not of this list.")
        start = {"ExclusiveStartKey": {"bucket": BUCKET, "object_key": last}}
    page = table.query(
        KeyConditionExpression="#b = :b AND begins_with(object_key, :p)",
        ExpressionAttributeNames={"#b": "bucket"},
        ExpressionAttributeValues={":b": BUCKET, ":p": prefix},
        Limit=int(limit),
        ConsistentRead=True,
        **start,
    )
    files = []
    for item in page["Items"]:
        files.append({name: plain(item[name]) for name in FIELDS})
    token = None
    if "LastEvaluatedKey" in page:
        token = token_of(page["LastEvaluatedKey"]["object_key"])
    return answer(200, dict(next=token, files=files))
"""
GET = """    item = None
    if 1 <= len(key.encode()) <= 1024:
        item = table.get_item(Key=dict(bucket=BUCKET, object_key=key)).get("Item")
    if item is None:
        return answer(404, {"error": {"code": "NoSuchFile", "message": "There is no such file."}})
    shown = SHOWN.fullmatch(item["content_type"]) is not None
    name = quote(item["name"])
    disposition = ("inline" if shown else "attachment") + f"; filename=\\"file\\"; filename*=UTF-8''{name}"
    url = s3.generate_presigned_url(
        ClientMethod="get_object",
        Params=dict(Bucket=BUCKET, Key=key, ResponseContentDisposition=disposition),
        ExpiresIn=SECONDS,
    )
    body = {name: plain(item[name]) for name in FIELDS}
    body.update(open_url=url, expires_in=SECONDS)
    return answer(200, body)
"""
ROUTES = """
for route_key in ("GET /files", "GET /files/{key+}"):
    attempt(connect, stack, api_id, route_key)
"""

RIGHT = {
    "api-1": [
        (
            "writes the condition as a text",
            handler("list_files", "    query = {", "\n\ndef problem", LIST),
        ),
    ],
    "api-2": [
        (
            "names the file twice, for old browsers",
            handler("get_file", "    found = ", "\n\ndef answer", GET),
        ),
    ],
    "api-3": [
        (
            "makes integration, route and permission itself",
            """
def connect(stack, api_id, route_key):
    short = ROUTES[route_key]
    apigateway, arn = stack.client("apigatewayv2"), stack.function_arn(short)
    if route_key not in [route["RouteKey"] for route in apigateway.get_routes(ApiId=api_id)["Items"]]:
        made = apigateway.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        apigateway.create_route(
            ApiId=api_id, RouteKey=route_key, Target="integrations/" + made["IntegrationId"]
        )
    method, _, path = route_key.partition(" ")
    path = path.replace("{key+}", "*")
    sid = f"api-{method.lower()}"
    attempt(lambda_.remove_permission, FunctionName=stack.functions[short].name, StatementId=sid)
    try:
        stack.client("lambda").add_permission(
            FunctionName=stack.functions[short].name,
            StatementId=sid,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/$default/{method}{path}",
        )
    except lambda_.exceptions.ResourceConflictException:
        pass
"""
            + ROUTES,
        ),
    ],
    "api-4": [
        (
            "lets urllib3 encode",
            """
def every_file(http, api_url, prefix):
    files, token = [], ""
    while token is not None:
        asked = {"prefix": prefix, **({"next": token} if token else {})}
        page = http.request("GET", api_url + "/files", fields=asked).json()
        files.extend(page["files"])
        token = page.get("next")
    return files
""",
        ),
        (
            "calls itself",
            """
def every_file(http, api_url, prefix, token=None):
    query = {"prefix": prefix} | ({"next": token} if token else {})
    page = json.loads(http.request("GET", api_url + "/files?" + urlencode(query)).data)
    rest = every_file(http, api_url, prefix, page["next"]) if page["next"] else []
    return page["files"] + rest
""",
        ),
    ],
    "api-5": [
        (
            "encodes part by part",
            """
def file_url(api_url, key):
    return "/".join([api_url, "files", *(quote(part, safe="") for part in key.split("/"))])
""",
        ),
    ],
}
