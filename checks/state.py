"""State: the frontend reloads after every write and stays in step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes, lifecycle
from checks.findings import Severity
from checks.http import get
from checks.look import Look
from checks.rule import Row, Verdict, failed, missing, passed

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("state", "State", "The frontend reloads after every write and stays in step")
KEYS = {"HASH": "bucket", "RANGE": "object_key"}
SECONDS = 30  # for a write to be seen


@ROW.rule(
    1,
    Severity.HIGH,
    "A list shows an upload soon after it, and no longer after its deletion",
    expected=f"within {SECONDS} seconds after the upload the list has the file; after DELETE it has not",
    why="The list comes from the table, and the table follows the bucket by events. When the chain breaks, "
    "people upload again, and again.",
    about="api",
    layer="delete",
    looks_at=("HTTP POST, PUT, GET and DELETE",),
    needs=("upload_bucket",),
    fix="Follow the upload: S3's event, the index function's log, the table, the list function's log.",
    live=True,
)
def read_after_write(look: LiveLook) -> Iterator[Verdict]:
    """Uploads a file with a ticket, asks for the list until it is there, deletes it, and asks again."""
    from checks.live.round_trip import visible

    yield from visible(look, SECONDS)


@ROW.rule(
    2,
    Severity.HIGH,
    "The page asks for the list again after every write",
    expected="in a browser, a GET of the list follows the upload and the deletion, and the row appears and "
    "goes without a reload by hand",
    why="A page that does not ask again shows yesterday's truth, and people act on it: they open what is "
    "gone.",
    about="site_bucket",
    layer="delete",
    looks_at=("Chromium, at the page itself",),
    needs=("api", "upload_bucket"),
    fix="After a write, let the page dispatch its event, and the list reload on it.",
    live=True,
)
def page_asks_again(look: LiveLook) -> Iterator[Verdict]:
    """Uploads and deletes a file by the page's own controls, and reads the browser's network log."""
    from checks.live.browser import follows

    yield from follows(look, SECONDS)


@ROW.rule(
    3,
    Severity.HIGH,
    "Page, functions and table speak of the same things",
    expected="the functions' environments name this bucket and this table, the table has the keys that the "
    "list relies on, and no lifecycle rule takes uploads away behind the list's back",
    why="Each part finds the others by name. One old name, and the page lists what nobody uploads to.",
    about="table",
    layer="metadata",
    looks_at=("dynamodb:DescribeTable", "lambda:GetFunction", "s3:GetBucketLifecycleConfiguration"),
    needs=("functions", "upload_bucket"),
    fix="Name the same bucket and table everywhere; take the lifecycle rule away.",
)
def same_things(look: Look) -> Iterator[Verdict]:
    """The table's keys, the functions' environment variables, the lifecycle rules of the upload bucket."""
    table, target = look.table(), look.target
    keys = {one["KeyType"]: one["AttributeName"] for one in table["KeySchema"]}
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    if keys != KEYS or {types[key] for key in keys.values()} != {"S"}:
        told = {kind: f"{key} ({types[key]})" for kind, key in keys.items()}
        yield failed(
            f"the table's keys are {told}, and the functions use {KEYS}, both strings (S)",
            table.told("KeySchema", "AttributeDefinitions"),
            fix="Keys can't be changed: make the table again, and let the index function fill it.",
        )
    elif table.get("TableStatus") not in ("ACTIVE", "UPDATING"):
        yield failed(
            f"the table is {table.get('TableStatus')}",
            table.told("TableStatus"),
            fix="Wait, or make the table again.",
        )
    else:
        yield passed(f"partition key {KEYS['HASH']!r}, sort key {KEYS['RANGE']!r}", table.told("KeySchema"))
    for short, function in target.functions.items():
        answer = look.function(short)
        variables = look.environment(short)
        right = {
            name: value
            for name, value in (("TABLE_NAME", target.table), ("UPLOAD_BUCKET", target.upload_bucket))
            if name in USED[short]
        }
        off = {name: variables.get(name) for name, value in right.items() if variables.get(name) != value}
        evidence = answer.told(**{name: variables.get(name) for name in right})
        if off:
            said = "; ".join(f"{name} is {value!r}, not {right[name]!r}" for name, value in off.items())
            if short == "index_upload" and off == {"TABLE_NAME": None} and not look.built_beyond("metadata"):
                yield missing(said, evidence, "metadata", function.name)
                continue
            change = changes.environment(
                answer,
                variables | {name: str(value) for name, value in right.items()},
                f"Let {function.name!r} use this stack's bucket and table",
            )
            yield failed(said, evidence, function.name, change=change)
        else:
            yield passed("names this bucket and table", evidence, function.name)
    yield from lifecycle.spoiled_uploads(look)


@ROW.rule(
    4,
    Severity.HIGH,
    "The page calls this API",
    expected="the page's config.json names the address of this API, and no lifecycle rule takes files of the "
    "page away",
    why="The page is static: it finds its API in one file. With an old address there, it shows another "
    "stack, or nothing.",
    about="site_bucket",
    layer="frontend",
    looks_at=(
        "apigatewayv2:GetApis",
        "s3:ListObjectsV2",
        "s3:GetBucketLifecycleConfiguration",
        "HTTP GET of config.json",
    ),
    needs=("api",),
    fix='Publish config.json again: {"apiUrl": the ApiEndpoint of the API}.',
)
def page_calls_this_api(look: Look) -> Iterator[Verdict]:
    """The address in the page's config.json, beside that of the API; the site bucket's lifecycle rules."""
    import hashlib

    yield from lifecycle.spoiled_page(look)
    objects, api = look.site_objects(), look.api()
    site, endpoint = str(look.target.site_bucket), api["ApiEndpoint"]
    right = json.dumps({"apiUrl": endpoint})
    fix = (
        f"s3 = boto3.client('s3')\ns3.put_object(Bucket={site!r}, Key='config.json', Body={right!r}, "
        "ContentType='application/json', CacheControl='no-cache')"
    )
    listed = next((one for one in objects["Contents"] if one["Key"] == "config.json"), None)
    if listed is None:
        yield failed(
            "the page has no config.json",
            objects.told(Keys=[one["Key"] for one in objects["Contents"]]),
            fix=fix,
        )
        return
    if listed["ETag"].strip('"') == hashlib.md5(right.encode(), usedforsecurity=False).hexdigest():
        yield passed(
            f"config.json names {endpoint}", f"{objects.told(ETag=listed['ETag'])}, the MD5 of {right}"
        )
        return
    reply = get(f"{look.site_url().rstrip('/')}/config.json")
    try:
        named = json.loads(reply.content).get("apiUrl") if reply.status == 200 else None
    except (ValueError, AttributeError):
        named = None
    if str(named or "").rstrip("/") == endpoint:
        yield passed(f"config.json names {endpoint}", f"{reply}: {reply.content[:200]!r}")
    else:
        yield failed(
            f"config.json names {named!r}, and the API is at {endpoint!r}",
            f"{reply}: {reply.content[:200]!r}",
            fix=fix,
        )


USED = {  # the environment variables that each function's code reads
    "create_upload": ("UPLOAD_BUCKET",),
    "list_files": ("TABLE_NAME", "UPLOAD_BUCKET"),
    "get_file": ("TABLE_NAME", "UPLOAD_BUCKET"),
    "delete_file": ("TABLE_NAME", "UPLOAD_BUCKET"),
    "index_upload": ("TABLE_NAME",),
}
