"""06_uploads, the ticket function: each of its parts by itself, and then the whole, deployed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dashboard.stack import Stack
from workbook.asking import ask
from workbook.exercises import Outcome, no_function, not_yet, partly, passes

FIELDS = {"object_key", "url", "method", "headers", "expires_in"}
MOST = 5 * 1024**3  # bytes that one PUT can carry
LOOK_AGAIN = (
    "Compare with the three steps: what stays and what becomes `_`, the last 200 bytes, and then both ends."
)
HOSTILE = (
    "../../index.html",
    "C:\\temp\\a.txt",
    "a/b?c#d%2F.txt",
    "<img src=x>.png",
    "line\nbreak.txt",
    "...",
    " ",
    "cut here: " + "y" * 195 + ".pdf",  # the last 200 bytes begin with a space
)
GOOD = {"name": "a.txt", "content_type": "text/plain", "size": 9}
REQUESTS: tuple[tuple[str, Any, int | None, str], ...] = (
    ("nine bytes of text", GOOD, None, "Where nothing is wrong, give back `None`."),
    ("a single byte", GOOD | {"size": 1}, None, "One byte is a file."),
    ("5 GiB exactly", GOOD | {"size": MOST}, None, "`MAX_BYTES` itself is allowed."),
    ("a type in capitals", GOOD | {"content_type": "IMAGE/PNG"}, None, "Ask `is_taken`, and nothing else."),
    ("no fields at all", {}, 400, "Leave the first two refusals as they were."),
    ("a list", [], 400, "Leave the first two refusals as they were."),
    ("a file without a byte", GOOD | {"size": 0}, 400, "A file has 1 byte or more."),
    ("less than nothing", GOOD | {"size": -1}, 400, "A file has 1 byte or more."),
    ("a size in quotes", GOOD | {"size": "9"}, 400, "Look at the type of `size` before you compare it."),
    ("half a byte more", GOOD | {"size": 9.5}, 400, "A whole number is an `int`."),
    ("the size `true`", GOOD | {"size": True}, 400, "`isinstance(True, int)` is true: compare `type(size)`."),
    ("one byte too many", GOOD | {"size": MOST + 1}, 413, "More than `MAX_BYTES` is a 413, `TooLarge`."),
    (
        "a page",
        GOOD | {"content_type": "text/html"},
        415,
        "What is not `is_taken` is a 415, `TypeNotAllowed`.",
    ),
    ("a drawing", GOOD | {"content_type": "image/svg+xml"}, 415, "What is not `is_taken` is a 415."),
)
CODES = {400: "BadRequest", 413: "TooLarge", 415: "TypeNotAllowed"}


class NoTicketError(Exception):
    """The function did not answer with a ticket; the message says what it did."""


def invoke(stack: Stack, body: str) -> Any:
    """Start the ticket function as API Gateway would. Raises NoTicketError for a function that stops."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.functions["create_upload"].name, Payload=json.dumps({"body": body})
    )
    said = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise NoTicketError(f"it stopped with `{said.get('errorType')}: {said.get('errorMessage')}`")
    return said


def ticket(
    stack: Stack, name: str, data: bytes = b"Hello.", content_type: str = "text/plain"
) -> dict[str, Any]:
    """Ask the ticket function for a ticket. Raises NoTicketError."""
    said = invoke(stack, json.dumps({"name": name, "content_type": content_type, "size": len(data)}))
    if not isinstance(said, dict) or said.get("statusCode") != 201:
        raise NoTicketError(f"it answered `{json.dumps(said)[:120]}`, which is no 201 with a ticket")
    found = json.loads(said["body"])
    if not isinstance(found, dict) or FIELDS - set(found):
        lacks = f" It lacks {', '.join(sorted(FIELDS - set(found)))}." if isinstance(found, dict) else ""
        raise NoTicketError(f"it answered 201 with `{said['body'][:80]}`, which is no ticket.{lacks}")
    return found


def ticket_holds_fast(stack: Stack, sign_ticket: Callable[..., Any] | None = None) -> Outcome:
    """Read what two tickets' signatures cover, and use both."""
    looked = "`sign_ticket`, for two files of different type and length"
    if sign_ticket is None:
        return no_function(looked, "uploads-1", "sign_ticket")
    key = "incoming/workbook-check/notes.txt"
    made = sign_ticket(key, "text/plain", 6)
    if not isinstance(made, dict):
        return not_yet(looked, f"it gives back `{str(made)[:60]}`", "Give back a dict with the five fields.")
    if missing := FIELDS - set(made):
        return partly(looked, f"the ticket lacks {', '.join(sorted(missing))}", "Add it to the dict.", 0.1)
    if told := wrong_in(made, key):
        return partly(looked, told[0], told[1], told[2])
    s3, other = stack.client("s3"), "incoming/workbook-check/photo.png"
    try:
        for made_for, kind, data in ((key, "text/plain", b"Hello."), (other, "image/png", b"png")):
            one = sign_ticket(made_for, kind, len(data))
            answer = ask("PUT", one["url"], one["headers"], data)
            if answer.status != 200:
                code = re.search("<Code>(.*?)</Code>", answer.text)
                return partly(
                    looked,
                    f"S3 refuses {len(data)} bytes of {kind} under `{made_for}`: {code[1] if code else answer.status}",
                    "Sign what the function is given: its key, its type and its size.",
                    0.7,
                )
    finally:
        for made_for in (key, other):
            s3.delete_object(Bucket=stack.upload_bucket, Key=made_for)
    return passes(looked, "S3 took both files, and each ticket holds fast one key, type and length")


