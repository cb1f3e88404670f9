"""01_storage, links: they open one file for a while, and each refusal has its own reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import urllib3
from botocore.config import Config

from dashboard.stack import Stack
from workbook import throwaway
from workbook.asking import PATIENCE, ask
from workbook.exercises import Outcome, no_function, not_yet, partly, passes
from workbook.waiting import wait_for


def signer_of(stack: Stack) -> Any:
    """The client that signs links: version 4, as the lesson makes it."""
    return stack.make_client(  # type: ignore[call-arg]
        "s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    )


def link_lends(stack: Stack, link_to: Callable[..., Any] | None = None) -> Outcome:
    """Use the learner's links with no credentials, and wait for one to end."""
    looked = "links that your function makes, used with no credentials"
    if link_to is None:
        return no_function(looked, "storage-2", "link_to")
    signer = signer_of(stack)
    with throwaway.objects(stack, ["a b + ü.txt", "other.txt"]) as prefix:
        key = f"{prefix}a b + ü.txt"
        link = link_to(signer, stack.upload_bucket, key, 60)
        if not isinstance(link, str):
            return not_yet(
                looked, f"your function answered {link!r}", "Return what `generate_presigned_url` gives."
            )
        answer = ask("GET", link)
        if answer.status != 200 or answer.text != "checked":
            opened = "opens another file" if answer.status == 200 else f"answers {answer.status}"
            return partly(
                looked,
                f"a GET with your link {opened}",
                "Sign `get_object`, with the `Bucket` and the `Key` that your function was given.",
                0.3,
            )
        if "X-Amz-Signature=" not in link:
            return partly(
                looked, "the link is signed in the old way (version 2)", "Let `signer` make the link.", 0.6
            )
        if "X-Amz-Expires=60&" not in f"{link}&":
            return partly(
                looked,
                "the link works, and does not live for the seconds that were asked for",
                "Pass `ExpiresIn=seconds`; without it a link lives for an hour.",
                0.6,
            )
        short = link_to(signer, stack.upload_bucket, key, 1)
        if not wait_for(lambda: ask("GET", short).status == 403, 20):
            return partly(
                looked, "a link for one second still works", "Pass `ExpiresIn=seconds`, as it is.", 0.7
            )
    with throwaway.bucket(stack) as bucket:
        stack.client("s3").put_object(Bucket=bucket, Key="elsewhere.txt", Body=b"checked, elsewhere")
        if ask("GET", str(link_to(signer, bucket, "elsewhere.txt", 60))).text != "checked, elsewhere":
            return partly(
                looked,
                "a file in another bucket is not opened",
                "Sign for the `bucket` that your function was given.",
                0.7,
            )
    return passes(looked, "it opens the file, keys with spaces and signs included, and ends when it should")


def refusals_are_told_apart(
    stack: Stack, diagnose: Callable[[urllib3.BaseHTTPResponse], object] | None = None
) -> Outcome:
    """Collect real answers of S3, and compare what the learner's function makes of them."""
    looked = "six answers of S3, and what your function says of each"
    if diagnose is None:
        return no_function(looked, "storage-3", "diagnose")
    with throwaway.objects(stack, ["a.txt"]) as prefix:
        cases = answers(stack, f"{prefix}a.txt")
    verdicts = [(what, right, diagnose(answer)) for what, right, answer in cases]
    if all(verdict is None for _, _, verdict in verdicts):
        return not_yet(looked, "it says None each time", "Return one of the five words.")
    wrong = [f'{what} is "{right}", not {verdict!r}' for what, right, verdict in verdicts if verdict != right]
    if wrong:
        return partly(
            looked,
            "; ".join(wrong),
            "Look at the code first, and at the message where two refusals share one code.",
            1 - len(wrong) / len(cases),
        )
    return passes(looked, "it names all six")


def answers(stack: Stack, key: str) -> list[tuple[str, str, urllib3.BaseHTTPResponse]]:
    """What S3 answers to six uses of a link: what it was, the right word, the answer."""
    signer, bucket, http = signer_of(stack), stack.upload_bucket, urllib3.PoolManager(timeout=PATIENCE)

    def link(name: str, seconds: int = 300) -> str:
        asked = {"Bucket": bucket, "Key": name}
        return str(signer.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    good, short = link(key), link(key, 1)
    wait_for(lambda: http.request("GET", short).status == 403, 20)
    return [
        ("a good link", "open", http.request("GET", good)),
        ("an address with no signature", "not signed", http.request("GET", good.partition("?")[0])),
        ("a link used too late", "expired", http.request("GET", short)),
        ("a link with another key in it", "changed", http.request("GET", good.replace("a.txt", "b.txt"))),
        ("a link used for a PUT", "changed", http.request("PUT", good, body=b"new")),
        ("a link to no file", "missing", http.request("GET", link(f"{key}.missing"))),
    ]
