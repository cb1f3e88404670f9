"""Buckets and objects, as moto keeps them."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from operator import itemgetter
from typing import Any, BinaryIO

from moto.s3.models import OWNER

from cloud.moto_side.core import backend
from cloud.wire import BLOCK

OWNER_ID: str = OWNER  # the account's canonical user id


def bucket(name: str) -> Any | None:
    """Moto's bucket of that name: ``keys``, ``cors``, ``acl``, ``public_access_block`` ..., or None."""
    return backend("s3", "aws").buckets.get(name)


def buckets() -> dict[str, Any]:
    """Moto's buckets by their names."""
    return dict(backend("s3", "aws").buckets)


def object_of(bucket_name: str, key: str, version_id: str | None = None) -> Any | None:
    """Moto's object: ``size``, ``etag``, ``metadata``, ``version_id`` ..., or None."""
    return backend("s3", "aws").get_object(bucket_name, key, version_id)


def close_bucket(name: str) -> None:
    """Give a new bucket what S3 gives it since April 2023: all public access blocked, ACLs disabled."""
    s3 = backend("s3", "aws")
    on = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), "true"
    )
    s3.put_public_access_block(name, on)
    if s3.get_bucket_ownership_controls(name) is None:
        s3.put_bucket_ownership_controls(name, "BucketOwnerEnforced")


def account_public_access_block() -> Any | None:
    """The four switches of the whole account, or None."""
    return backend("s3control", "aws").public_access_block


def object_tags(bucket_name: str, key: str, version_id: str | None = None) -> dict[str, str]:
    """The tags of an object; none when it does not exist."""
    stored = object_of(bucket_name, key, version_id) if bucket(bucket_name) is not None else None
    return tags_of(stored) if stored else {}


def tags_of(stored: Any) -> dict[str, str]:
    """The tags of an object that is at hand."""
    return dict(backend("s3", "aws").tagger.tags.get(stored.arn) or {})