def wrong_in(made: dict[str, Any], key: str) -> tuple[str, str, float] | None:
    """The first thing wrong in a ticket for 6 bytes of text: what, the next step, and the share done."""
    address = urlsplit(str(made["url"]))
    query = {name.lower(): values[0] for name, values in parse_qs(address.query).items()}
    headers = made["headers"] if isinstance(made["headers"], dict) else {}
    told = {str(name).lower(): value for name, value in headers.items()}
    covered = set(query.get("x-amz-signedheaders", "").split(";"))
    problems = (
        (
            made["method"] != "PUT" or "x-amz-signature" not in query,
            "the address is not a presigned PUT in version 4",
            'Sign with `s3.generate_presigned_url("put_object", Params=..., ExpiresIn=SECONDS)`.',
        ),
        (
            made["object_key"] != key or not unquote(address.path).endswith(key),
            "the address leads to another key, or the ticket names another",
            "Sign the key that the function is given, and name it as `object_key`.",
        ),
        (
            query.get("x-amz-expires") != "300" or made["expires_in"] != 300,
            f"the ticket lives {query.get('x-amz-expires')} seconds and says {made['expires_in']}",
            "Use `SECONDS` for both.",
        ),
        (
            "content-type" not in covered or told.get("content-type") != "text/plain",
            "the content type is not held fast",
            "Sign `ContentType`, and tell the browser to send it in `headers`.",
        ),
        (
            "content-length" not in covered,
            "any number of bytes could be sent",
            "Sign `ContentLength` as well.",
        ),
    )
    for number, (wrong, found, step) in enumerate(problems):
        if wrong:
            return found, step, 0.2 + 0.1 * number
    return None


def names_are_safe(stack: Stack, safe_name: Callable[[str], Any] | None = None) -> Outcome:
    """Clean names that strangers choose: what is left can be part of a key, and can be shown."""
    looked = f"`safe_name`, with {len(HOSTILE)} hostile names and some honest ones"
    if safe_name is None:
        return no_function(looked, "uploads-2", "safe_name")
    if not isinstance(plain := safe_name("notes.txt"), str):
        return not_yet(looked, f"`notes.txt` becomes {plain!r}", "Give back the cleaned name.")
    try:
        return cleaned(looked, safe_name)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        found = f"for some names it stops with `{type(error).__name__}: {error}`"
        return partly(looked, found, LOOK_AGAIN, 0.4)


def cleaned(looked: str, safe_name: Callable[[str], Any]) -> Outcome:
    for name in HOSTILE:
        last = safe_name(name)
        odd = [sign for sign in last if not (sign in " .-_" or unicodedata.category(sign)[0] in "LMN")]
        if odd or not last.strip(" .") or last != last.strip(" ."):
            return partly(looked, f"the name {name[:40]!r} becomes {last[:40]!r}", LOOK_AGAIN, 0.4)
    for name in ("notes-2_b.txt", "Grüße 2.txt", "हिन्दी ½.txt"):
        last = safe_name(name)
        if unicodedata.normalize("NFC", last) != unicodedata.normalize("NFC", name):
            return partly(
                looked,
                f"`{name}` becomes `{last}`",
                "Letters, marks and numbers of every language stay: those whose `unicodedata.category` begins with "
                "L, M or N.",
                0.6,
            )
    for name in ("é" * 300 + ".pdf", "é" * 300 + ".webp"):  # the second is cut within a letter
        last = safe_name(name)
        if not last.endswith(name[-4:]) or len(last.encode()) > 200:
            return partly(
                looked,
                f"a name of {len(name.encode())} bytes becomes one of {len(last.encode())} that ends in {last[-4:]!r}",
                "Keep the *last* 200 bytes: the end tells what kind of file it is.",
                0.8,
            )
    return passes(looked, "each becomes a name that may be part of a key, and honest ones stay as they are")


def refuses_rightly(stack: Stack, refusal: Callable[..., Any] | None = None) -> Outcome:
    """Show it requests of every kind, and see which it refuses, and how."""
    looked = f"`refusal`, with {len(REQUESTS)} requests"
    if refusal is None:
        return no_function(looked, "uploads-3", "refusal")
    right = 0
    first: tuple[str, str] | None = None
    for what, asked, status, step in REQUESTS:
        if found := wrongly_answered(refusal, asked, status):
            first = first or (f"{what}: {found}", step)
        else:
            right += 1
    if first is None:
        return passes(
            looked, "each wrong one is refused with its status and code, and each right one goes on"
        )
    given = sum(status is None or asked in ({}, []) for _, asked, status, _ in REQUESTS)
    if right <= given:
        return not_yet(looked, first[0], first[1])
    return partly(looked, first[0], first[1], (right - given) / (len(REQUESTS) - given))


