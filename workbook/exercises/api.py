"""04_api: two functions that read the table, and an HTTP API that leads exactly two routes to them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import urllib3

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from workbook import throwaway
from workbook.asking import PATIENCE, ask
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes
from workbook.waiting import wait_for

FIELDS = {"object_key", "name", "size", "content_type", "etag", "uploaded_at"}
PROPAGATION = 3.0  # seconds in which a change of an API arrives
NAMES = ("a.txt", "b c.txt", "b+c.txt", "x/y.txt", "z1.txt", "z2.txt", "ü.txt")  # as the table sorts them


@contextmanager
def records(stack: Stack, names: Sequence[str] = NAMES) -> Iterator[list[str]]:
    """Records in the table, under a prefix of their own; what you get are their keys."""
    table = boto3.resource("dynamodb").Table(stack.table)
    prefix = f"{stack.prefix}check-{secrets.token_hex(4)}/"
    keys = [f"{prefix}{name}" for name in names]
    where = [{"bucket": stack.upload_bucket, "object_key": key} for key in keys]
    try:
        with table.batch_writer() as batch:
            for key in where:
                batch.put_item(Item=key | facts(key["object_key"], "text/plain"))
        yield keys
    finally:
        with table.batch_writer() as batch:
            for key in where:
                batch.delete_item(Key=key)


def facts(key: str, kind: str) -> dict[str, Any]:
    """What a record says of a file, beside its key."""
    return {
        "name": key.rsplit("/", 1)[-1],
        "size": 7,
        "content_type": kind,
        "etag": "0" * 32,
        "uploaded_at": "2026-11-25T10:00:00Z",
        "sequencer": "A".ljust(32, "0"),
    }


class Handler:
    """One of the stack's functions, started as API Gateway starts it."""

    def __init__(self, stack: Stack, short: str) -> None:
        self.lambda_, self.name = stack.client("lambda"), stack.functions[short].name
        self.lambda_.get_function_configuration(FunctionName=self.name)

    def query(self, **asked: str) -> Answer:
        return self.start({"queryStringParameters": asked} if asked else {})

    def path(self, key: str | None) -> Answer:
        return self.start({} if key is None else {"pathParameters": {"key": key}})

    def start(self, event: dict[str, Any]) -> Answer:
        for _ in range(3):  # a cold start on a busy machine may take longer than a function has
            run = throwaway.invoke(self.lambda_, self.name, {"version": "2.0", **event})
            if "timed out" not in run.error:
                break
        return Answer(run)


class Answer:
    """What a handler answered, as API Gateway understands it."""

    def __init__(self, run: throwaway.Run) -> None:
        self.error, self.nothing = run.error, run.answer is None
        given = run.answer if isinstance(run.answer, dict) else {}
        self.status = 0 if run.error or self.nothing else int(given.get("statusCode", 200))
        self.body: Any = parsed(given["body"]) if isinstance(given.get("body"), str) else given

    @property
    def is_problem(self) -> bool:
        """Whether the body is an error of ours."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return isinstance(error, dict) and {"code", "message"} <= set(error)

    def told(self) -> str:
        return f"it ends in {self.error}" if self.error else f"it answers {self.status or 'nothing'}"


def parsed(text: str) -> Any:
    """A text as JSON; None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def files_are_listed(stack: Stack, *_: object) -> Outcome:
    """Record seven files, and ask the learner's function for pages, and for what it must refuse."""
    looked = (
        f"`{stack.functions['list_files'].name}`, started as API Gateway would, with seven recorded files"
    )
    handler = Handler(stack, "list_files")
    stack.client("dynamodb").describe_table(TableName=stack.table)
    with records(stack) as keys:
        prefix = keys[0].removesuffix(NAMES[0])
        found = handler.query(prefix=prefix)
        if found.nothing:
            return not_yet(
                looked, "it answers nothing", "Fill in the handler and `plain`, write and deploy it."
            )
        if found.status != 200 or not isinstance(found.body, dict) or "files" not in found.body:
            return partly(looked, found.told(), "Return `answer(200, {'files': ..., 'next': ...})`.", 0.1)
        if wrong := wrong_list(found.body, keys):
            return partly(looked, *wrong)
        paged: list[str] = []
        token = ""
        for _page in NAMES:
            page = handler.query(prefix=prefix, limit="3", **({"next": token} if token else {}))
            if page.status != 200:
                return partly(
                    looked,
                    f"asked for a further page, {page.told()}",
                    "Turn the token into a key again.",
                    0.5,
                )
            paged += [one["object_key"] for one in page.body["files"]]
            token = page.body.get("next")
            if not token:
                break
        if paged != keys:
            return partly(
                looked,
                f"page by page it lists {len(paged)} files, and not those seven in order",
                "`ExclusiveStartKey` is the token's key, and `next` comes from `LastEvaluatedKey`.",
                0.5,
            )
        refused = {
            "a limit of 0": handler.query(limit="0"),
            "a limit of 101": handler.query(limit="101"),
            "a limit of 'all'": handler.query(limit="all"),
            "a token that is none": handler.query(prefix=prefix, next="!"),
            "another list's token": handler.query(prefix=f"{prefix}x", next=first_token(handler, prefix)),
        }
    for what, answer in refused.items():
        if answer.status != 400 or not answer.is_problem:
            return partly(
                looked,
                f"{what}: {answer.told()} instead of a 400 with an `error`",
                "`return problem(400, 'BadRequest', ...)`; a token's key must begin with the prefix.",
                0.7,
            )
    return passes(looked, "pages in order, to the last one, and a 400 for what makes no sense")


