"""Objects on the way out: from memory or from disk, whole, in part, or not at all when nothing changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import content
from cloud.wire import BLOCK, Headers, Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

OVERRIDES = {
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
    "response-content-language": "Content-Language",
    "response-content-type": "Content-Type",
    "response-expires": "Expires",
}
NOT_MODIFIED_LACKS = {"content-length", "content-type", "content-range"}


def get_object(account: Account, call: Call) -> Response:
    """Send an object, or the range of it that was asked for."""
    request, bucket, key = call.request, call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = request.parameters.get("versionId")
    with content.changing_hands:
        stored = moto_side.object_of(bucket, key, version)
        reader = Reader(stored) if stored is not None else None
    if stored is None or reader is None:
        raise missing(account, call, bucket, key, version)
    overrides = {name: value for name, value in request.query_pairs if name in OVERRIDES}
    if overrides and call.caller.kind == "anonymous":
        message = "Request specific response headers cannot be used for anonymous GET requests."
        raise AwsError("InvalidRequest", message, 400)
    headers = described(stored, request)
    headers = [(name, value) for name, value in headers if name not in {OVERRIDES[one] for one in overrides}]
    headers += [(OVERRIDES[name], value) for name, value in overrides.items()]
    if refused := precondition(stored, request):
        if refused == 304:
            kept = [(name, value) for name, value in headers if name.lower() not in NOT_MODIFIED_LACKS]
            return Response(304, kept)
        raise AwsError("PreconditionFailed", PRECONDITION, 412, {"Condition": _condition(request)})
    start, end = asked_range(request.header("range"), reader.size)
    if start is None or end is None:
        return Response(
            200, [*headers, ("Content-Length", str(reader.size))], reader.read(0, reader.size), reader.size
        )
    headers.append(("Content-Range", f"bytes {start}-{end}/{reader.size}"))
    length = end - start + 1
    return Response(206, [*headers, ("Content-Length", str(length))], reader.read(start, length), length)


def head_object(account: Account, call: Call) -> Response:
    """What GET would say, without the body. Errors have none either, so they say only their status."""
    try:
        return get_object(account, call)
    except AwsError as error:
        return Response(error.status, error.headers)


PRECONDITION = "At least one of the pre-conditions you specified did not hold"


class Reader:
    """Reads an object's content from wherever moto keeps it, also after the object is gone."""

    def __init__(self, stored: Any) -> None:
        self.size: int = stored.size
        self._content, self._descriptor = moto_side.content_of(stored)

    def read(self, start: int, length: int) -> bytes | Iterator[bytes]:
        """Bytes of a small object, blocks of a large one."""
        if self._descriptor is None:
            return self._content[start : start + length]
        return self._blocks(start, start + length)

    def _blocks(self, start: int, end: int) -> Iterator[bytes]:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            while start < end and (block := os.pread(descriptor, min(BLOCK, end - start), start)):
                start += len(block)
                yield block
        finally:
            os.close(descriptor)

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def described(stored: Any, request: Request) -> Headers:
    """The headers that tell of an object."""
    known = {"last-modified": "Last-Modified", "etag": "ETag"}
    headers: Headers = [("Accept-Ranges", "bytes")]
    for name, value in {**stored.response_dict, **stored.metadata}.items():
        if name.lower() not in ("content-length", "x-amz-sdk-checksum-algorithm") and value is not None:
            headers.append((known.get(name.lower(), _cased(name)), _latin(str(value))))
    if stored.checksum_algorithm and request.header("x-amz-checksum-mode").upper() == "ENABLED":
        name = f"x-amz-checksum-{stored.checksum_algorithm.lower()}"
        parts = f"-{stored.checksum_parts}" if stored.checksum_type == "COMPOSITE" else ""
        headers.append((name, f"{stored.checksum_value}{parts}"))
        headers.append(("x-amz-checksum-type", stored.checksum_type or "FULL_OBJECT"))
    if not any(name == "x-amz-server-side-encryption" for name, _ in headers):
        headers.append(("x-amz-server-side-encryption", "AES256"))
    return headers


def _cased(name: str) -> str:
    lower = name.lower()
    return lower if lower.startswith("x-amz-") else "-".join(part.capitalize() for part in lower.split("-"))


def _latin(value: str) -> str:
    return value.replace("\r", "").replace("\n", "").encode("latin-1", "replace").decode("latin-1")


def precondition(stored: Any, request: Request) -> int:
    """304 or 412 when a conditional header says so, else 0."""
    etag = stored.etag.strip('"')
    modified = moto_side.last_modified(stored)

    def names(header: str) -> bool:
        tags = [tag.strip().removeprefix("W/").strip('"') for tag in request.header(header).split(",")]
        return "*" in tags or etag in tags

    if request.has_header("if-match"):
        if not names("if-match"):
            return 412
    elif (since := _date(request.header("if-unmodified-since"))) is not None and modified > since:
        return 412
    if request.has_header("if-none-match"):
        return 304 if names("if-none-match") else 0
    since = _date(request.header("if-modified-since"))
    return 304 if since is not None and modified <= since else 0


def _condition(request: Request) -> str:
    return "If-Match" if request.has_header("if-match") else "If-Unmodified-Since"


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def asked_range(header: str, size: int) -> tuple[int | None, int | None]:
    """The first and last byte that a Range header asks for; (None, None) for all of it.

    Raises AwsError, 416, for a range beyond the end. A header that is not one simple range is ignored.

    >>> asked_range("bytes=2-4", 10), asked_range("bytes=-3", 10), asked_range("", 10)
    ((2, 4), (7, 9), (None, None))
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if match is None or not (match[1] or match[2]):
        return None, None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size - 1
        unsatisfiable = int(match[2]) == 0 or size == 0
    else:
        start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
        unsatisfiable = start >= size
        if match[2] and int(match[2]) < start:
            return None, None
    if unsatisfiable:
        details = {"RangeRequested": header, "ActualObjectSize": str(size)}
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416, details)
    return start, end


def missing(account: Account, call: Call, bucket: str, key: str, version: str | None) -> AwsError:
    """Why there is no such object. Who may not list the bucket is not told whether a key exists."""
    from cloud.s3.access import Access

    if version and version != "null":
        details = {"Key": key, "VersionId": version}
        return AwsError("NoSuchVersion", "The specified version does not exist.", 404, details)
    if not Access(account).may(call.caller, call.request, "s3:ListBucket", bucket):
        if call.caller.kind == "anonymous":
            return AwsError("AccessDenied", "Access Denied", 403)
        message = (
            f"User: {call.caller.arn} is not authorized to perform: s3:ListBucket on resource: "
            f'"arn:aws:s3:::{bucket}" because no identity-based policy allows the s3:ListBucket action'
        )
        return AwsError("AccessDenied", message, 403)
    error = AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})
    if moto_side.is_delete_marker(bucket, key):
        error.headers.append(("x-amz-delete-marker", "true"))
    return error


HANDLERS = {"GetObject": get_object, "HeadObject": head_object}
