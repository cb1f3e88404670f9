"""Copies: of an object, and of a part of an upload from an object. A large one goes from file to file."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import access, checksums, content, preconditions
from cloud.s3.checksums import Checksum
from cloud.s3.digests import Digests
from cloud.s3.multipart import no_such_upload, part_number
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

NOT_FOR_MOTO = {"x-amz-checksum-algorithm", "if-match", "if-none-match"}


def copy_object(account: Account, call: Call) -> Response:
    """Copy an object; a large one from file to file, while moto copies an empty one.

    The copy has one checksum over all of it, and one MD5 as its ETag, also where the source came in parts.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    source = _source(call.request)
    headers = [item for item in call.request.headers if item[0] not in NOT_FOR_MOTO]
    forwarded = call.with_request(replace(call.request, headers=headers))
    with content.changing_hands:
        found = moto_side.object_of(*source) if moto_side.bucket(source[0]) else None
        if found is None:
            return account.forward(forwarded)
        if found.size > content.LARGEST_PUT:
            start = "The specified copy source is larger than the maximum allowable size for a copy source"
            raise AwsError("InvalidRequest", f"{start}: {content.LARGEST_PUT}", 400)
        algorithm = _algorithm(call.request, found)
        preconditions.check_source(call.request, found)
        preconditions.check_write(call.request, bucket, key)
        copied: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
        size = found.size
        for block in moto_side.read_content(found):
            copied.write(block)
        with moto_side.emptied(found):
            response = account.forward(forwarded)
        made = moto_side.object_of(bucket, key)
        if response.status >= 300 or made is None:
            return response
        digests = Digests.of(copied, algorithm)
        moto_side.swap_content(made, copied, size, digests.md5)
        checksum = Checksum(algorithm, digests.checksum)
        moto_side.set_checksum(made, algorithm, checksum.value, checksum.kind)
        moto_side.forget_parts(made)
        told = {"ETag": made.etag, "LastModified": moto_side.modified(made)} | checksum.members()
    answer = call.answer({"CopyObjectResult": told})
    answer.headers += [item for item in response.headers if item[0].lower().startswith("x-amz-")]
    return answer


def _algorithm(request: Request, source: Any) -> str:
    """The checksum that a copy gets: what is asked for, else what the source has."""
    if asked := request.header("x-amz-checksum-algorithm"):
        return checksums.of_upload(asked, "")[0]
    noted = moto_side.checksum_of(source)
    return noted[0] if noted else checksums.DEFAULT


def upload_part_copy(_: Account, call: Call) -> Response:
    """Take a part of an upload from another object, or from a range of it."""
    bucket, number = call.path_parameters["Bucket"], part_number(call)
    upload_id = call.request.parameters.get("uploadId", "")
    upload = moto_side.multipart(bucket, upload_id)
    if upload is None:
        raise no_such_upload(upload_id)
    source = _source(call.request)
    with content.changing_hands:
        found = moto_side.object_of(*source) if moto_side.bucket(source[0]) else None
        if found is None:
            raise preconditions.no_such_key(source[1])
        start, end = _copied_range(call.request, found.size)
        part: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the part keeps it
        for block in moto_side.read_content(found, start, end):
            part.write(block)
        asked = moto_side.checksum_kind(upload)[0]
        digests = Digests.of(part, asked or checksums.DEFAULT)
        made = moto_side.set_part(bucket, upload_id, number)
        moto_side.swap_content(made, part, end - start, digests.md5)
        moto_side.set_checksum(made, asked or checksums.DEFAULT, digests.checksum, "FULL_OBJECT")
    told = {"ETag": f'"{digests.md5}"', "LastModified": moto_side.modified(made)}
    if asked:
        told[f"Checksum{asked}"] = digests.checksum
    return call.answer({"CopyPartResult": told})


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


HANDLERS = {"CopyObject": copy_object, "UploadPartCopy": upload_part_copy}
