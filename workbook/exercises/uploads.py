"""06_uploads: tickets that hold their bearer to one file, and a bucket that lets one page use them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from dashboard.stack import Stack
from dashboard.stack.frontend import site_origin
from workbook.asking import Answer, ask, lets_through, may, preflight
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.uploads_ticket import (
    NoTicketError,
    function_is_whole,
    names_are_safe,
    refuses_rightly,
    ticket,
    ticket_holds_fast,
)
from workbook.waiting import wait_for


def signer_may_only_put(stack: Stack) -> Outcome:
    """Upload a file with a ticket, and ask IAM what else the signer could do."""
    bucket, role = stack.upload_bucket, stack.functions["create_upload"].role
    looked = f"an upload with a ticket, and what IAM says of `{role}`"
    try:
        ticket(stack, "check.txt")
    except NoTicketError as none:
        return not_yet(looked, str(none), "Solve the exercise before this one, and deploy again.")
    s3 = stack.client("s3")

    def upload() -> str | None:
        fresh = ticket(stack, "check.txt")
        answer = ask("PUT", fresh["url"], fresh["headers"], b"Hello.")
        return str(fresh["object_key"]) if answer.status == 200 else None

    key = wait_for(upload, seconds=2, every=0.5)  # on AWS a role's new right takes a moment
    if key is None:
        return not_yet(
            looked,
            "S3 refuses the file: AccessDenied, because the signer may not write",
            f"Allow `s3:PutObject` on `arn:aws:s3:::{bucket}/{stack.prefix}*`.",
        )
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=stack.prefix).get("Contents", [])
    for one in listed:
        if one["Key"].endswith("/check.txt"):
            s3.delete_object(Bucket=bucket, Key=one["Key"])
    objects = f"arn:aws:s3:::{bucket}"
    forbidden = {
        "read what others uploaded": ("s3:GetObject", f"{objects}/{stack.prefix}x"),
        "delete files": ("s3:DeleteObject", f"{objects}/{stack.prefix}x"),
        "write outside the prefix": ("s3:PutObject", f"{objects}/elsewhere/x"),
        "write into other buckets": ("s3:PutObject", f"arn:aws:s3:::{stack.site_bucket}/{stack.prefix}x"),
        "change who may read": ("s3:PutObjectAcl", f"{objects}/{stack.prefix}x"),
        "read the table": ("dynamodb:GetItem", stack.table_arn),
    }
    too_much = [what for what, (action, resource) in forbidden.items() if may(stack, role, action, resource)]
    if too_much:
        return partly(
            looked,
            f"the upload works, and the role may also {', '.join(too_much)}",
            "Name one action, and one resource that ends in the prefix and a star.",
            0.6,
        )
    return passes(looked, "the file arrived, and the signer can do nothing else")


def bucket_lets_the_page_in(stack: Stack) -> Outcome:
    """Send preflights as browsers do: from the page, from pages like it, and for other methods."""
    signed = stack.client("s3").generate_presigned_url("list_objects_v2", {"Bucket": stack.upload_bucket})
    address, origin = signed.partition("?")[0].rstrip("/") + "/incoming/x/notes.txt", site_origin(stack)
    looked = f"preflights to `{stack.upload_bucket}`, from `{origin}` and others"

    def allowed(origin: str, method: str, *headers: str) -> bool:
        return lets_through(preflight(address, origin, method, *headers), origin, method, *headers)

    asked = preflight(address, origin, "PUT", "Content-Type")
    if "CORS is not enabled" in asked.text:
        return not_yet(looked, "the bucket has no CORS rules", "Write one with `put_bucket_cors`.")
    if not lets_through(asked, origin, "PUT", "Content-Type"):
        return partly(
            looked,
            "there is a rule, and it does not fit your page's PUT with a content type",
            "Compare origin (no slash at the end), method and header, each letter for letter.",
            0.3,
        )
    strangers = ("http://elsewhere.example", f"{origin}.elsewhere.example", f"{origin}0", "null")
    if welcome := [other for other in strangers if allowed(other, "PUT", "Content-Type")]:
        return partly(
            looked, f"a page of `{welcome[0]}` may upload too", "Name your page's origin and no pattern."
        )
    # GET and POST need no preflight of their own, so the rule itself says whether they are offered.
    offered = asked.listed("access-control-allow-methods")
    if more := sorted(offered - {"put"}):
        return partly(
            looked,
            f"the rule also offers {', '.join(more).upper()}",
            "The page sends PUT and nothing else to the bucket.",
            0.7,
        )
    if allowed(origin, "PUT", "Content-Type", "x-amz-acl"):
        return partly(looked, "the rule allows every header", "Allow `content-type` alone.", 0.8)
    return passes(
        looked, "your page may PUT with a content type; other pages, methods and headers are refused"
    )


def form_holds_its_conditions(stack: Stack, post_form: Callable[..., Any] | None = None) -> Outcome:
    """Fill the form in: twice rightly, and four times as it must not be."""
    looked = "`post_form`, filled in six times"
    if post_form is None:
        return no_function(looked, "uploads-7", "post_form")
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    key = "incoming/workbook-check/photo.png"
    form = post_form(s3, stack.upload_bucket, key, 1000)
    if not isinstance(form, dict) or not {"url", "fields"} <= set(form):
        return not_yet(
            looked, f"it returned {str(form)[:60]!r}", "Return what `generate_presigned_post` returns."
        )
    lives = seconds_of(form)
    try:
        kinds = {kind: fill_in(form, b"x" * 1000, kind) for kind in ("image/png", "image/webp")}
        tries = {
            "a file one byte too large": fill_in(form, b"x" * 1001, "image/png"),
            "an empty file": fill_in(form, b"", "image/png"),
            "a page": fill_in(form, b"<p>", "text/html"),
            "another key": fill_in(form, b"x", "image/png", key="incoming/workbook-check/other.png"),
        }
    finally:
        for name in (key, "incoming/workbook-check/other.png"):
            stack.client("s3").delete_object(Bucket=stack.upload_bucket, Key=name)
    for kind, right in kinds.items():
        if right.status < 300:
            continue
        reason = re.search("<Message>(.*?)</Message>", right.text)
        return partly(
            looked,
            f"1000 bytes of {kind} are refused: {reason[1] if reason else right.status}",
            "Every field of the form needs a condition: the type as `starts-with`, the length as a range.",
            0.3,
        )
    if taken := [what for what, answer in tries.items() if answer.status < 300]:
        return partly(
            looked,
            f"it takes {' and '.join(taken)}",
            'The conditions: `["content-length-range", 1, most]` and `["starts-with", "$Content-Type", "image/"]`.',
            1 - len(taken) / 5,
        )
    if abs(lives - 300) > 30:
        return partly(looked, f"the form lives {lives:.0f} seconds", "Pass `ExpiresIn=300`.", 0.8)
    return passes(looked, "it takes images of the right size for five minutes, and refuses the other four")


def seconds_of(form: dict[str, Any]) -> float:
    """How long a form lives, as its policy says; 0 when it has no policy."""
    try:
        policy = json.loads(base64.b64decode(str(form["fields"]["policy"])))
        return (datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError):
        return 0


def fill_in(form: dict[str, Any], data: bytes, content_type: str, **changed: str) -> Answer:
    """Send a form as a browser does, the file last."""
    fields = {**form["fields"], "Content-Type": content_type, **changed, "file": ("photo.png", data)}
    return Answer(urllib3.request("POST", form["url"], fields=fields, retries=False, redirect=False))


EXERCISES = (
    Exercise(
        id="uploads-1",
        title="Sign a ticket",
        look=ticket_holds_fast,
        why="A ticket is all that a stranger gets. What it does not hold fast, the stranger chooses.",
        where="06_uploads, 'Sign an address by hand'",
        hints=(
            "You did it by hand above: four `Params`, one call, and then a dict with five fields.",
            "`s3.generate_presigned_url('put_object', Params=..., ExpiresIn=SECONDS)`; the Params are `BUCKET` and what "
            "the function is given: Bucket, Key, ContentType and ContentLength.",
            'return {"object_key": key, "url": url, "method": "PUT", "headers": {"Content-Type": content_type}, '
            '"expires_in": SECONDS}',
        ),
    ),
    Exercise(
        id="uploads-2",
        title="Clean a name",
        look=names_are_safe,
        why="A name from a stranger becomes part of a key, an address and a page. No sign of it may mean something there.",
        where="06_uploads, 'Clean a name that a stranger chose'",
        hints=(
            "Three steps: each sign stays or becomes `_`; then the last 200 bytes; then both ends, or `file`.",
            '`unicodedata.category(c)[0] in "LMN"` is true of letters, marks and numbers, and `c in " .-_"` of the rest '
            "that stays.",
            'kept = "".join(c if c in " .-_" or unicodedata.category(c)[0] in "LMN" else "_" for c in name), and then '
            '`kept.encode()[-200:].decode(errors="ignore").strip(" .") or "file"`',
        ),
    ),
    Exercise(
        id="uploads-3",
        title="Refuse what nobody should send",
        look=refuses_rightly,
        why="What a function doesn't refuse, it has agreed to. A status and a sentence spare the caller a guess.",
        where="06_uploads, 'Refuse what nobody should send'",
        hints=(
            "Three times `if ...: return status, code, message`, in the order 400, 413, 415.",
            "`type(size) is not int or size < 1` is true of all that is no whole number of bytes, `True` included.",
            "if size > MAX_BYTES: return 413, 'TooLarge', ...    if not is_taken(content_type): return 415, "
            "'TypeNotAllowed', ...",
        ),
    ),
    Exercise(
        id="uploads-4",
        title="Put the function together",
        look=function_is_whole,
        why="The server chooses the key. A stranger who chose it could overwrite somebody else's file.",
        where="06_uploads, 'Put the function together'",
        hints=(
            "Three lines are enough: the key, the `print`, and the answer with a ticket in it.",
            "The key: `f\"incoming/{uuid.uuid4().hex}/{safe_name(asked['name'])}\"`.",
            'return answer(201, sign_ticket(key, asked["content_type"].lower(), asked["size"]))',
        ),
        function="create_upload",
    ),
    Exercise(
        id="uploads-5",
        title="Let the signer write, and only that",
        look=signer_may_only_put,
        why="A ticket can do what its signer may do. If the role may do everything, so may whoever tricks the function.",
        where="06_uploads, 'Use a ticket whose signer may do nothing'",
        hints=(
            "One statement is enough: `allow([action], [resource])`.",
            'The action is `s3:PutObject`; the resource is `f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"`.',
            'return deploy(stack, "create_upload", [put], {"UPLOAD_BUCKET": stack.upload_bucket}, code)',
        ),
        points=2,
    ),
    Exercise(
        id="uploads-6",
        title="Let the page in, and no other",
        look=bucket_lets_the_page_in,
        why="The browser asks S3 before it sends your reader's file. S3 answers from this rule and from nothing else.",
        where="06_uploads, 'Ask the bucket as a browser'",
        hints=(
            "`put_bucket_cors` takes a list of rules; you need one, with three lists in it.",
            "AllowedOrigins, AllowedMethods, AllowedHeaders.",
            '`{"AllowedOrigins": [origin], "AllowedMethods": ["PUT"], "AllowedHeaders": ["content-type"]}`',
        ),
    ),
    Exercise(
        id="uploads-7",
        title="Sign a form",
        look=form_holds_its_conditions,
        why="A form's policy is the only thing between your bucket and a file of any size.",
        where="06_uploads, 'Compare: a form with a policy'",
        hints=(
            "`s3.generate_presigned_post(bucket, key, Conditions=[...], ExpiresIn=300)` returns a `url` and `fields`.",
            'A range of lengths is `["content-length-range", from, to]`.',
            'The type: `["starts-with", "$Content-Type", "image/"]`. It allows the field without fixing its value.',
        ),
        points=2,
    ),
)
