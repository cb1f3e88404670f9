"""The bytes of an upload: what they may weigh, freed of their framing, and the file that they stay in."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from dataclasses import dataclass, field, replace
from typing import BinaryIO
from urllib.parse import quote_plus

from cloud import aws_chunked, moto_side
from cloud.aws_errors import AwsError
from cloud.s3.checksums import HEADERS
from cloud.wire import Headers, Request, Response, blocks

LARGEST_PUT = 5 * 1024**3  # bytes, S3's limit for one PUT, and for one part
IN_MEMORY = 512 * 1024  # bytes; a larger body is kept in a file of its own
STORED_HEADERS = re.compile(
    r"(content-(type|encoding|language|disposition|md5|length)|cache-control|expires"
    r"|x-amz-(acl|copy-source.*|grant-.*|meta-.*|metadata-directive|object-lock-.*|server-side-encryption.*"
    r"|storage-class|website-redirect-location|bypass-.*))"
)
changing_hands = threading.Lock()  # held while an object's content changes, and while it is opened


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
    return Content(plain, size, [item for item in chunks.trailers.items() if item[0] in HEADERS])


def tell_version(response: Response, bucket: str) -> None:
    """Let an answer tell the version that was written, where each has an id of its own."""
    if not moto_side.is_versioned(bucket):
        response.headers = [item for item in response.headers if item[0].lower() != "x-amz-version-id"]


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
