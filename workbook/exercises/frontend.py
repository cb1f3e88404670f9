"""05_frontend: a public page on a bucket of its own, and an API that answers this page and no other."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from dashboard.stack import Stack
from dashboard.stack.frontend import SITE, site_url
from workbook import throwaway
from workbook.asking import ask
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes
from workbook.exercises.frontend_cors import only_the_page_may_call, thinks_like_a_browser

PROBE = "workbook-check/index.html"
FOLDER = {  # a page to publish on trial
    "index.html": "<h1>Trial</h1>",
    "images/small/logo.svg": "<svg/>",
    "config.json": json.dumps({"apiUrl": "https://old.example"}),
}
TYPES = {
    "index.html": ("text/html; charset=utf-8",),
    "app.js": ("text/javascript; charset=utf-8",),
    "style.css": ("text/css; charset=utf-8",),
    "favicon.svg": ("image/svg+xml", "image/svg+xml; charset=utf-8"),
}


def website_is_open_for_reading(stack: Stack) -> Outcome:
    """Put a page there, and ask for it as a stranger; then try what strangers may not do."""
    s3, bucket = stack.client("s3"), stack.site_bucket
    looked = f"`{bucket}`, as a stranger: a page, the list, and a write"
    s3.put_object(Bucket=bucket, Key=PROBE, Body=b"<p>Hello.</p>", ContentType="text/html")
    address = bucket_address(stack)
    try:
        folder = ask("GET", f"{site_url(stack).rstrip('/')}/workbook-check/")
        named = ask("GET", f"{site_url(stack).rstrip('/')}/{PROBE}")
        listing = ask("GET", address)
        writing = ask("PUT", f"{address.rstrip('/')}/workbook-check/stranger.txt", body=b"hello")
        removing = ask("DELETE", f"{address.rstrip('/')}/{PROBE}")
        acl = ask("GET", f"{address.rstrip('/')}/{PROBE}?acl")
    finally:
        for key in (PROBE, "workbook-check/stranger.txt"):
            s3.delete_object(Bucket=bucket, Key=key)
    if "NoSuchWebsiteConfiguration" in folder.text:
        return not_yet(
            looked,
            "the bucket has no website configuration",
            "Call `put_bucket_website` with the index document.",
        )
    if named.status == 403:
        return partly(
            looked,
            "the website is switched on, and a stranger who asks for a page gets 403",
            "Two things must agree: the public access block (its two *policy* switches off) and a bucket policy.",
            0.3,
        )
    if folder.status != 200:
        return partly(
            looked,
            f"`/workbook-check/` answers {folder.status} although it has an `index.html`",
            "Name `index.html` as the suffix of the index document.",
            0.6,
        )
    tried = {
        "list the keys": listing,
        "write an object": writing,
        "delete an object": removing,
        "read an object's ACL": acl,
    }
    if allowed := [what for what, answer in tried.items() if answer.status < 300]:
        return partly(
            looked,
            f"pages can be read, and a stranger may also {' and '.join(allowed)}",
            "Let the policy allow `s3:GetObject` alone, on the objects (`arn:aws:s3:::bucket/*`).",
        )
    if off := [
        switch for switch in ("BlockPublicAcls", "IgnorePublicAcls") if not block_of(s3, bucket).get(switch)
    ]:
        return partly(
            looked,
            f"pages can be read and nothing else, and {' and '.join(off)} of the bucket is off",
            "Switch off the two *policy* switches alone: name all four in `put_public_access_block`.",
            0.8,
        )
    return passes(looked, "the page answers 200; listing, writing and deleting are refused")


def block_of(s3: Any, bucket: str) -> dict[str, bool]:
    """A bucket's public access block; empty when somebody deleted it."""
    try:
        found: dict[str, bool] = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError:
        return {}
    return found


def files_have_types(stack: Stack) -> Outcome:
    """Ask the website for four files, and compare what it says of them."""
    looked = "the headers of " + ", ".join(f"`{name}`" for name in TYPES)
    answers = {name: ask("GET", f"{site_url(stack).rstrip('/')}/{name}") for name in TYPES}
    if not any(answer.status == 200 for answer in answers.values()):
        return not_yet(
            looked, f"the website answers {answers['index.html'].status}", "Fill in `put_page_file`."
        )
    wrong = [
        f"`{name}` is `{answer.header('content-type') or answer.status}`"
        for name, answer in answers.items()
        if answer.header("content-type").replace(";charset", "; charset").lower() not in TYPES[name]
    ]
    if wrong:
        return partly(
            looked,
            "; ".join(wrong),
            "Give `put_object` a `ContentType`: from `TYPES`, else guessed, and with a charset for texts.",
            1 - len(wrong) / len(TYPES),
        )
    if stale := [
        name for name, answer in answers.items() if "no-cache" not in answer.header("cache-control")
    ]:
        return partly(
            looked,
            f"the types are right; `{stale[0]}` may be kept by browsers without asking",
            "Add `CacheControl='no-cache'`.",
            0.8,
        )
    return passes(looked, "each file has the type a browser insists on, and is asked for again each time")


