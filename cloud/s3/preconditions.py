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
    if none_match and moto_side.object_of(bucket, key) is not None:
        raise failed("If-None-Match")
    if match:
        check_current(bucket, key, match)


def check_delete(request: Request, bucket: str, key: str, version: str) -> None:
    """Let an object be deleted when it is as the request expects it. Raises AwsError.

    Size and time are conditions of directory buckets only.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    for name in ("x-amz-if-match-last-modified-time", "x-amz-if-match-size"):
        if request.has_header(name):
            raise _unsupported(name)
    if match := request.header("if-match"):
        check_current(bucket, key, match, version)


def check_current(bucket: str, key: str, match: str, version: str = "") -> None:
    """Let a request pass when an object's newest version has the ETag, or any for ``*``. Raises AwsError.

    Where a delete marker is the newest there is no object. Of an older version nobody can ask that.
    Measured: https://github.com/localstack/localstack/issues/13894,
    https://github.com/ministackorg/ministack/issues/1475
    """
    if version:
        raise _unsupported("If-Match")
    stored = moto_side.object_of(bucket, key)
    if stored is None:
        raise no_such_key(key)
    if not _names(match, stored):
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


def no_such_key(key: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})


def _unsupported(header: str, reason: str = "") -> AwsError:
    message = "A header you provided implies functionality that is not implemented"
    details = {"Header": header} | ({"additionalMessage": reason} if reason else {})
    return AwsError("NotImplemented", message, 501, details)


def _names(header: str, stored: Any) -> bool:
    """Whether a list of ETags names an object's."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return "*" in tags or stored.etag.strip('"') in tags


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None
