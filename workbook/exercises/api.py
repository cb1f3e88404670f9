"""04_api: two functions that read the table, and an HTTP API that leads exactly two routes to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import urllib3

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from workbook.asking import PATIENCE, Answer, ask
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.api_handlers import FIELDS, file_is_shown, files_are_listed, records
from workbook.waiting import wait_for_effect

PROPAGATION = 3.0  # seconds in which a change of an API arrives


def routes_are_connected(stack: Stack, *_: object) -> Outcome:
    """Call both routes; then try to reach the functions through routes that have no business there."""
    apigateway, lambda_ = stack.client("apigatewayv2"), stack.client("lambda")
    looked = "`GET /files` and `GET /files/{key+}` over HTTP, and a route that may not call your functions"
    api_id = find_api(apigateway, stack.api_name)
    if api_id is None:
        return not_yet(looked, "there is no API yet", "Run the cell with `create_api`.")
    url = apigateway.get_api(ApiId=api_id)["ApiEndpoint"]
    routes = {one["RouteKey"]: one for one in apigateway.get_routes(ApiId=api_id)["Items"]}
    wanted = {"GET /files": "list_files", "GET /files/{key+}": "get_file"}
    if not routes.keys() & wanted.keys():
        return not_yet(
            looked, f"the API has {len(routes)} routes", "Fill in `connect`: `create_route` first."
        )
    if missing := sorted(wanted.keys() - routes.keys()):
        return partly(looked, f"there is no route `{missing[0]}`", "Connect both routes.", 0.3)
    paths = {"GET /files": "/files?limit=1", "GET /files/{key+}": "/files/incoming/no/such.txt"}
    right = {"GET /files": 200, "GET /files/{key+}": 404}
    for route, path in paths.items():
        name = stack.functions[wanted[route]].name
        answer = answer_of(url + path, right[route])
        if answer.status == 500:
            nobody = "" if is_permitted(lambda_, name) else f": nobody may invoke `{name}`"
            return partly(
                looked,
                f"`{route}` answers 500{nobody}",
                "Call `permit` with the route's source ARN; `{key+}` is written `*` there.",
                0.4,
            )
        if answer.status != right[route] or answer.text == '{"message":"Not Found"}':
            return partly(looked, f"`{route}` answers {answer.status}", "Do api-1 and api-2 pass?", 0.4)
    for route, short in wanted.items():
        for intruder in (f"GET /files-{secrets.token_hex(4)}", route.replace("GET", "PUT")):
            if intruder_gets_in(apigateway, api_id, url, stack.function_arn(short), intruder):
                return partly(
                    looked,
                    f"another route, `{intruder}`, may invoke `{stack.functions[short].name}` too",
                    "End the source ARN in `/*/GET/files` or `/*/GET/files/*`: any stage, this method, this path.",
                    0.7,
                )
    return passes(looked, "both routes answer, and no other route may call their functions")


def is_permitted(lambda_: Any, name: str) -> bool:
    """Whether anybody at all was let in."""
    try:
        lambda_.get_policy(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        return False
    return True


def intruder_gets_in(apigateway: Any, api_id: str, url: str, function_arn: str, route_key: str) -> bool:
    """Make a route that nobody permitted, call it, and take it away again."""
    method, path = route_key.replace("{key+}", "check").split(" ")
    made = apigateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    route = apigateway.create_route(ApiId=api_id, RouteKey=route_key, Target=f"integrations/{made}")
    try:
        wait_for_effect(lambda: '"Not Found"' not in ask(method, url + path).text, PROPAGATION)
        return ask(method, url + path).status != 500
    finally:
        apigateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
        apigateway.delete_integration(ApiId=api_id, IntegrationId=made)


def answer_of(address: str, right: int) -> Answer:
    """What a GET is answered: after a moment, if it is not the right status at once."""
    wait_for_effect(lambda: ask("GET", address).status == right, PROPAGATION)
    return ask("GET", address)


def address_of(stack: Stack) -> str | None:
    """The API's address; None when there is no API, or it doesn't list files yet."""
    apigateway = stack.client("apigatewayv2")
    api_id = find_api(apigateway, stack.api_name)
    if api_id is None:
        return None
    url = str(apigateway.get_api(ApiId=api_id)["ApiEndpoint"])
    return url if isinstance(ask("GET", f"{url}/files?limit=1").json, dict) else None


def whole_list_is_fetched(stack: Stack, every_file: Callable[..., Any] | None = None) -> Outcome:
    """Record more files than a page holds, and let the learner's function fetch them over HTTP."""
    folder = "a&b+c ü/"
    looked = f"120 recorded files under `.../{folder}`, fetched over HTTP"
    if every_file is None:
        return no_function(looked, "api-4", "every_file")
    url = address_of(stack)
    if url is None or ask("GET", f"{url}/files").status != 200:
        return not_yet(looked, "the API lists no files yet", "First let api-1 and api-3 pass.")
    http = urllib3.PoolManager(timeout=PATIENCE)
    names = [f"{folder}{number:03}.txt" for number in range(120)]
    with records(stack, [*names, "a.txt", "z.txt"]) as recorded:
        keys = recorded[:-2]
        found = every_file(http, url, keys[0].removesuffix("000.txt"))
        found = found if found is None else list(found)
    if found is None:
        return not_yet(looked, "your function answered None", "Return a list of files.")
    listed = [one.get("object_key") if isinstance(one, dict) else one for one in found]
    if listed != keys:
        return partly(
            looked,
            f"it found {len(set(listed) & set(keys))} of 120 files, in a list of {len(listed)}",
            "Encode the query with `urlencode`, and go on as long as `next` is not None."
            if len(listed) < 120
            else "Each page once, in order.",
            0.4,
        )
    if not all(isinstance(one, dict) and set(one) >= FIELDS for one in found):
        return partly(looked, "it returns keys alone", "Return the files as the API lists them.", 0.7)
    return passes(looked, "all 120, page after page, odd signs in the prefix included")


