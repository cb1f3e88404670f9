"""Versions of objects: how they come and go in moto.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeDeleteMarker

from cloud.moto_side.core import backend
from cloud.moto_side.s3 import bucket

NULL = "null"  # the version of an object that was written while its bucket made no versions


def versioning(bucket_name: str) -> str:
    """``Enabled``, ``Suspended``, or nothing of a bucket that never had versions."""
    found = bucket(bucket_name)
    return str(found.versioning_status or "") if found is not None else ""


def delete_marker(bucket_name: str, key: str, version_id: str | None = None) -> Any | None:
    """The delete marker of that version, or the one that is the newest version; or None."""
    found = backend("s3", "aws").get_object(bucket_name, key, version_id, return_delete_marker=True)
    return found if isinstance(found, FakeDeleteMarker) else None


def delete_object(bucket_name: str, key: str, version_id: str | None) -> dict[str, Any]:
    """Delete an object, or put a delete marker; what DeleteObjects says of it comes back.

    Moto itself drops every version where versioning is suspended, and knows no marker without an object.
    """
    status, kept = versioning(bucket_name), _versions(bucket_name, key)
    told: dict[str, Any] = {}
    if version_id is not None:
        if delete_marker(bucket_name, key, version_id) is not None:
            told = {"DeleteMarker": True, "DeleteMarkerVersionId": version_id}
        kept = [one for one in kept if str(one.version_id) != version_id]
    elif status:
        named: Any = SimpleNamespace(name=key)  # all that a marker asks of an object
        marker = FakeDeleteMarker(named)
        if status == "Suspended":
            marker._version_id = NULL
            kept = [one for one in kept if str(one.version_id) != NULL]
        told = {"DeleteMarker": True, "DeleteMarkerVersionId": marker.version_id}
        kept.append(marker)
    else:
        kept = []
    _keep(bucket_name, key, kept)
    return told


@contextmanager
def as_null_version(bucket_name: str, key: str) -> Iterator[None]:
    """Let what moto stores replace the version "null" alone, where versioning is suspended.

    Moto itself would drop every version. Nobody else may write meanwhile.
    """
    holder = bucket(bucket_name)
    if holder is None or holder.versioning_status != "Suspended":
        yield
        return
    before = _versions(bucket_name, key)
    holder.versioning_status = "Enabled"
    try:
        yield
    finally:
        holder.versioning_status = "Suspended"
        made = [one for one in _versions(bucket_name, key) if all(one is not other for other in before)]
        for one in made:
            one._version_id = NULL
        if made:
            _keep(bucket_name, key, [one for one in before if str(one.version_id) != NULL] + made[-1:])


def _versions(bucket_name: str, key: str) -> list[Any]:
    return list(bucket(bucket_name).keys.getlist(key, []))  # type: ignore[union-attr]


def _keep(bucket_name: str, key: str, kept: list[Any]) -> None:
    """Let a key have these versions, and free the others, with the tags that moto notes of them."""
    keys, before = bucket(bucket_name).keys, _versions(bucket_name, key)  # type: ignore[union-attr]
    gone = [one for one in before if all(one is not other for other in kept)]
    if kept:
        dict.__setitem__(keys, key, kept)
    else:
        dict.pop(keys, key, None)
    held = {str(one.version_id) for one in kept}
    for one in gone:
        if not isinstance(one, FakeDeleteMarker):
            if str(one.version_id) not in held:
                backend("s3", "aws").tagger.tags.pop(one.arn, None)
            one.dispose()
