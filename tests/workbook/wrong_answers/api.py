"""Mistakes that learners make in 04_api: each must be refused by its check."""

from pathlib import Path

import dashboard

FUNCTIONS = Path(dashboard.__file__).parent / "functions"


def handler(short, *changes):
    """Our own handler, with a mistake in it."""
    source = (FUNCTIONS / short / "lambda_function.py").read_text()
    for right, wrong in changes:
        assert right in source, right
        source = source.replace(right, wrong)
    return f"%%writefile work/functions/{short}/lambda_function.py\n{source}"


def connect(source, create=True, more=""):
    made = "create_route(apigateway, api_id, route_key, arn)" if create else ""
    allowed = (
        f'permit(stack.client("lambda"), arn, f"api-{{method.lower()}}", "apigateway.amazonaws.com", {source})'
        if source
        else ""
    )
    return f"""
def connect(stack, api_id, route_key):
    short = ROUTES[route_key]
    apigateway, arn = stack.client("apigatewayv2"), stack.function_arn(short)
    method, path = route_key.split(" ")
    api = f"arn:aws:execute-api:{{stack.region}}:{{stack.account_id}}:{{api_id}}"
    {made}
    {allowed}


for route_key in ("GET /files", "GET /files/{{key+}}"):
    attempt(connect, stack, api_id, route_key)
"""


def every_file(*lines):
    body = "\n    ".join(lines)
    return f"def every_file(http, api_url, prefix):\n    {body}\n"


def file_url(expression):
    return f"def file_url(api_url, key):\n    from urllib.parse import quote_plus\n    return {expression}\n"


WRONG = {
    "api-1": [
        ("leaves the Decimals", handler("list_files", ("plain(item.get(field))", "item.get(field)"))),
        ("ignores the token", handler("list_files", ('query["ExclusiveStartKey"] = ', "unused = "))),
        ("lists whole records", handler("list_files", ("for field in FIELDS}", "for field in item}"))),
        (
            "believes every token",
            handler("list_files", ("if not last.startswith(prefix) or", "if False and")),
        ),
        (
            "scans, which its role may not",
            handler(
                "list_files",
                ("table.query(Limit=int(limit), **query)", "table.scan(Limit=int(limit))"),
            ),
        ),
        (
            "forgets the prefix",
            handler("list_files", (' & Key("object_key").begins_with(prefix)', "")),
        ),
        (
            "filters what it read",
            handler(
                "list_files",
                (
                    'query = {"KeyConditionExpression": Key("bucket").eq(BUCKET) & Key("object_key").begins_with(prefix)}',
                    'query = {"KeyConditionExpression": Key("bucket").eq(BUCKET)}',
                ),
                (
                    'for item in page["Items"]]',
                    'for item in page["Items"] if item["object_key"].startswith(prefix)]',
                ),
            ),
        ),
        ("never ends", handler("list_files", ("if last else None})", 'if last else ""})'))),
    ],
    "api-2": [
        ("shows everything in the browser", handler("get_file", ('else "attachment"', 'else "inline"'))),
        (
            "forgets the name",
            handler("get_file", ("; filename*=UTF-8''{quote(str(found['name']), safe='')}", "")),
        ),
        (
            "answers 404 without an error",
            handler(
                "get_file", ('{"error": {"code": "NotFound", "message": message}}', '{"message": message}')
            ),
        ),
        ("asks DynamoDB for any key", handler("get_file", ("0 < len(key.encode()) <= 1024 and ", ""))),
        (
            "signs an upload",
            handler(
                "get_file", ('generate_presigned_url("get_object"', 'generate_presigned_url("put_object"')
            ),
        ),
        ("says another life", handler("get_file", ('"expires_in": SECONDS', '"expires_in": 3600'))),
        ("downloads everything", handler("get_file", ('how = "inline" if', 'how = "attachment" if'))),
    ],
    "api-3": [
        ("forgets the route", connect('f"{api}/*/{method}/file"', create=False)),
        ("forgets the permission", connect("")),
        ("permits another route", connect('f"{api}/*/{method}/file"')),
        ("lets every route in", connect('f"{api}/*/*"')),
        ("lets every GET in", connect('f"{api}/*/{method}/*"')),
        ("lets every method in", connect("f\"{api}/*/*{path.replace('{key+}', '*')}\"")),
        ("lets in what begins alike", connect('f"{api}/*/{method}/files*"')),
        (
            "permits another service",
            connect('f"{api}/*/{method}{path}"').replace("apigateway.amazonaws.com", "s3.amazonaws.com"),
        ),
    ],
    "api-4": [
        (
            "reads one page",
            every_file(
                "return http.request('GET', f'{api_url}/files?{urlencode({\"prefix\": prefix})}').json()['files']"
            ),
        ),
        (
            "does not encode the prefix",
            every_file(
                "files, more = [], ''",
                "while True:",
                "    page = http.request('GET', f'{api_url}/files?prefix={prefix}{more}').json()",
                "    files += page['files']",
                "    if page['next'] is None:",
                "        return files",
                "    more = '&next=' + page['next']",
            ),
        ),
        (
            "returns keys alone",
            every_file(
                "files, asked = [], {'prefix': prefix}",
                "while True:",
                "    page = http.request('GET', f'{api_url}/files?{urlencode(asked)}').json()",
                "    files += [file['object_key'] for file in page['files']]",
                "    if page['next'] is None:",
                "        return files",
                "    asked['next'] = page['next']",
            ),
        ),
        (
            "forgets the prefix",
            every_file(
                "files, asked = [], {'limit': 100}",
                "while True:",
                "    page = http.request('GET', f'{api_url}/files?{urlencode(asked)}').json()",
                "    files += page['files']",
                "    if page['next'] is None:",
                "        return files",
                "    asked['next'] = page['next']",
            ),
        ),
        (
            "asks for the same page for ever, and gives up",
            every_file(
                "files = []",
                "for _ in range(3):",
                "    files += http.request('GET', f'{api_url}/files?{urlencode({\"prefix\": prefix})}').json()['files']",
                "return files",
            ),
        ),
    ],
    "api-5": [
        ("writes the key as it is", file_url('f"{api_url}/files/{key}"')),
        ("encodes as a form does", file_url('f"{api_url}/files/{quote_plus(key)}"')),
        ("takes the last part alone", file_url('f"{api_url}/files/{quote(key.rsplit(chr(47), 1)[-1])}"')),
        ("asks for it in a query", file_url('f"{api_url}/files?key={quote(key)}"')),
    ],
}