def page_is_published(stack: Stack, publish: Callable[..., object] | None = None) -> Outcome:
    """Compare every file of the page, byte for byte, follow config.json to the API, and publish another folder."""
    looked = "every file of the page on the website, and `config.json`"
    site = site_url(stack).rstrip("/")
    paths = [path.relative_to(SITE).as_posix() for path in sorted(SITE.rglob("*")) if path.is_file()]
    missing = [path for path in paths if ask("GET", f"{site}/{path}").text != (SITE / path).read_text()]
    config = ask("GET", f"{site}/config.json")
    if missing and config.status != 200:
        return not_yet(
            looked,
            f"{len(missing)} of {len(paths)} files are missing or differ, and so does `config.json`",
            "Fill in `publish`, and run the cell again.",
        )
    if missing:
        return partly(
            looked,
            f"missing or different: {', '.join(missing)}",
            "Upload every file under its path inside the folder.",
        )
    if config.status != 200:
        return partly(
            looked,
            "the page is there; `config.json` is not, so it cannot know its API",
            "Upload `config` as JSON, under the key `config.json`.",
        )
    named = config.json.get("apiUrl") if isinstance(config.json, dict) else None
    if not isinstance(named, str) or ask("GET", f"{named.rstrip('/')}/files").status != 200:
        return partly(
            looked,
            f"`config.json` says `{config.text[:80]}`, which leads to no API",
            'It must be JSON like `{"apiUrl": "https://..."}`: use `json.dumps(config)`.',
            0.8,
        )
    if publish is not None and (wrong := another_folder(stack, publish)):
        return partly(looked, *wrong, 0.8)
    return passes(looked, f"{len(paths)} files as they lie, and `config.json` leads to the API")


def another_folder(stack: Stack, publish: Callable[..., object]) -> tuple[str, str] | None:
    """Publish a folder with folders in it and an old config.json: what is wrong, and the next step."""
    s3, config = stack.client("s3"), {"apiUrl": "https://new.example"}
    with tempfile.TemporaryDirectory() as name, throwaway.bucket(stack) as bucket:
        folder = Path(name)
        for path, text in FOLDER.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        publish(s3, bucket, folder, config)
        keys = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
        if keys != set(FOLDER):
            missing = sorted(set(FOLDER) - keys) or sorted(keys - set(FOLDER))
            return (
                f"the page is there; of a folder with folders in it, `{missing[0]}` is missing or has another key",
                "Use `folder.rglob('*')`, and the path inside the folder as the key.",
            )
        told = s3.get_object(Bucket=bucket, Key="config.json")["Body"].read()
    if json.loads(told) != config:
        return (
            "the page is there; an old `config.json` in the folder replaced the one that was asked for",
            "Leave `config.json` out of the loop, and write yours afterwards.",
        )
    return None


def bucket_address(stack: Stack) -> str:
    """Where S3 answers for the bucket itself, as a stranger would spell it."""
    signed = stack.client("s3").generate_presigned_url("list_objects_v2", {"Bucket": stack.site_bucket})
    return str(signed.partition("?")[0])


EXERCISES = (
    Exercise(
        id="frontend-1",
        title="Open a bucket for readers",
        look=website_is_open_for_reading,
        why="A website is public on purpose. Whatever else the policy allows, strangers may do too: "
        "with s3:* they could replace your page.",
        where="05_frontend, 'Open it for readers, and for nothing else'",
        hints=(
            "Three calls after `create_bucket`: the public access block, the bucket policy, the website.",
            "A new bucket blocks public policies. Switch off `BlockPublicPolicy` and `RestrictPublicBuckets`, "
            "and leave both ACL switches on.",
            "The policy: Effect Allow, Principal `*`, Action `s3:GetObject`, Resource `arn:aws:s3:::BUCKET/*`. "
            'Then `put_bucket_website(..., WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})`.',
        ),
        points=2,
    ),
    Exercise(
        id="frontend-2",
        title="Say what each file is",
        look=files_have_types,
        why="S3 does not look into files. It repeats the type it was told, and a browser runs no module "
        "that is called binary.",
        where="05_frontend, 'Upload a script without a type'",
        hints=(
            "`mimetypes.guess_type(key)` knows most endings; `TYPES` has those on which machines disagree.",
            "`Path(key).suffix` is the ending. Texts want `; charset=utf-8` behind their type.",
            "`s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind, CacheControl='no-cache')`",
        ),
    ),
    Exercise(
        id="frontend-3",
        title="Publish the whole page",
        look=page_is_published,
        why="The page is the same for everybody; only config.json differs from stack to stack.",
        where="05_frontend, 'Publish the page'",
        hints=(
            "Call your `put_page_file` once for each file in the folder, and once more for `config.json`.",
            "`folder.rglob('*')` finds files and folders; `path.relative_to(folder).as_posix()` is the key.",
            "`put_page_file(s3, bucket, 'config.json', json.dumps(config).encode())`",
        ),
    ),
    Exercise(
        id="frontend-4",
        title="Think like a browser",
        look=thinks_like_a_browser,
        why="CORS is a rule of browsers. Who knows what they compare finds the mistake in a minute.",
        where="05_frontend, 'Send an Origin'",
        hints=(
            "One header decides: `access-control-allow-origin`.",
            "`headers.get(name)` is None when it is missing. Compare whole texts with `==` or `in (..., ...)`.",
            'return headers.get("access-control-allow-origin") in (origin, "*")',
        ),
    ),
    Exercise(
        id="frontend-5",
        title="Let one origin call the API",
        look=only_the_page_may_call,
        why="Every origin you name may read your API's answers in its visitors' browsers. One page needs it.",
        where="05_frontend, 'Let the page in'",
        hints=(
            "`update_api` takes a `CorsConfiguration` with three lists.",
            "The methods come from the routes: `apigateway.get_routes(ApiId=api_id)['Items']`, each with a "
            "`RouteKey` like `GET /files`.",
            '`{"AllowOrigins": [origin], "AllowMethods": methods, "AllowHeaders": ["content-type"]}`',
        ),
        points=2,
    ),
)
