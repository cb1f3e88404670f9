"""All versions of all objects, page by page. Moto copies every object, content and all, to list them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloud import moto_side
from cloud.aws_errors import AwsError

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.moto_side import Version
    from cloud.wire import Response

LARGEST_PAGE = 1000


@dataclass
class Page:
    """A page of versions and common prefixes, and the last entry of it where there are more."""

    versions: list[Version]
    prefixes: list[str]
    last: tuple[str, str] | None


def page_of(
    versions: Iterable[Version], prefix: str, delimiter: str, after: tuple[str, str], most: int
) -> Page:
    """The versions after a marker, a key and perhaps a version of it, in the order of keys, newest first."""
    page = Page([], [], None)
    last = after
    for version in _after(list(versions), *after):
        if not version.key.startswith(prefix):
            continue
        rest = version.key[len(prefix) :]
        inside, found, _ = rest.partition(delimiter) if delimiter else (rest, "", "")
        common = f"{prefix}{inside}{found}" if found else ""
        if common and (common in page.prefixes or common == after[0]):
            continue
        if len(page.versions) + len(page.prefixes) >= most:
            page.last = last
            break
        if common:
            page.prefixes.append(common)
        else:
            page.versions.append(version)
        last = (common, "") if common else (version.key, version.id)
    return page


def _after(versions: list[Version], key: str, version_id: str) -> list[Version]:
    """What comes after a marker. Of a version that is gone meanwhile, the rest of its key comes as well."""
    if not version_id:
        return [version for version in versions if version.key > key]
    for index, version in enumerate(versions):
        if (version.key, version.id) == (key, version_id):
            return versions[index + 1 :]
    return [version for version in versions if version.key >= key]


def list_object_versions(account: Account, call: Call) -> Response:
    asked, bucket = call.request.parameters, call.path_parameters["Bucket"]
    most = asked.get("max-keys", str(LARGEST_PAGE))
    if not most.isdigit() or len(most) > 10:
        details = {"ArgumentName": "max-keys", "ArgumentValue": most}
        message = "Provided max-keys not an integer or within integer range"
        raise AwsError("InvalidArgument", message, 400, details)
    if asked.get("version-id-marker") and not asked.get("key-marker"):
        details = {"ArgumentName": "version-id-marker", "ArgumentValue": asked["version-id-marker"]}
        message = "A version-id marker cannot be specified without a key marker."
        raise AwsError("InvalidArgument", message, 400, details)
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    after = asked.get("key-marker", ""), asked.get("version-id-marker", "")
    size = min(int(most), LARGEST_PAGE)
    page = page_of(moto_side.versions(bucket), prefix, delimiter, after, size)
    coded = asked.get("encoding-type") == "url"

    def written(text: str) -> str:
        return quote(text, safe="/*-._~") if coded else text

    owner = {"ID": account.id}
    told: dict[str, Any] = {
        "Name": bucket,
        "Prefix": written(prefix),
        "KeyMarker": written(after[0]),
        "VersionIdMarker": after[1],
        "MaxKeys": int(most),
        "IsTruncated": page.last is not None,
        "Versions": [_described(one, written, owner) for one in page.versions if not one.is_marker],
        "DeleteMarkers": [_described(one, written, owner) for one in page.versions if one.is_marker],
        "CommonPrefixes": [{"Prefix": written(common)} for common in page.prefixes],
    }
    if delimiter:
        told["Delimiter"] = written(delimiter)
    if coded:
        told["EncodingType"] = "url"
    if page.last:
        told["NextKeyMarker"] = written(page.last[0])
        if page.last[1]:
            told["NextVersionIdMarker"] = page.last[1]
    return call.answer(told)


def _described(version: Version, written: Any, owner: dict[str, str]) -> dict[str, Any]:
    found = {
        "Key": written(version.key),
        "VersionId": version.id,
        "IsLatest": version.is_latest,
        "LastModified": moto_side.modified(version.stored),
        "Owner": owner,
    }
    if version.is_marker:
        return found
    return found | {
        "ETag": version.stored.etag,
        "Size": version.stored.size,
        "StorageClass": version.stored.storage_class,
    }


HANDLERS = {"ListObjectVersions": list_object_versions}