def wrongly_answered(refusal: Callable[..., Any], asked: object, status: int | None) -> str:
    """What is wrong with the answer to one request; empty when nothing is."""
    try:
        said = refusal(asked)
    except Exception as error:
        return f"it stops with `{type(error).__name__}: {error}`"
    if status is None:
        return f"it is refused: {str(said)[:80]}" if said else ""
    if not said:
        return "it is not refused"
    if not isinstance(said, tuple | list) or len(said) != 3:
        return f"the answer is `{str(said)[:80]}`, not a status, a code and a message"
    wanted = (status, CODES[status])
    if tuple(said[:2]) != wanted or not str(said[2]).strip():
        return f"the answer is {str(said)[:80]}; it should begin with {wanted[0]}, {wanted[1]!r}, and say why"
    return ""


def function_is_whole(stack: Stack) -> Outcome:
    """Ask the deployed function for tickets, for a plain name twice and for a hostile one, and be refused."""
    looked = f"tickets and refusals of `{stack.functions['create_upload'].name}`"
    try:
        first, second = ticket(stack, "notes.txt"), ticket(stack, "notes.txt")
        hostile = str(ticket(stack, "../../index.html")["object_key"])
    except NoTicketError as none:
        return not_yet(looked, str(none), next_step(str(none)))
    key = str(first["object_key"])
    if not key.startswith("incoming/"):
        return partly(
            looked, f"the key is `{key}`, outside `incoming/`", "Begin the key with `incoming/`.", 0.2
        )
    if not re.fullmatch(r"incoming/[^/]{8,}/[^/]+", key) or key == second["object_key"]:
        again = " each time" if key == second["object_key"] else ""
        return partly(
            looked,
            f"`notes.txt` gets the key `{key}`{again}",
            "Put a random id between the prefix and the name: `uuid.uuid4().hex`.",
            0.4,
        )
    if hostile.count("/") != 2 or not hostile.endswith("index.html"):
        found = f"the name `../../index.html` gets the key `{hostile}`"
        return partly(looked, found, "Let `safe_name` clean the name before it becomes part of the key.", 0.6)
    if told := wrong_in(first, key):
        return partly(looked, told[0], told[1], 0.7)
    if not takes_a_photo(stack):
        found = "a ticket for a photo of 3 bytes does not take one"
        return partly(looked, found, "Sign the type and the size that were asked for.", 0.7)
    if taken := not_refused(stack):
        return partly(
            looked,
            taken,
            "Refuse first, as the lines that were there did, with the `refusal` that passed.",
            0.8,
        )
    return passes(
        looked, "a key of the server's own, a ticket that holds it fast, and refusals with a reason"
    )


def not_refused(stack: Stack) -> str:
    """The first request that should be refused by the function, and is not; empty when there is none."""
    large, page = GOOD | {"size": MOST + 1}, GOOD | {"content_type": "text/html"}
    for what, body, status in (
        ("what is no JSON", "{", 400),
        ("a file that is too large", json.dumps(large), 413),
        ("a page", json.dumps(page), 415),
    ):
        try:
            said = invoke(stack, body)
        except NoTicketError as none:
            return f"asked for {what}, {none}"
        if not isinstance(said, dict) or said.get("statusCode") != status:
            return f"asked for {what}, it answered `{json.dumps(said)[:120]}`, which is no {status}"
    return ""


def takes_a_photo(stack: Stack) -> bool:
    """Whether a ticket for a small photo was signed for one.

    The role may have no right to upload yet: S3 looks at the signature first, and at rights after that.
    """
    photo = ticket(stack, "photo.png", b"png", "image/png")
    answer = ask("PUT", photo["url"], photo["headers"], b"png")
    if answer.status == 200:
        stack.client("s3").delete_object(Bucket=stack.upload_bucket, Key=str(photo["object_key"]))
    told = {str(name).lower(): value for name, value in dict(photo["headers"]).items()}
    return told.get("content-type") == "image/png" and "SignatureDoesNotMatch" not in answer.text


def next_step(stopped: str) -> str:
    """What to do about a function that gives no ticket."""
    if name := re.search(r"name '(\w+)' is not defined", stopped):
        return (
            f"The file has no `{name[1]}`. Name it in `add_functions`, or import it at the top of the file, and "
            "deploy again."
        )
    if "is no ticket" in stopped:
        return "The ticket is what `sign_ticket` gives back: solve `uploads-1`, add it to the file, and deploy again."
    if '"statusCode": 200' in stopped:
        return "A ticket is something new that was made: answer 201."
    return "Fill in the last part of `lambda_handler`, then run the cells below it: add the functions, and deploy."