def first_token(handler: Handler, prefix: str) -> str:
    """The token behind the first file of a list."""
    body = handler.query(prefix=prefix, limit="1").body
    return str(body.get("next")) if isinstance(body, dict) else ""


def wrong_list(body: dict[str, Any], keys: list[str]) -> tuple[str, str, float] | None:
    """What is wrong with a page that should hold all files: found, next step, how much is right."""
    files = body["files"]
    listed = [one.get("object_key") for one in files]
    if listed != keys:
        return (
            f"it lists {len(listed)} files instead of the seven under the prefix",
            "Query by both keys.",
            0.2,
        )
    if sizes := {type(one.get("size")).__name__ for one in files} - {"int"}:
        return f"sizes are {', '.join(sizes)}", "`plain` makes whole numbers of Decimals, with `int`.", 0.3
    if set(files[0]) != FIELDS:
        more, less = sorted(set(files[0]) - FIELDS), sorted(FIELDS - set(files[0]))
        return f"a file has too much: {more}, and too little: {less}", "Answer with `FIELDS`, no more.", 0.3
    if body.get("next", "") is not None:
        return f"`next` is {body.get('next')!r} on the last page", "No `LastEvaluatedKey`, then None.", 0.4
    return None


def file_is_shown(stack: Stack, *_: object) -> Outcome:
    """Ask the learner's function for files that are there and that aren't, and open its links."""
    looked = f"`{stack.functions['get_file'].name}`, started as API Gateway would, and the links it makes"
    handler, s3 = Handler(stack, "get_file"), stack.client("s3")
    table = boto3.resource("dynamodb").Table(stack.table)
    with throwaway.objects(stack, ["grün + 1.txt", "page.html"]) as prefix:
        text, page = f"{prefix}grün + 1.txt", f"{prefix}page.html"
        where = [{"bucket": stack.upload_bucket, "object_key": key} for key in (text, page)]
        try:
            for key, kind in zip(where, ("text/plain", "text/html"), strict=True):
                s3.put_object(
                    Bucket=stack.upload_bucket, Key=key["object_key"], Body=b"checked", ContentType=kind
                )
                table.put_item(Item=key | facts(key["object_key"], kind))
            found, risky = handler.path(text), handler.path(page)
            missing = {
                "a key that isn't recorded": handler.path(f"{prefix}nothing.txt"),
                "no key at all": handler.path(None),
                "a key of 2,000 letters": handler.path(f"{stack.prefix}{'a' * 2000}"),
            }
            if found.nothing:
                return not_yet(looked, "it answers nothing", "Fill in the handler, write and deploy it.")
            if found.status != 200 or not isinstance(found.body, dict):
                return partly(looked, found.told(), "Return `answer(200, record | {...})`.", 0.1)
            more = set(found.body) ^ (FIELDS | {"open_url", "expires_in"})
            if more or found.body.get("object_key") != text or type(found.body.get("size")) is not int:
                return partly(
                    looked,
                    f"the record is not the one asked for, or has other fields: {sorted(more)}",
                    "The six `FIELDS`, each through `plain`, then `open_url` and `expires_in`.",
                    0.2,
                )
            if wrong := wrong_link(found, risky):
                return partly(looked, *wrong)
        finally:
            for key in where:
                table.delete_item(Key=key)
    for what, answer in missing.items():
        if answer.status != 404 or not answer.is_problem:
            return partly(
                looked,
                f"{what}: {answer.told()} instead of a 404 with an `error`",
                "`return answer(404, {'error': {'code': 'NotFound', 'message': ...}})`, for each key that can't "
                "be found.",
                0.8,
            )
    return passes(looked, "record and link for what is there, a 404 for what isn't, and pages are downloaded")


