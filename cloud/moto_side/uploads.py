"""Uploads in parts, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, BinaryIO

from cloud.moto_side.core import backend
from cloud.moto_side.object_versions import as_null_version
from cloud.moto_side.s3 import bucket, locks_by_default, retain, set_tags, swap_content


def multipart(bucket_name: str, upload_id: str) -> Any | None:
    """An upload in parts that is under way: ``parts`` by their numbers, ``key_name`` ...; or None."""
    found = bucket(bucket_name)
    return found.multiparts.get(upload_id) if found is not None else None


def part_of(bucket_name: str, upload_id: str, number: int) -> Any | None:
    """A part of an upload that is under way; it looks like an object."""
    found = multipart(bucket_name, upload_id)
    return found.parts.get(number) if found is not None else None


def set_part(bucket_name: str, upload_id: str, number: int) -> Any:
    """Give an upload an empty part, or empty the one of that number."""
    return backend("s3", "aws").upload_part(bucket_name, upload_id, number, b"")


@dataclass(frozen=True)
class Upload:
    """An upload in parts that is under way."""

    key: str
    id: str
    begun: float  # seconds since 1970
    initiator: str  # who began it
    stored: Any


Lock = tuple[str, str, str]  # mode, until when, legal hold; each may be empty


def note_upload(
    bucket_name: str, upload_id: str, now: float, initiator: str, tags: Mapping[str, str], lock: Lock
) -> None:
    """Note when an upload in parts was begun, by whom, and the tags and lock that its object will have."""
    if (upload := multipart(bucket_name, upload_id)) is not None:
        upload.initiator, upload.begun = initiator, now
        upload.tags, upload.lock = dict(tags), lock


def uploads(bucket_name: str) -> list[Upload]:
    """The uploads in parts that are under way, by key, and of one key the oldest first."""
    found = bucket(bucket_name)
    noted = [one for one in list(found.multiparts.values()) if hasattr(one, "begun")] if found else []
    under_way = [Upload(one.key_name, one.id, one.begun, one.initiator, one) for one in noted]
    return sorted(under_way, key=attrgetter("key", "begun"))


def abort_multipart(bucket_name: str, upload_id: str) -> None:
    """Give an upload in parts up."""
    backend("s3", "aws").abort_multipart_upload(bucket_name, upload_id)


def checksum_kind(upload: Any) -> tuple[str, str]:
    """The checksum that an upload was begun with, and whether it is over parts or over everything."""
    metadata = upload.metadata
    return str(metadata.get("x-amz-checksum-algorithm") or ""), str(metadata.get("x-amz-checksum-type") or "")


def parts_of(stored: Any) -> dict[int, Any]:
    """The parts that an object was made of, by their numbers; none when it came whole."""
    return dict(sorted(stored.multipart.parts.items())) if stored.multipart is not None else {}


def forget_parts(stored: Any) -> None:
    """Let a copy of what was made of parts be whole."""
    stored.multipart = None


def complete_multipart(
    bucket_name: str, upload_id: str, numbers: list[int], file: BinaryIO, size: int, etag: str
) -> Any:
    """Make an object of some parts of an upload, which stand in ``file`` one after the other."""
    s3 = backend("s3", "aws")
    upload = bucket(bucket_name).multiparts.pop(upload_id)  # type: ignore[union-attr]
    with as_null_version(bucket_name, upload.key_name):
        made = s3.put_object(
            bucket_name, upload.key_name, b"", storage=upload.storage, etag=etag, multipart=upload,
            encryption=upload.sse_encryption, kms_key_id=upload.kms_key_id, disable_notification=True,
        )  # fmt: skip
    swap_content(made, file, size, etag)
    made.set_metadata(upload.metadata)
    set_tags(made.arn, upload.tags or {})
    mode, until, hold = upload.lock
    if not mode and locks_by_default(bucket_name):
        holder = bucket(bucket_name)
        mode, until = holder.default_lock_mode, holder.default_retention()  # type: ignore[union-attr]
    retain(made, mode or None, until or None, hold or None)
    if upload.acl:  # without one, the object keeps the ACL that it was made with: private
        s3.put_object_acl(bucket_name, made.name, upload.acl, disable_notification=True)
    for part in upload.parts.values():
        part.dispose()
    upload.parts = {number: upload.parts[number] for number in numbers}  # GetObject may ask for one of them
    return made
