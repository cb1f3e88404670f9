"""Objects on the way out for good: one, or several in a request, and only if they are still what one thinks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3 import content, locks, preconditions
from cloud.s3.arguments import VERSION_ID, invalid_argument
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Request

MOST_DELETED = 1000  # objects in one DeleteObjects


def delete_object(_: Account, call: Call) -> Response:
    """Delete an object. Where there are versions a marker says so, even of a key that never was."""
    bucket, key = str(call.path_parameters["Bucket"]), call.path_parameters["Key"]
    version, request = call.request.parameters.get("versionId", ""), call.request
    check_bypass(request, bucket)
    if not _can_be(bucket, version):
        raise invalid_argument("Invalid version id specified", "versionId", version)
    with content.changing_hands:
        preconditions.check_delete(request, bucket, key, version)
        told = _delete(bucket, key, version, bypass=locks.bypasses(request))
    headers = [("x-amz-delete-marker", "true")] if told else []
    if named := told.get("DeleteMarkerVersionId") or version:
        headers.append(("x-amz-version-id", named))
    return Response(204, headers)


def check_bypass(request: Request, bucket: str) -> None:
    """Refuse to get round governance mode where nothing is ever locked."""
    if locks.bypasses(request) and not moto_side.takes_locks(bucket):
        name = "x-amz-bypass-governance-retention"
        raise invalid_argument(f"{name} is only applicable to Object Lock enabled buckets.", name)


def _can_be(bucket: str, version: str) -> bool:
    """Whether there may be such a version: where there are no versions, all are "null"."""
    return version in ("", moto_side.NULL) or bool(moto_side.versioning(bucket))


def _delete(bucket: str, key: str, version: str, *, bypass: bool) -> dict[str, Any]:
    if version and moto_side.is_locked(bucket, key, version, bypass=bypass):
        raise locks.protected()
    return moto_side.delete_object(bucket, key, version or None)


def listed(call: Call) -> list[Mapping[str, Any]]:
    """The objects that DeleteObjects names. Raises AwsError where that is none, too many, or no such list.

    ``Size`` and ``LastModifiedTime`` are conditions of directory buckets: others know no such elements.
    """
    objects = (call.parameters.get("Delete") or {}).get("Objects") or []
    if not 0 < len(objects) <= MOST_DELETED or not all(one["Key"] for one in objects):
        raise malformed_xml()
    if any(name in one for one in objects for name in ("Size", "LastModifiedTime")):
        raise malformed_xml()
    return list(objects)


def delete_listed(bucket: str, key: str, version: str, etag: str, *, bypass: bool) -> dict[str, Any]:
    """Delete one of the objects of DeleteObjects; what it answers of it comes back. Raises AwsError."""
    if version and not (VERSION_ID.fullmatch(version) and _can_be(bucket, version)):
        raise AwsError("NoSuchVersion", "The specified version does not exist.", 404)
    with content.changing_hands:
        if etag:
            preconditions.check_current(bucket, key, etag, version)
        made = _delete(bucket, key, version, bypass=bypass)
    return {"Key": key, **({"VersionId": version} if version else {}), **made}


HANDLERS = {"DeleteObject": delete_object}
