"""Requests on a condition: read only what has changed, write only what nobody has changed.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.wire import Request


def of_read(stored: Any, request: Request) -> int:
    """304 when the reader has the object already; 0 when it is to be sent. Raises AwsError, 412.

    ETags go before dates: with ``If-Match`` nobody looks at ``If-Unmodified-Since``, and likewise with
    ``If-None-Match`` at ``If-Modified-Since`` (RFC 9110, 13.2.2).
    """
    modified = moto_side.last_modified(stored)
    if request.has_header("if-match"):
        if not _names(request.header("if-match"), stored):
            raise failed("If-Match")
    elif (since := _date(request.header("if-unmodified-since"))) is not None and modified > since:
        raise failed("If-Unmodified-Since")
    if request.has_header("if-none-match"):
        return 304 if _names(request.header("if-none-match"), stored) else 0
    since = _date(request.header("if-modified-since"))
    return 304 if since is not None and modified <= since else 0


def check_write(request: Request, bucket: str, key: str) -> None:
    """Let a write pass when the newest version of the object is as the request expects it. Raises AwsError.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    match, none_match = request.header("if-match"), request.header("if-none-match")
    if match and none_match:
        raise _unsupported(
            "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
        )
    if (none_match and none_match != "*") or match == "*":
        name = "If-None-Match" if none_match else "If-Match"
        raise _unsupported(name, f"We don't accept the provided value of {name} header for this API")
    stored = moto_side.object_of(bucket, key) if match or none_match else None
    if none_match and stored is not None:
        raise failed("If-None-Match")
    if match and stored is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})
    if match and not _names(match, stored):
        raise failed("If-Match")


def check_source(request: Request, stored: Any) -> None:
    """Let a copy pass when its source is as the request expects it. Raises AwsError, 412.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    start = "x-amz-copy-source-if-"
    for_source = [(name.removeprefix("x-amz-copy-source-"), value) for name, value in request.headers
                  if name.startswith(start)]  # fmt: skip
    if of_read(stored, replace(request, headers=for_source)) == 304:
        raise failed("x-amz-copy-source-If-None-Match")


def failed(header: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, {"Condition": header})


def _unsupported(header: str, reason: str) -> AwsError:
    message = "A header you provided implies functionality that is not implemented"
    return AwsError("NotImplemented", message, 501, {"Header": header, "additionalMessage": reason})


def _names(header: str, stored: Any) -> bool:
    """Whether a list of ETags names an object's."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return "*" in tags or stored.etag.strip('"') in tags


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None
