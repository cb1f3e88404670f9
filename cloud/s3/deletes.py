"""Objects on the way out for good: one, or several in a request, and only if they are still what one thinks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3 import content, locks, preconditions
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MOST_DELETED = 1000  # objects in one DeleteObjects


def delete_object(account: Account, call: Call) -> Response:
    """Delete an object. In a versioned bucket a marker says so, even of a key that never was."""
    bucket, key = str(call.path_parameters["Bucket"]), call.path_parameters["Key"]
    version, request = call.request.parameters.get("versionId"), call.request
    unconditional = [item for item in request.headers if item[0] != "if-match"]
    with content.changing_hands:
        preconditions.check_delete(request, bucket, key, version or "")
        if version and moto_side.is_locked(bucket, key, version, bypass=locks.bypasses(request)):
            raise locks.protected()
        if not moto_side.marks_without_object(bucket, key, version):
            response = account.forward(call.with_request(replace(request, headers=unconditional)))
            moto_side.forget_tags(bucket, key, version)
            return response
        made = moto_side.delete_object(bucket, key, None)
    marker = [("x-amz-delete-marker", "true"), ("x-amz-version-id", str(made["DeleteMarkerVersionId"]))]
    return Response(204, marker)


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
    with content.changing_hands:
        if etag:
            preconditions.check_current(bucket, key, etag, version)
        if version and moto_side.is_locked(bucket, key, version, bypass=bypass):
            raise locks.protected()
        try:
            made = moto_side.delete_object(bucket, key, version or None, bypass=bypass)
        except moto_side.Refused as error:
            raise AwsError(error.code, error.message) from error
    return {"Key": key, **({"VersionId": version} if version else {}), **made}


HANDLERS = {"DeleteObject": delete_object}