def wrong_link(found: Answer, risky: Answer) -> tuple[str, str, float] | None:
    """What is wrong with the links to a text and to a web page: found, next step, how much is right."""
    link = str(found.body.get("open_url"))
    if f"X-Amz-Expires={found.body.get('expires_in')}&" not in f"{link}&":
        return "`expires_in` is not what the link says", "Both are `SECONDS`.", 0.4
    opened = ask("GET", link)
    if opened.status != 200:
        return f"the link answers {opened.status}", "Sign `get_object` with `BUCKET` and the key.", 0.4
    shown = opened.header("content-disposition")
    downloaded = ask("GET", str(risky.body.get("open_url"))).header("content-disposition")
    if not shown.startswith("inline") or not downloaded.startswith("attachment"):
        return (
            f"a text is sent with `{shown or 'nothing'}`, a web page with `{downloaded or 'nothing'}`",
            "`inline` if `SHOWN.fullmatch(...)` knows the type, else `attachment`.",
            0.5,
        )
    if "filename*=UTF-8''gr%C3%BCn%20%2B%201.txt" not in shown:
        return f"the file's name is lost: `{shown}`", "Add `; filename*=UTF-8''` and the quoted name.", 0.7
    return None


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
        wait_for(lambda path=path, route=route: ask("GET", url + path).status == right[route], PROPAGATION)  # type: ignore[misc]
        answer = ask("GET", url + path)
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
    for short in wanted.values():
        if intruder_gets_in(apigateway, api_id, url, stack.function_arn(short)):
            return partly(
                looked,
                f"another route of the API may invoke `{stack.functions[short].name}` too",
                "End the source ARN in `/*/GET/files` or `/*/GET/files/*`: stage, method, path.",
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


def intruder_gets_in(apigateway: Any, api_id: str, url: str, function_arn: str) -> bool:
    """Make a route that nobody permitted, call it, and take it away again."""
    path = f"/check-{secrets.token_hex(4)}"
    made = apigateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    route = apigateway.create_route(ApiId=api_id, RouteKey=f"GET {path}", Target=f"integrations/{made}")
    try:
        wait_for(lambda: "Not Found" not in ask("GET", url + path).text, PROPAGATION)
        return ask("GET", url + path).status != 500
    finally:
        apigateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
        apigateway.delete_integration(ApiId=api_id, IntegrationId=made)


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
        return not_yet(looked, "no function was given", 'Call it as `check("api-4", every_file)`.')
    url = address_of(stack)
    if url is None or ask("GET", f"{url}/files").status != 200:
        return not_yet(looked, "the API lists no files yet", "First let api-1 and api-3 pass.")
    http = urllib3.PoolManager(timeout=PATIENCE)
    names = [f"{folder}{number:03}.txt" for number in range(120)]
    with records(stack, [*names, "a.txt", "z.txt"]) as recorded:
        keys = recorded[:-2]
        found = every_file(http, url, keys[0].removesuffix("000.txt"))
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
        return not_yet(looked, "no function was given", 'Call it as `check("api-5", file_url)`.')
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
            "`files = [{field: plain(item.get(field)) for field in FIELDS} for item in page['Items']]`, and `plain` "
            "returns texts and None as they are, else `int(value)`.",
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