ODD = ("a b.txt", "a+b.txt", "a#b.txt", "a&b=c;d.txt", "ü.txt", "x/y/z.txt")


def addresses_are_right(stack: Stack, file_url: Callable[..., Any] | None = None) -> Outcome:
    """Ask the API for files with odd names, at the addresses that the learner's function makes."""
    looked = "six recorded files with odd names, asked for at your addresses"
    if file_url is None:
        return no_function(looked, "api-5", "file_url")
    url = address_of(stack)
    if url is None or ask("GET", f"{url}/files/nothing").json is None:
        return not_yet(looked, "the API shows no files yet", "First let api-2 and api-3 pass.")
    with records(stack, ODD) as keys:
        addresses = [file_url(url, key) for key in keys]
        if all(address is None for address in addresses):
            return not_yet(looked, "your function answers None", "Return an address.")
        wrong = [
            f"`{name}`"
            for name, key, address in zip(ODD, keys, addresses, strict=True)
            if not isinstance(address, str) or (ask("GET", address).json or {}).get("object_key") != key
        ]
    if wrong:
        return partly(
            looked,
            f"not found: {', '.join(wrong)}",
            "`quote` encodes a key for a path, and leaves its slashes alone.",
            1 - len(wrong) / len(ODD),
        )
    return passes(looked, "all six are found")


EXERCISES = (
    Exercise(
        id="api-1",
        title="List the files",
        look=files_are_listed,
        why="The list is what everybody sees first. It must be complete over pages, cheap at any size, and "
        "clear when it is asked nonsense.",
        where="04_api, 'List the files'",
        hints=(
            "Build the arguments in a dict: `KeyConditionExpression` from `Key('bucket').eq(BUCKET)` and "
            "`Key('object_key').begins_with(prefix)`.",
            "`if token := asked.get('next'):` its key is `key_in(token)`, which is empty for what is no token; it "
            "must begin with the prefix. It goes into `ExclusiveStartKey`, with the bucket.",
            "`page = table.query(Limit=int(limit), **query)`; the next token is `token_of(last['object_key'])` of "
            "`last = page.get('LastEvaluatedKey')`, or None.",
            "`files = [{field: plain(item.get(field)) for field in FIELDS} for item in page['Items']]`.",
        ),
        points=3,
        function="list_files",
    ),
    Exercise(
        id="api-2",
        title="Show one file",
        look=file_is_shown,
        why="The link is the only way to a file's content. It should end soon, and never run a stranger's "
        "page in your visitor's browser.",
        where="04_api, 'Show one file'",
        hints=(
            "`table.get_item(Key={'bucket': BUCKET, 'object_key': key}).get('Item')`, but only for a key of 1 to "
            "1024 bytes (`len(key.encode())`).",
            "`how = 'inline' if SHOWN.fullmatch(found['content_type']) else 'attachment'`.",
            "`signed = {'Bucket': BUCKET, 'Key': key, 'ResponseContentDisposition': f\"{how}; "
            "filename*=UTF-8''{quote(found['name'], safe='')}\"}`",
            "`link = s3.generate_presigned_url('get_object', Params=signed, ExpiresIn=SECONDS)`, then "
            "`answer(200, record | {'open_url': link, 'expires_in': SECONDS})`.",
        ),
        points=3,
        function="get_file",
    ),
    Exercise(
        id="api-3",
        title="Connect two routes",
        look=routes_are_connected,
        why="A permission for a whole API also holds for the route that somebody adds next year. One for a "
        "route holds for that route.",
        where="04_api, 'Lead routes to them'",
        hints=(
            "First `create_route(apigateway, api_id, route_key, arn)`, then the permission with `permit`.",
            "`method, path = route_key.split(' ')`; the source is "
            "`arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`, with `*` for any stage.",
            "permit(stack.client('lambda'), arn, f'api-{method.lower()}', 'apigateway.amazonaws.com', source + "
            "path.replace('{key+}', '*'))",
        ),
        points=2,
    ),
    Exercise(
        id="api-4",
        title="Fetch the whole list",
        look=whole_list_is_fetched,
        why="Whoever reads one page and stops has a program that works until there are 51 files.",
        where="04_api, 'Turn the page over HTTP'",
        hints=(
            "A loop around `http.request('GET', f'{api_url}/files?{urlencode(asked)}').json()`.",
            "`asked` is a dict with `prefix`, and from the second page on with `next`.",
            "Stop when `page['next']` is None, and return what you collected from `page['files']`.",
        ),
    ),
    Exercise(
        id="api-5",
        title="Make a file's address",
        look=addresses_are_right,
        why="A key is any text; an address is not. Where they are mixed up, files with odd names can be "
        "listed and never opened.",
        where="04_api, 'Put a key into a path'",
        hints=(
            "`urllib.parse` has `quote` for paths and `quote_plus` for forms.",
            "`quote` leaves `/` as it is, which suits a greedy path parameter.",
            'return f"{api_url}/files/{quote(key)}"',
        ),
    ),
)
