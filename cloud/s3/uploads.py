"""Objects on the way in: PUT, parts and copies. Large content stays on disk: moto stores nothing, and is
then given the file in its place.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from cloud import moto_side
from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3 import access, content
from cloud.s3.digests import Digests, PartDigests
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

SMALLEST_PART = 5 * 1024**2  # bytes, of every part but the last
MOST_PARTS = 10_000
LONGEST_KEY = 1024  # bytes


def put_object(account: Account, call: Call) -> Response:
    """Store an object."""
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    return _store(account, call, lambda: moto_side.object_of(bucket, key))


def upload_part(account: Account, call: Call) -> Response:
    """Store a part of an upload."""
    bucket, number, upload_id = call.path_parameters["Bucket"], _part_number(call), _upload_id(call)
    if moto_side.multipart(bucket, upload_id) is None:
        raise no_such_upload(upload_id)
    return _store(account, call, lambda: moto_side.part_of(bucket, upload_id, number))


def _store(account: Account, call: Call, find: moto_side.Finder) -> Response:
    request = call.request
    if not request.has_header("content-length") and not request.header("x-amz-decoded-content-length"):
        if request.has_header("transfer-encoding"):
            message = "A header you provided implies functionality that is not implemented"
            raise AwsError("NotImplemented", message, 501, {"Header": "Transfer-Encoding"})
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if len(call.path_parameters["Key"].encode()) > LONGEST_KEY:
        raise key_too_long(call.path_parameters["Key"])
    body = content.content_of(request)
    request = replace(request, headers=[*request.headers, *body.checksums])
    if body.size > content.LARGEST_PUT:
        raise content.too_large(body.size, content.LARGEST_PUT)
    digests = Digests.of(request, body.file)
    digests.check(request)
    with content.changing_hands:
        if body.size <= content.IN_MEMORY:
            stored = content.without_signature(request, body.file, body.size)
            return account.forward(call.with_request(stored))
        response = account.forward(call.with_request(content.without_signature(request, BytesIO(), 0)))
        if response.status < 300:
            moto_side.swap_content(find(), content.own_file(body.file), body.size, digests.md5)
            response.set("ETag", f'"{digests.md5}"')
    return response


def complete_multipart_upload(account: Account, call: Call) -> Response:
    """Put the parts of an upload together, in the order and with the ETags that the request lists."""
    bucket, upload_id = call.path_parameters["Bucket"], _upload_id(call)
    listed = (call.parameters.get("MultipartUpload") or {}).get("Parts") or []
    wanted = [(part.get("PartNumber"), str(part.get("ETag") or "").strip('"')) for part in listed]
    if not wanted or not all(isinstance(number, int) for number, _ in wanted):
        raise malformed_xml()
    numbers = [number for number, _ in wanted]
    if numbers != sorted(set(numbers)):
        message = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", message, 400)
    with content.changing_hands:
        upload = moto_side.multipart(bucket, upload_id)
        if upload is None:
            raise no_such_upload(upload_id)
        parts = [upload.parts.get(number) for number in numbers]
        for part, (number, etag) in zip(parts, wanted, strict=True):
            if part is None or part.etag.strip('"') != etag:
                raise invalid_part(upload_id, number, etag)
        for part, (number, etag) in zip(parts[:-1], wanted, strict=False):
            if part.contentsize < SMALLEST_PART:
                raise part_too_small(part.contentsize, number, etag)
        whole: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
        digests = PartDigests(*moto_side.checksum_kind(upload))
        for part in parts:
            digests.begin()
            for block in moto_side.read_content(part):
                whole.write(block)
                digests.update(block)
            digests.end(part.etag.strip('"'))
        size = whole.tell()
        stored = moto_side.complete_multipart(
            bucket, upload_id, whole, size, f"{digests.etag}-{len(parts)}", digests.checksum
        )
    key = call.path_parameters["Key"]
    response = call.answer(
        {
            "Location": f"{account.endpoint_url}/{bucket}/{key}",
            "Bucket": bucket,
            "Key": key,
            "ETag": stored.etag,
            **digests.described(),
        }
    )
    if moto_side.is_versioned(bucket):
        response.set("x-amz-version-id", str(stored.version_id))
    return response


def copy_object(account: Account, call: Call) -> Response:
    """Copy an object; a large one from file to file, while moto copies an empty one."""
    source = _source(call.request)
    with content.changing_hands:
        found = moto_side.object_of(*source) if moto_side.bucket(source[0]) else None
        if found is None or found.size <= content.IN_MEMORY:
            return account.forward(call)
        if found.size > content.LARGEST_PUT:
            start = "The specified copy source is larger than the maximum allowable size for a copy source"
            raise AwsError("InvalidRequest", f"{start}: {content.LARGEST_PUT}", 400)
        headers = [item for item in call.request.headers if item[0] != "x-amz-checksum-algorithm"]
        with moto_side.emptied(found):  # a checksum would be one of nothing; the source's goes along
            response = account.forward(call.with_request(replace(call.request, headers=headers)))
        made = moto_side.object_of(call.path_parameters["Bucket"], call.path_parameters["Key"])
        if response.status < 300 and made is not None and made is not found:
            copied: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
            for block in moto_side.read_content(found):
                copied.write(block)
            md5 = Digests.of(call.request, copied).md5
            moto_side.swap_content(made, copied, found.size, md5)
            etag = f"<ETag>&quot;{md5}&quot;</ETag>".encode()
            response.body = re.sub(rb"<ETag>[^<]*</ETag>", etag, response.content)
    return response


def upload_part_copy(_: Account, call: Call) -> Response:
    """Take a part of an upload from another object, or from a range of it."""
    bucket, number, upload_id = call.path_parameters["Bucket"], _part_number(call), _upload_id(call)
    if moto_side.multipart(bucket, upload_id) is None:
        raise no_such_upload(upload_id)
    source = _source(call.request)
    with content.changing_hands:
        found = moto_side.object_of(*source) if moto_side.bucket(source[0]) else None
        if found is None:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": source[1]})
        start, end = _copied_range(call.request, found.size)
        part: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the part keeps it
        for block in moto_side.read_content(found, start, end):
            part.write(block)
        md5 = Digests.of(call.request, part).md5
        made = moto_side.set_part(bucket, upload_id, number)
        moto_side.swap_content(made, part, end - start, md5)
    modified = moto_side.modified(made)
    return call.answer({"CopyPartResult": {"ETag": f'"{md5}"', "LastModified": modified}})


def check_redirect(request: Request) -> None:
    """Refuse an object that leads, on a website, to what is no address."""
    location = request.header("x-amz-website-redirect-location")
    if location and not location.startswith(("/", "http://", "https://")):
        message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise AwsError("InvalidRedirectLocation", message, 400)


def _source(request: Request) -> tuple[str, str, str | None]:
    where, version = access.copy_source(request)
    bucket, _, key = where.partition("/")
    return bucket, key, version or None


def _copied_range(request: Request, size: int) -> tuple[int, int]:
    """Where a copy begins and ends, the end left out. Raises AwsError for a range beyond the object."""
    text = request.header("x-amz-copy-source-range")
    if not text:
        return 0, size
    match = re.fullmatch(r"bytes=(\d{1,15})-(\d{1,15})", text)
    if match is None or int(match[1]) > int(match[2]):
        message = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
            "are the zero-based offsets of the first and last bytes to copy"
        )
        details = {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": text}
        raise AwsError("InvalidArgument", message, 400, details)
    if int(match[2]) >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        details = {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": text}
        raise AwsError("InvalidArgument", message, 400, details)
    return int(match[1]), int(match[2]) + 1


def _part_number(call: Call) -> int:
    text = call.request.parameters.get("partNumber", "")
    if not re.fullmatch(r"\d{1,5}", text) or not 1 <= int(text) <= MOST_PARTS:
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        details = {"ArgumentName": "partNumber", "ArgumentValue": text}
        raise AwsError("InvalidArgument", message, 400, details)
    return int(text)


def _upload_id(call: Call) -> str:
    return call.request.parameters.get("uploadId", "")


def key_too_long(key: str) -> AwsError:
    details = {"Size": str(len(key.encode())), "MaxSizeAllowed": str(LONGEST_KEY)}
    return AwsError("KeyTooLongError", "Your key is too long", 400, details)


def no_such_upload(upload_id: str) -> AwsError:
    message = (
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed."
    )
    return AwsError("NoSuchUpload", message, 404, {"UploadId": upload_id})


def invalid_part(upload_id: str, number: int, etag: str) -> AwsError:
    message = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag."
    )
    details = {"UploadId": upload_id, "PartNumber": str(number), "ETag": etag}
    return AwsError("InvalidPart", message, 400, details)


def part_too_small(size: int, number: int, etag: str) -> AwsError:
    message = "Your proposed upload is smaller than the minimum allowed size"
    details = {
        "ProposedSize": str(size),
        "MinSizeAllowed": str(SMALLEST_PART),
        "PartNumber": str(number),
        "ETag": etag,
    }
    return AwsError("EntityTooSmall", message, 400, details)


HANDLERS = {
    "CompleteMultipartUpload": complete_multipart_upload,
    "CopyObject": copy_object,
    "PutObject": put_object,
    "UploadPart": upload_part,
    "UploadPartCopy": upload_part_copy,
}
