"""Objects on the way out: from memory or from disk, whole, in part, or not at all when nothing changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, cast

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import content, preconditions
from cloud.s3.arguments import invalid_argument, part_number
from cloud.s3.checksums import Checksum, Kind
from cloud.wire import BLOCK, Headers, Response

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
NOT_TOLD = {
    "content-length",
    "content-md5",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-type",
    "x-amz-sdk-checksum-algorithm",
}
NOT_MODIFIED_LACKS = {"content-length", "content-type", "content-range"}


def get_object(account: Account, call: Call) -> Response:
    """Send an object, or the range or the part of it that was asked for."""
    request, bucket, key = call.request, call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = request.parameters.get("versionId")
    with content.changing_hands:
        stored = moto_side.object_of(bucket, key, version)
        reader = Reader(stored) if stored is not None else None
    if stored is None or reader is None:
        raise missing(account, call, bucket, key, version)
    if moto_side.is_archived(stored) and call.name == "GetObject":
        message = "The operation is not valid for the object's storage class"
        raise AwsError("InvalidObjectState", message, 403, {"StorageClass": stored.storage_class})
    overrides = {name: value for name, value in request.query_pairs if name in OVERRIDES}
    if overrides and call.caller.kind == "anonymous":
        message = "Request specific response headers cannot be used for anonymous GET requests."
        raise AwsError("InvalidRequest", message, 400)
    headers = described(stored)
    if moto_side.versioning(bucket) and all(name.lower() != "x-amz-version-id" for name, _ in headers):
        headers.append(("x-amz-version-id", moto_side.NULL))  # it is older than the bucket's versions
    headers = [(name, value) for name, value in headers if name not in {OVERRIDES[one] for one in overrides}]
    headers += [(OVERRIDES[name], value) for name, value in overrides.items()]
    if preconditions.of_read(stored, request) == 304:
        kept = [(name, value) for name, value in headers if name.lower() not in NOT_MODIFIED_LACKS]
        return Response(304, kept)
    piece = asked_piece(call, stored, reader.size)
    headers += piece.headers
    if request.header("x-amz-checksum-mode").upper() == "ENABLED" and piece.checksum is not None:
        headers += piece.checksum.headers()
    if piece.is_whole:
        headers.append(("Content-Length", str(reader.size)))
        return Response(200, headers, reader.read(0, reader.size), reader.size)
    if piece.length:
        last = piece.start + piece.length - 1
        headers.append(("Content-Range", f"bytes {piece.start}-{last}/{reader.size}"))
    headers.append(("Content-Length", str(piece.length)))
    return Response(206, headers, reader.read(piece.start, piece.length), piece.length)


def head_object(account: Account, call: Call) -> Response:
    """What GET would say, without the body. Errors have none either, so they say only their status."""
    try:
        return get_object(account, call)
    except AwsError as error:
        return Response(error.status, error.headers)


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


def described(stored: Any) -> Headers:
    """The headers that tell of an object."""
    known = {"last-modified": "Last-Modified", "etag": "ETag"}
    headers: Headers = [("Accept-Ranges", "bytes")]
    for name, value in {**stored.response_dict, **stored.metadata}.items():
        if name.lower() not in NOT_TOLD and value is not None:
            headers.append((known.get(name.lower(), _cased(name)), _latin(str(value))))
    if not any(name == "x-amz-server-side-encryption" for name, _ in headers):
        headers.append(("x-amz-server-side-encryption", "AES256"))
    return headers


def _cased(name: str) -> str:
    lower = name.lower()
    return lower if lower.startswith("x-amz-") else "-".join(part.capitalize() for part in lower.split("-"))


def _latin(value: str) -> str:
    return value.replace("\r", "").replace("\n", "").encode("latin-1", "replace").decode("latin-1")


@dataclass(frozen=True)
class Piece:
    """What is sent of an object: from where, how much, the checksum of just that, and what else is told."""

    start: int
    length: int
    checksum: Checksum | None = None
    is_whole: bool = False
    headers: Headers = field(default_factory=list)


def asked_piece(call: Call, stored: Any, size: int) -> Piece:
    """The part or the range that a request asks for; else all of it. Raises AwsError."""
    request = call.request
    if "partNumber" in request.parameters:
        if request.has_header("range"):
            message = "Cannot specify both Range header and partNumber query parameter"
            raise AwsError("InvalidRequest", message, 400)
        return part_of(stored, part_number(call.request), size)
    start, end = asked_range(request.header("range"), size)
    if start is None or end is None:
        return Piece(0, size, noted(stored), is_whole=True)
    length = end - start + 1
    return Piece(start, length, noted(stored) if length == size else None)


def part_of(stored: Any, number: int, size: int) -> Piece:
    """One of the parts that an object was put together from; what came whole has one. Raises AwsError, 416.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    parts = list(moto_side.parts_of(stored).values())
    if number > max(1, len(parts)):
        details = {"ActualPartCount": str(max(1, len(parts))), "PartNumberRequested": str(number)}
        raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, details)
    if not parts:
        return Piece(0, size, noted(stored))
    start = sum(part.contentsize for part in parts[: number - 1])
    whole, checksum = noted(stored), noted(parts[number - 1])
    if whole is None or checksum is None or whole.algorithm != checksum.algorithm:
        checksum = None
    elif whole.kind == "COMPOSITE":
        checksum = replace(checksum, kind=whole.kind)
    count = [("x-amz-mp-parts-count", str(len(parts)))]
    return Piece(start, parts[number - 1].contentsize, checksum, headers=count)


