"""04_api, the handlers: started as API Gateway starts them, with files that are recorded and that aren't."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3

from dashboard.stack import Stack
from workbook import throwaway
from workbook.asking import ask
from workbook.exercises import Outcome, not_yet, partly, passes

FIELDS = {"object_key", "name", "size", "content_type", "etag", "uploaded_at"}
NAMES = ("a.txt", "b c.txt", "b+c.txt", "x/y.txt", "z1.txt", "z2.txt", "ü.txt")  # as the table sorts them
AROUND = ("before.txt", "listed.txt", "zebra.txt")  # recorded beside the folder `listed/`
PAGE = 3


@contextmanager
def records(stack: Stack, names: Sequence[str]) -> Iterator[list[str]]:
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
    """Record seven files and three neighbours, and ask the learner's function for pages, and for what it must refuse."""
    looked = f"`{stack.functions['list_files'].name}`, started as API Gateway would, with seven files in a folder and three beside it"
    handler = Handler(stack, "list_files")
    stack.client("dynamodb").describe_table(TableName=stack.table)
    with records(stack, [*AROUND, *(f"listed/{name}" for name in NAMES)]) as recorded:
        keys = recorded[len(AROUND) :]
        prefix = keys[0].removesuffix(NAMES[0])
        found = handler.query(prefix=prefix)
        if found.nothing:
            return not_yet(
                looked,
                "it answers nothing",
                "Fill in the handler, then run the cell below it: it adds the functions, and deploys.",
            )
        if found.status != 200 or not isinstance(found.body, dict) or "files" not in found.body:
            return partly(looked, found.told(), "Return `answer(200, {'files': ..., 'next': ...})`.", 0.1)
        if wrong := wrong_list(found.body, keys):
            return partly(looked, *wrong)
        paged: list[str] = []
        token = ""
        for _page in NAMES:
            page = handler.query(prefix=prefix, limit=str(PAGE), **({"next": token} if token else {}))
            if page.status != 200:
                return partly(
                    looked,
                    f"asked for a further page, {page.told()}",
                    "Turn the token into a key again.",
                    0.5,
                )
            paged += [one["object_key"] for one in page.body["files"]]
            token = page.body.get("next")
            if token and len(page.body["files"]) != PAGE:
                return partly(
                    looked,
                    f"asked for {PAGE} files, a page that is not the last has {len(page.body['files'])}",
                    "Let the key condition pick the prefix, and pass `Limit=int(limit)`: nothing is filtered afterwards.",
                    0.5,
                )
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
            "Query by both keys: `Key('bucket').eq(BUCKET) & Key('object_key').begins_with(prefix)`.",
            0.2,
        )
    if sizes := {type(one.get("size")).__name__ for one in files} - {"int"}:
        return (
            f"sizes are {', '.join(sizes)}",
            "Pass each field through `plain`: DynamoDB's numbers are Decimals.",
            0.3,
        )
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
