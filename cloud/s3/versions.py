"""All versions of all objects, page by page. Moto copies every object, content and all, to list them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.s3.arguments import VERSION_ID, invalid_argument, whole_number
from cloud.s3.listings import OWNER, described
from cloud.s3.pages import LARGEST_PAGE, Writing, answer, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Request, Response


def list_object_versions(_: Account, call: Call) -> Response:
    """A page of versions and delete markers. Arguments are looked at in the order in which S3 does."""
    asked, bucket = call.request.parameters, call.path_parameters["Bucket"]
    negative = invalid_argument("max-keys cannot be negative", "max-keys")
    most = min(whole_number(asked, "max-keys", LARGEST_PAGE, negative=negative), LARGEST_PAGE)
    after = asked.get("key-marker", ""), _version_marker(asked)
    written = Writing(asked)
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    page = page_of(moto_side.versions(bucket), prefix, delimiter, after, most)
    told: dict[str, Any] = {
        "Name": bucket,
        "KeyMarker": written(after[0]),
        "VersionIdMarker": after[1],
        "MaxKeys": most,
        "Versions": [_described(one, written, call.request) for one in page.entries if not one.is_marker],
        "DeleteMarkers": [_described(one, written, call.request) for one in page.entries if one.is_marker],
    }
    told |= written.members(page, prefix, delimiter)
    if page.last:
        told["NextKeyMarker"] = written(page.last[0])
        if page.last[1]:
            told["NextVersionIdMarker"] = page.last[1]
    return answer(call, told)


def _version_marker(asked: Mapping[str, str]) -> str:
    marker = asked.get("version-id-marker")
    if marker is None:
        return ""
    if "key-marker" not in asked:
        message = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(message, "version-id-marker", marker)
    if not marker:
        raise invalid_argument("A version-id marker cannot be empty.", "version-id-marker", marker)
    if not VERSION_ID.fullmatch(marker):
        raise invalid_argument("Invalid version id specified", "version-id-marker", marker)
    return marker


def _described(version: moto_side.Version, written: Writing, request: Request) -> dict[str, Any]:
    """What is told of a version; of a delete marker, there is less to tell."""
    told = {"VersionId": version.id, "IsLatest": version.is_latest, "Owner": OWNER}
    if version.is_marker:
        modified = moto_side.modified(version.stored)
        return told | {"Key": written(version.key), "LastModified": modified}
    return told | described(version, written, request)


HANDLERS = {"ListObjectVersions": list_object_versions}