def noted(stored: Any) -> Checksum | None:
    """The checksum that an object, or a part, was stored with."""
    found = moto_side.checksum_of(stored)
    return Checksum(found[0], found[1], cast(Kind, found[2])) if found else None


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
        unsatisfiable = int(match[2]) == 0
        if size == 0 and not unsatisfiable:
            return None, None
    else:
        start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
        unsatisfiable = start >= size
        if match[2] and int(match[2]) < start:
            return None, None
    if unsatisfiable:
        details = {"RangeRequested": header, "ActualObjectSize": str(size)}
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416, details)
    return start, end


def found(account: Account, call: Call) -> Any:
    """The object, or the version, that a request names. Raises AwsError where there is none."""
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = call.request.parameters.get("versionId")
    stored = moto_side.object_of(bucket, key, version)
    if stored is None:
        raise missing(account, call, bucket, key, version)
    return stored


def missing(account: Account, call: Call, bucket: str, key: str, version: str | None) -> AwsError:
    """Why there is no such object. Who may not list the bucket is not told whether a key exists."""
    from cloud.s3.access import Access

    marker = moto_side.delete_marker(bucket, key, version)
    if version and marker is not None:
        return _is_marker(call, marker)
    if version and version != moto_side.NULL and not moto_side.versioning(bucket):
        return invalid_argument("Invalid version id specified", "versionId", version)
    if version and moto_side.versioning(bucket):
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
    error = preconditions.no_such_key(key)
    if marker is not None:
        error.headers += [("x-amz-delete-marker", "true"), ("x-amz-version-id", marker.version_id)]
    return error


def _is_marker(call: Call, marker: Any) -> AwsError:
    """Nothing but DELETE is for a delete marker.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
    """
    message = "The specified method is not allowed against this resource."
    details = {"Method": call.request.method, "ResourceType": "DeleteMarker"}
    error = AwsError("MethodNotAllowed", message, 405, details)
    error.headers += [
        ("x-amz-delete-marker", "true"),
        ("x-amz-version-id", marker.version_id),
        ("Allow", "DELETE"),
        ("Last-Modified", format_datetime(moto_side.modified(marker).replace(tzinfo=UTC), usegmt=True)),
    ]
    return error


HANDLERS = {"GetObject": get_object, "HeadObject": head_object}
