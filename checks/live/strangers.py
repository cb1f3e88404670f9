"""Strangers at the upload bucket: requests without a signature."""

from __future__ import annotations

from collections.abc import Iterator

from checks.http import send
from checks.live import LiveLook
from checks.rule import Verdict, failed, passed


def refusals(look: LiveLook) -> Iterator[Verdict]:
    """Read, list, write, and delete, as somebody whom nobody knows."""
    bucket = look.target.upload_bucket
    key, other = f"{look.folder}private.txt", f"{look.folder}from-a-stranger.txt"
    look.put(key, b"only for those with a link\n")
    look.keys.add(other)
    address = object_address(look)
    replies = {
        "read": send("GET", f"{address}/{key}"),
        "list": send("GET", f"{address}?list-type=2"),
        "write": send("PUT", f"{address}/{other}", {"Content-Type": "text/plain"}, b"x"),
        "delete": send("DELETE", f"{address}/{key}"),
    }
    evidence = "; ".join(f"{what}: {reply}" for what, reply in replies.items())
    allowed = [what for what, reply in replies.items() if reply.status not in (401, 403)]
    if allowed:
        yield failed(
            f"a stranger may {', '.join(allowed)} in {bucket!r}",
            evidence,
            fix="See SECURITY-1, SECURITY-2, SECURITY-3.",
        )
    else:
        yield passed("a stranger may not read, list, write or delete", evidence)


def object_address(look: LiveLook) -> str:
    """Where the bucket's objects are, as boto3 itself addresses them."""
    url = look.client("s3").generate_presigned_url(
        "get_bucket_cors", Params={"Bucket": look.target.upload_bucket}
    )
    return str(url).partition("?")[0].rstrip("/")
