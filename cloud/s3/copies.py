"""Copies: of an object, and of a part of an upload from an object. A large one goes from file to file."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from cloud import moto_side
from cloud.aws_errors import AwsError, NoSuchBucketError
from cloud.s3 import access, checksums, content, locks, preconditions, tags
from cloud.s3.arguments import invalid_argument, part_number
from cloud.s3.checksums import Checksum
from cloud.s3.digests import Digests
from cloud.s3.multipart import upload_of
from cloud.s3.objects import missing
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

NOT_FOR_MOTO = {
    "x-amz-checksum-algorithm", "if-match", "if-none-match", "x-amz-tagging", "x-amz-tagging-directive"
}  # fmt: skip


def copy_object(account: Account, call: Call) -> Response:
    """Copy an object; a large one from file to file, while moto copies an empty one.

    The copy has one checksum over all of it, and one MD5 as its ETag, also where the source came in parts.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    request = locks.for_moto(locks.check_write(call.request, bucket))
    headers = [item for item in request.headers if item[0] not in NOT_FOR_MOTO]
    forwarded = call.with_request(replace(request, headers=headers))
    new_tags = tags.of_header(call.request)
    with content.changing_hands:
        found = _source(account, call)
        if found.size > content.LARGEST_PUT:
            start = "The specified copy source is larger than the maximum allowable size for a copy source"
            raise AwsError("InvalidRequest", f"{start}: {content.LARGEST_PUT}", 400)
        algorithm = _algorithm(call.request, found)
        preconditions.check_source(call.request, found)
        preconditions.check_write(call.request, bucket, key)
        copied: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the object keeps it
        size, old_tags = found.size, moto_side.tags_of(found)
        for block in moto_side.read_content(found):
            copied.write(block)
        with moto_side.as_null_version(bucket, key), moto_side.emptied(found):
            response = account.forward(forwarded)
        content.tell_version(response, bucket)
        made = moto_side.object_of(bucket, key)
        if response.status >= 300 or made is None:
            return response
        replaces = call.request.header("x-amz-tagging-directive") == "REPLACE"
        moto_side.set_tags(made.arn, new_tags if replaces else old_tags)
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


def upload_part_copy(account: Account, call: Call) -> Response:
    """Take a part of an upload from another object, or from a range of it."""
    bucket, number, upload = call.path_parameters["Bucket"], part_number(call.request), upload_of(call)
    with content.changing_hands:
        found = _source(account, call)
        preconditions.check_source(call.request, found)
        start, end = _copied_range(call.request, found.size)
        part: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the part keeps it
        for block in moto_side.read_content(found, start, end):
            part.write(block)
        asked = moto_side.checksum_kind(upload)[0]
        digests = Digests.of(part, asked or checksums.DEFAULT)
        made = moto_side.set_part(bucket, upload.id, number)
        moto_side.swap_content(made, part, end - start, digests.md5)
        moto_side.set_checksum(made, asked or checksums.DEFAULT, digests.checksum, "FULL_OBJECT")
    told = {"ETag": f'"{digests.md5}"', "LastModified": moto_side.modified(made)}
    if asked:
        told[f"Checksum{asked}"] = digests.checksum
    return call.answer({"CopyPartResult": told})


def _source(account: Account, call: Call) -> Any:
    """The object that a copy reads. Raises AwsError where there is none, or it has to be restored first."""
    where, version = access.copy_source(call.request)
    bucket, _, key = where.partition("/")
    if moto_side.bucket(bucket) is None:
        raise NoSuchBucketError(bucket)
    found = moto_side.object_of(bucket, key, version or None)
    if version and moto_side.delete_marker(bucket, key, version) is not None:
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise AwsError("InvalidRequest", message, 400)
    if found is None:
        raise missing(account, call, bucket, key, version or None)
    if moto_side.is_archived(found):
        start = "The source object of the COPY operation is not in the active tier"
        message = f"{start} and is only stored in Amazon Glacier."
        raise AwsError("ObjectNotInActiveTierError", message, 403, {"Key": key})
    return found


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
        raise invalid_argument(message, "x-amz-copy-source-range", text)
    if int(match[2]) >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise invalid_argument(message, "x-amz-copy-source-range", text)
    return int(match[1]), int(match[2]) + 1


HANDLERS = {"CopyObject": copy_object, "UploadPartCopy": upload_part_copy}
