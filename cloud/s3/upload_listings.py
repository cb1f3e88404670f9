"""Uploads in parts that are under way, and the parts that one has by now, page by page.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.s3.arguments import invalid_argument, whole_number
from cloud.s3.listings import OWNER
from cloud.s3.multipart import no_such_upload
from cloud.s3.pages import LARGEST_PAGE, Writing, answer, page_of
from cloud.wire import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud.account import Account
    from cloud.calls import Call
    from cloud.moto_side import Upload


def list_multipart_uploads(_: Account, call: Call) -> Response:
    """A page of uploads, by key, and of one key the oldest first."""
    asked, bucket = call.request.parameters, call.path_parameters["Bucket"]
    most = min(whole_number(asked, "max-uploads", LARGEST_PAGE), LARGEST_PAGE)
    written = Writing(asked)
    uploads = moto_side.uploads(bucket)
    after = asked.get("key-marker", ""), _upload_marker(asked, uploads)
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    page = page_of(uploads, prefix, delimiter, after, most)
    told: dict[str, Any] = {
        "Bucket": bucket,
        "KeyMarker": written(after[0]),
        "UploadIdMarker": after[1],
        "MaxUploads": most,
        "Uploads": [_upload(one, written) for one in page.entries],
    }
    told |= written.members(page, prefix, delimiter)
    if page.last:
        told |= {"NextKeyMarker": written(page.last[0]), "NextUploadIdMarker": page.last[1]}
    return answer(call, told)


def _upload_marker(asked: Mapping[str, str], uploads: list[Upload]) -> str:
    """The upload after which a page begins. Without a key it counts for nothing."""
    marker, key = asked.get("upload-id-marker", ""), asked.get("key-marker", "")
    if not marker or not key:
        return ""
    if not any((one.key, one.id) == (key, marker) for one in uploads):
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", marker)
    return marker


def _upload(upload: Upload, written: Writing) -> dict[str, Any]:
    told = {
        "Key": written(upload.key),
        "UploadId": upload.id,
        "Initiator": {"ID": upload.initiator},
        "Owner": OWNER,
        "StorageClass": upload.stored.storage or "STANDARD",
        "Initiated": datetime.fromtimestamp(upload.begun, UTC).replace(tzinfo=None),
    }
    return told | _checksum(upload.stored)


def _checksum(stored: Any) -> dict[str, str]:
    algorithm, kind = moto_side.checksum_kind(stored)
    return {"ChecksumAlgorithm": algorithm, "ChecksumType": kind} if algorithm else {}


def list_parts(_: Account, call: Call) -> Response:
    """A page of the parts that an upload has by now, by their numbers."""
    bucket, key, asked = call.path_parameters["Bucket"], call.path_parameters["Key"], call.request.parameters
    most = min(whole_number(asked, "max-parts", LARGEST_PAGE), LARGEST_PAGE)
    marker = whole_number(asked, "part-number-marker", 0)
    upload = next((one for one in moto_side.uploads(bucket) if one.id == asked.get("uploadId")), None)
    if upload is None or upload.key != key:
        raise no_such_upload(asked.get("uploadId", ""))
    rest = [item for item in sorted(upload.stored.parts.items()) if item[0] > marker]
    page = rest[:most]
    checksum = _checksum(upload.stored)
    told: dict[str, Any] = {
        "Bucket": bucket,
        "Key": key,
        "UploadId": upload.id,
        "Initiator": {"ID": upload.initiator},
        "Owner": OWNER,
        "StorageClass": upload.stored.storage or "STANDARD",
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1][0] if page else 0,
        "MaxParts": most,
        "IsTruncated": len(page) < len(rest),
        "Parts": [_part(number, part, bool(checksum)) for number, part in page],
    }
    return call.answer(told | checksum)


def _part(number: int, part: Any, with_checksum: bool) -> dict[str, Any]:
    noted = moto_side.checksum_of(part) if with_checksum else None
    return {
        "PartNumber": number,
        "LastModified": moto_side.modified(part),
        "ETag": part.etag,
        "Size": part.contentsize,
        **({f"Checksum{noted[0]}": noted[1]} if noted else {}),
    }


HANDLERS = {"ListMultipartUploads": list_multipart_uploads, "ListParts": list_parts}