def acl_permissions(acl: Any, *, authenticated: bool) -> set[str]:
    """What an ACL lets everyone do, or everyone with an AWS account."""
    groups = {"http://acs.amazonaws.com/groups/global/AllUsers"}
    if authenticated:
        groups.add("http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
    return {
        permission
        for grant in (acl.grants if acl else ())
        if any(grantee.uri in groups for grantee in grant.grantees)
        for permission in grant.permissions
    }


def last_modified(stored: Any) -> float:
    """When an object was written, in whole seconds since 1970."""
    return float(int(stored.last_modified.replace(tzinfo=UTC).timestamp()))


def swap_content(stored: Any, file: BinaryIO, size: int, md5: str) -> None:
    """Put a file in the place of an object's content, without reading it into memory."""
    with stored.lock:
        stored._value_buffer.close()
        stored._value_buffer = file
        stored.contentsize, stored._etag = size, md5


def content_of(stored: Any) -> tuple[bytes, int | None]:
    """An object's content: bytes of a small one; for one in a file, a descriptor of it, to be closed."""
    with stored.lock:
        buffer = stored._value_buffer
        if isinstance(buffer, tempfile.SpooledTemporaryFile) and not buffer._rolled:  # type: ignore[attr-defined]
            buffer.seek(0)
            return buffer.read(), None
        buffer.flush()
        return b"", os.dup(buffer.fileno())


def read_content(stored: Any, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """An object's bytes from ``start`` to ``end``, block by block."""
    content, descriptor = content_of(stored)
    if descriptor is None:
        yield content[start:end]
        return
    try:
        end = stored.contentsize if end is None else end
        while start < end and (block := os.pread(descriptor, min(BLOCK, end - start), start)):
            start += len(block)
            yield block
    finally:
        os.close(descriptor)


@contextmanager
def emptied(stored: Any) -> Iterator[None]:
    """Let an object seem empty for a while, so that moto copies nothing of it. Nobody may read it then."""
    kept, stored._value_buffer = stored._value_buffer, BytesIO()
    try:
        yield
    finally:
        stored._value_buffer = kept


Finder = Callable[[], Any]


def lifecycle_rule_ids(bucket_name: str) -> list[str]:
    """The ids of a bucket's lifecycle rules, in their order; a rule without one is given one."""
    found = bucket(bucket_name)
    for rule in found.rules if found is not None else ():
        rule.id = rule.id or secrets.token_urlsafe(36)
    return [str(rule.id) for rule in found.rules] if found is not None else []


def set_checksum(stored: Any, algorithm: str, value: str, kind: str) -> None:
    """Note the checksum of an object, or of a part."""
    stored.checksum_algorithm, stored.checksum_value, stored.checksum_type = algorithm, value, kind


def checksum_of(stored: Any) -> tuple[str, str, str] | None:
    """The checksum of an object or a part as it was noted: algorithm, value and kind; or None."""
    if not stored.checksum_algorithm or not stored.checksum_type:
        return None
    return str(stored.checksum_algorithm), str(stored.checksum_value), str(stored.checksum_type)


def modified(stored: Any) -> datetime:
    """When an object was written, to the second."""
    return datetime.fromtimestamp(last_modified(stored), UTC).replace(tzinfo=None)


def is_versioned(bucket_name: str) -> bool:
    found = bucket(bucket_name)
    return bool(found and found.is_versioned)


def size_etag_version(stored: Any) -> tuple[int | None, str, str]:
    """An object's size in bytes, its ETag without quotes, and its version; of none, nothing."""
    return (
        (stored.size, stored.etag.strip('"'), str(stored.version_id))
        if stored is not None
        else (None, "", "")
    )


def takes_locks(bucket_name: str) -> bool:
    """Whether versions in a bucket can be locked."""
    found = bucket(bucket_name)
    return bool(found and found.object_lock_enabled)


def locks_by_default(bucket_name: str) -> bool:
    """Whether every new version in a bucket is locked for a while."""
    found = bucket(bucket_name)
    return bool(found and found.has_default_lock)


def default_lock(bucket_name: str) -> tuple[str, int, int]:
    """How a bucket locks new versions: mode, days and years."""
    found: Any = bucket(bucket_name)
    return found.default_lock_mode or "", found.default_lock_days or 0, found.default_lock_years or 0


def lock_by_default(bucket_name: str, mode: str | None, days: int, years: int) -> None:
    """Let versions in a bucket be locked, and every new one in some mode for a while, if a mode is given."""
    found: Any = bucket(bucket_name)
    found.object_lock_enabled, found.default_lock_mode = True, mode
    found.default_lock_days, found.default_lock_years = days, years


def is_locked(bucket_name: str, key: str, version_id: str, *, bypass: bool) -> bool:
    """Whether a version may not be deleted; ``bypass`` gets round governance mode."""
    stored = object_of(bucket_name, key, version_id)
    return stored is not None and bool(stored.is_locked(bypass))


def retain(stored: Any, mode: str | None, until: str | None, hold: str | None = None) -> None:
    """Keep a version until a date, in moto's form of it, or as long as a legal hold says."""
    stored.lock_mode, stored.lock_until = mode, until
    stored.lock_legal_status = hold or stored.lock_legal_status


def set_tags(arn: str, tags: Mapping[str, str]) -> None:
    """Let an object or a bucket, by moto's ARN of it, have these tags and no other."""
    tagger = backend("s3", "aws").tagger
    tagger.tags.pop(arn, None)
    if tags:
        tagger.tags[arn] = dict(tags)


@dataclass(frozen=True)
class Version:
    """A version of an object, or a delete marker."""

    key: str
    id: str
    is_latest: bool
    is_marker: bool
    stored: Any


def objects(bucket_name: str) -> list[Version]:
    """The newest version of every object in a bucket, by key, without what is deleted. Nothing is copied."""
    holder = bucket(bucket_name)
    newest = [(key, stored[-1]) for key, stored in holder.keys.iterlists() if stored] if holder else []
    return [
        Version(key, str(one.version_id), True, False, one)
        for key, one in sorted(newest, key=itemgetter(0))
        if type(one).__name__ != "FakeDeleteMarker"
    ]


def is_archived(stored: Any) -> bool:
    """Whether an object must be restored before it can be read."""
    return stored.storage_class in ("GLACIER", "DEEP_ARCHIVE") and restored_until(stored) is None


def restored_until(stored: Any) -> datetime | None:
    """Until when an archived object can be read; None of one that was not restored."""
    until: datetime | None = stored._expiry
    return until


def versions(bucket_name: str) -> list[Version]:
    """Every version in a bucket, by key and newest first. Nothing is copied."""
    found, holder = [], bucket(bucket_name)
    listed = sorted((key, list(stored or ())) for key, stored in holder.keys.iterlists()) if holder else []
    for key, stored in listed:
        for index, one in enumerate(reversed(stored)):
            marker = type(one).__name__ == "FakeDeleteMarker"
            found.append(Version(key, str(one.version_id), index == 0, marker, one))
    return found
