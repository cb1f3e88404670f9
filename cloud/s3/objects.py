"""Objects on the way in and out: bodies stay on disk, whatever their size, and digests are checked as they pass."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote_plus

from cloud import aws_chunked, moto_side
from cloud.aws_errors import AwsError
from cloud.wire import BLOCK, Headers, Request, Response, blocks

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

LARGEST_PUT = 5 * 1024**3  # bytes, S3's limit for one PUT
IN_MEMORY = 512 * 1024  # bytes; a larger body is kept in a file of its own
CHECKSUMS = {f"x-amz-checksum-{name}" for name in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")}
STORED_HEADERS = re.compile(
    r"(content-(type|encoding|language|disposition|md5|length)|cache-control|expires|if-(match|none-match)"
    r"|x-amz-(acl|copy-source.*|grant-.*|meta-.*|metadata-directive|object-lock-.*|server-side-encryption.*"
    r"|storage-class|tagging.*|website-redirect-location|checksum-.*|sdk-checksum-algorithm|bypass-.*|mp-object-size))"
)
OVERRIDES = {
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
    "response-content-language": "Content-Language",
    "response-content-type": "Content-Type",
    "response-expires": "Expires",
}
NOT_MODIFIED_LACKS = {"content-length", "content-type", "content-range"}
_swapping = threading.Lock()  # while it is held, an object's content changes hands


# ---- in ----------------------------------------------------------------------------------------------------


def put_object(account: Account, call: Call) -> Response:
    """Store an object. Large content is not copied into memory: the file that it came in is kept."""
    request = call.request
    if not request.has_header("content-length") and not request.header("x-amz-decoded-content-length"):
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    content = content_of(request)
    body, size = content.file, content.size
    request = replace(request, headers=[*request.headers, *content.checksums])
    if size > LARGEST_PUT:
        raise too_large(size, LARGEST_PUT)
    digests = Digests.of(request, body)
    digests.check(request)
    small = size <= IN_MEMORY
    stored = without_signature(request, body if small else BytesIO(), size if small else 0)
    if small:
        return account.forward(replace_request(call, stored))
    with _swapping:
        response = account.forward(replace_request(call, stored))
        if response.status < 300:
            bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
            moto_side.swap_content(moto_side.object_of(bucket, key), own_file(body), size, digests.md5)
            response.set("ETag", f'"{digests.md5}"')
    return response


def replace_request(call: Call, request: Request) -> Call:
    """The same call with another request behind it."""
    changed = replace(call, request=request)
    changed.caller = call.caller
    return changed


@dataclass(frozen=True)
class Content:
    """An object's bytes, their number, and the checksums that came after them."""

    file: BinaryIO
    size: int
    checksums: Headers = field(default_factory=list)


def content_of(request: Request) -> Content:
    """The object's bytes, freed of the chunks that SDKs sign or end with a checksum."""
    request.body.seek(0)
    if not request.header("x-amz-content-sha256").startswith("STREAMING-"):
        size = request.body.seek(0, os.SEEK_END)
        request.body.seek(0)
        return Content(request.body, size)
    plain: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
    chunks = aws_chunked.Chunks(request.body)
    for block in chunks.blocks():
        plain.write(block)
    size = plain.tell()
    stated = request.header("x-amz-decoded-content-length")
    if stated and stated != str(size):
        raise aws_chunked.incomplete()
    plain.seek(0)
    return Content(plain, size, [item for item in chunks.trailers.items() if item[0] in CHECKSUMS])


def without_signature(request: Request, body: BinaryIO, size: int) -> Request:
    """The request as it is stored: what belongs to the signature must not end up in the object's metadata."""
    query = [
        (name, value)
        for name, value in request.query_pairs
        if not name.startswith("X-Amz-") and name not in ("AWSAccessKeyId", "Signature", "Expires")
    ]
    headers = [
        (name, value)
        for name, value in request.headers
        if STORED_HEADERS.fullmatch(name) and name not in ("content-length", "content-md5")
    ]
    headers = [(name, "" if value == "aws-chunked" else value) for name, value in headers]
    headers = [(name, value) for name, value in headers if value or name != "content-encoding"]
    encoded = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in query)
    return replace(
        request,
        target=f"{request.path}?{encoded}" if encoded else request.path,
        headers=[*headers, ("content-length", str(size))],
        body=body,
    )


def own_file(body: BinaryIO) -> BinaryIO:
    """The file behind a request's body, to keep after the request is over. Its bytes are not copied."""
    try:
        return os.fdopen(os.dup(body.fileno()), "rb+")
    except OSError:  # it is in memory after all
        kept: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
        body.seek(0)
        for block in blocks(body):
            kept.write(block)
        return kept


def too_large(size: int, limit: int) -> AwsError:
    details = {"ProposedSize": str(size), "MaxSizeAllowed": str(limit)}
    return AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, details)


@dataclass(frozen=True)
class Digests:
    """The digests of a body that can be checked here; CRC32C and CRC64NVME are taken as given."""

    md5: str
    sha1: bytes
    sha256: bytes
    crc32: int

    @classmethod
    def of(cls, request: Request, body: BinaryIO) -> Digests:
        """Read a body once. Digests that the request does not state are left out, but for MD5: that is the ETag."""
        md5, sha1, sha256 = (
            hashlib.md5(usedforsecurity=False),
            hashlib.sha1(usedforsecurity=False),
            hashlib.sha256(),
        )
        crc, wanted = 0, {name for name, _ in request.headers}
        body.seek(0)
        for block in blocks(body):
            md5.update(block)
            if "x-amz-checksum-sha1" in wanted:
                sha1.update(block)
            if "x-amz-checksum-sha256" in wanted:
                sha256.update(block)
            if "x-amz-checksum-crc32" in wanted:
                crc = zlib.crc32(block, crc)
        body.seek(0)
        return cls(md5.hexdigest(), sha1.digest(), sha256.digest(), crc)

    def check(self, request: Request) -> None:
        """Raise AwsError when the request states another digest."""
        if stated := request.header("content-md5"):
            try:
                given = base64.b64decode(stated, validate=True)
            except ValueError:
                given = b""
            if len(given) != 16:
                details = {"Content-MD5": stated}
                raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, details)
            if given.hex() != self.md5:
                message = "The Content-MD5 you specified did not match what we received."
                details = {
                    "ExpectedDigest": given.hex(),
                    "CalculatedDigest": base64.b64encode(bytes.fromhex(self.md5)).decode(),
                }
                raise AwsError("BadDigest", message, 400, details)
        calculated = {"sha1": self.sha1, "sha256": self.sha256, "crc32": self.crc32.to_bytes(4, "big")}
        for name, value in calculated.items():
            stated = request.header(f"x-amz-checksum-{name}")
            if stated and stated != base64.b64encode(value).decode():
                message = f"The {name.upper()} you specified did not match the calculated checksum."
                raise AwsError("BadDigest", message, 400)


# ---- out ---------------------------------------------------------------------------------------------------


def get_object(account: Account, call: Call) -> Response:
    """Send an object, or the range of it that was asked for."""
    request, bucket, key = call.request, call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = request.parameters.get("versionId")
    with _swapping:
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
    return (
        name if name.lower().startswith("x-amz-") else "-".join(part.capitalize() for part in name.split("-"))
    )


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
    if not Access(account).may(call.caller, "s3:ListBucket", bucket):
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


HANDLERS = {"GetObject": get_object, "HeadObject": head_object, "PutObject": put_object}
