"""Uploads in parts: begun, filled in any order, listed, and put together.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from cloud import moto_side
from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3 import checksums, content, listings, locks, preconditions, tags
from cloud.s3.arguments import invalid_argument, part_number
from cloud.s3.checksums import Checksum, Running
from cloud.s3.digests import etag_of_parts
from cloud.s3.uploads import store
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

SMALLEST_PART = 5 * 1024**2  # bytes, of every part but the last


def create_multipart_upload(account: Account, call: Call) -> Response:
    """Begin an upload, with the checksum that it asks for."""
    request, given_tags = call.request, tags.of_header(call.request)
    lock = locks.of_header(locks.check_write(request, call.path_parameters["Bucket"]))
    algorithm = request.header("x-amz-checksum-algorithm")
    kind = request.header("x-amz-checksum-type")
    chosen: dict[str, str] = {}
    if algorithm or kind:
        names = ("x-amz-checksum-algorithm", "x-amz-checksum-type")
        chosen = dict(zip(names, checksums.of_upload(algorithm, kind), strict=True))
    headers = [item for item in request.headers if item[0] not in (*chosen, tags.HEADER)]
    response = account.forward(call.with_request(replace(request, headers=[*headers, *chosen.items()])))
    if response.status < 300:
        begun = re.search(rb"<UploadId>([^<]+)", response.content)
        upload_id = begun[1].decode() if begun else ""
        who = listings.initiator(call.caller)
        moto_side.note_upload(call.path_parameters["Bucket"], upload_id, time.time(), who, given_tags, lock)
        for name, value in chosen.items():
            response.set(name, value)
    return response


def upload_part(account: Account, call: Call) -> Response:
    """Store a part of an upload."""
    bucket, number, upload = call.path_parameters["Bucket"], part_number(call.request), upload_of(call)
    expected, kind = moto_side.checksum_kind(upload)

    def choose(given: Checksum | None) -> str:
        if expected and (given.algorithm != expected if given else kind == "COMPOSITE"):
            actual = given.algorithm.lower() if given else "null"
            start = f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}"
            raise checksums.invalid(f"{start}, actual checksum Type: {actual}")
        return given.algorithm if given else expected or checksums.DEFAULT

    response, checksum = store(
        account, call, find=lambda: moto_side.part_of(bucket, upload.id, number), choose=choose
    )
    if response.status < 300:
        response.headers.append(checksum.headers()[0])
    return response


def complete_multipart_upload(account: Account, call: Call) -> Response:
    """Put the parts of an upload together, in the order and with the ETags that the request lists."""
    bucket, key, upload_id = call.path_parameters["Bucket"], call.path_parameters["Key"], _upload_id(call)
    wanted = (call.parameters.get("MultipartUpload") or {}).get("Parts") or []
    if not wanted or not all(isinstance(part.get("PartNumber"), int) for part in wanted):
        raise malformed_xml()
    if below := [part["PartNumber"] for part in wanted if part["PartNumber"] < 1]:
        raise invalid_argument("PartNumber must be >= 1", "PartNumber", str(below[0]))
    numbers = [part["PartNumber"] for part in wanted]
    if numbers != sorted(set(numbers)):
        message = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", message, 400)
    listed = [checksums.listed(part) for part in wanted]
    with content.changing_hands:
        upload = upload_of(call)
        algorithm, kind = moto_side.checksum_kind(upload)
        _check_mode(call.request, kind)
        parts = [upload.parts.get(number) for number in numbers]
        for part, asked, checksum in zip(parts, wanted, listed, strict=True):
            _check_part(part, asked, checksum, upload_id, algorithm if kind == "COMPOSITE" else "")
        for part, asked in zip(parts[:-1], wanted, strict=False):
            if part.contentsize < SMALLEST_PART:
                raise part_too_small(part.contentsize, asked["PartNumber"], _etag(asked))
        whole: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
        running = Running(algorithm or checksums.DEFAULT)
        for part in parts:
            for block in moto_side.read_content(part):
                whole.write(block)
                if kind != "COMPOSITE":
                    running.update(block)
        _check_size(call.request, whole.tell())
        total = Checksum(algorithm or checksums.DEFAULT, running.text)
        if kind == "COMPOSITE":
            total = checksums.composite(algorithm, [_noted(part)[1] for part in parts])
        _check_whole(call.request, total)
        preconditions.check_write(call.request, bucket, key)
        etag = etag_of_parts([part.etag.strip('"') for part in parts])
        stored = moto_side.complete_multipart(bucket, upload_id, numbers, whole, whole.tell(), etag)
        moto_side.set_checksum(stored, total.algorithm, total.value, total.kind)
    location = f"{account.endpoint_url}/{bucket}/{key}"
    told = {"Location": location, "Bucket": bucket, "Key": key, "ETag": stored.etag}
    response = call.answer(told | total.members())
    if moto_side.is_versioned(bucket):
        response.set("x-amz-version-id", str(stored.version_id))
    return response


def abort_multipart_upload(_: Account, call: Call) -> Response:
    """Give an upload up, with all its parts."""
    moto_side.abort_multipart(call.path_parameters["Bucket"], upload_of(call).id)
    return Response(204)


def upload_of(call: Call) -> Any:
    """Moto's upload that a request names; it is one of the request's key. Raises AwsError, NoSuchUpload."""
    upload = moto_side.multipart(call.path_parameters["Bucket"], _upload_id(call))
    if upload is None or upload.key_name != call.path_parameters["Key"]:
        raise no_such_upload(_upload_id(call))
    return upload


def _check_mode(request: Request, kind: str) -> None:
    """Refuse to complete an upload with another kind of checksum than it was begun with."""
    asked = request.header("x-amz-checksum-type").upper()
    if asked and asked != (kind or "FULL_OBJECT"):
        start = f"The upload was created using the {kind or 'FULL_OBJECT'} checksum mode."
        raise checksums.invalid(f"{start} The complete request must use the same checksum mode.")


def _check_part(part: Any, asked: Any, listed: Checksum | None, upload_id: str, needed: str) -> None:
    """Refuse a part that is not there as the request lists it; ``needed``: a checksum must be listed."""
    number = asked["PartNumber"]
    if part is None or part.etag.strip('"') != _etag(asked):
        raise invalid_part(upload_id, number, _etag(asked))
    if listed is None and needed:
        start = f"The upload was created using a {needed.lower()} checksum. The complete request must include"
        raise checksums.invalid(
            f"{start} the checksum for each part. It was missing for part {number} in the request."
        )
    if listed is not None and needed and listed.algorithm != needed:
        name = listed.algorithm.lower()
        message = f"The {name} you specified for part {number} did not match what we received."
        raise AwsError("BadDigest", message, 400)
    if listed is not None and (listed.algorithm, listed.value) != _noted(part)[:2]:
        raise invalid_part(upload_id, number, _etag(asked))


def _check_size(request: Request, size: int) -> None:
    """Refuse an upload that has come to another size than the request says."""
    text = request.header("x-amz-mp-object-size")
    if text and not re.fullmatch(r"\d{1,18}", text):
        raise checksums.invalid(f"Value for x-amz-mp-object-size header is invalid: '{text}'")
    if text and int(text) != size:
        start = f"The provided 'x-amz-mp-object-size' header value {int(text)}"
        raise checksums.invalid(f"{start} does not match what was computed: {size}")


def _check_whole(request: Request, total: Checksum) -> None:
    """Refuse a checksum of the whole that is none, or another; the number of parts may be left out."""
    for name, algorithm in checksums.HEADERS.items():
        if not (text := request.header(name)):
            continue
        value, _, count = text.partition("-")
        composite = total.kind == "COMPOSITE"
        if not checksums.is_valid(algorithm, value) or (count and not (composite and count.isdigit())):
            raise checksums.invalid(f"Value for {name} header is invalid.")
        if algorithm != total.algorithm or (text if count else value) not in (
            total.value,
            total.value.partition("-")[0],
        ):
            raise checksums.bad_digest(algorithm.lower())


def _noted(part: Any) -> tuple[str, str, str]:
    return moto_side.checksum_of(part) or ("", "", "")


def _etag(asked: Any) -> str:
    return str(asked.get("ETag") or "").strip('"')


def _upload_id(call: Call) -> str:
    return call.request.parameters.get("uploadId", "")


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
    "AbortMultipartUpload": abort_multipart_upload,
    "CompleteMultipartUpload": complete_multipart_upload,
    "CreateMultipartUpload": create_multipart_upload,
    "UploadPart": upload_part,
}
