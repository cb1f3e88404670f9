"""Objects, versions and uploads go when lifecycle rules say so, and events tell of it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

from __future__ import annotations

import itertools
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from cloud import ids, moto_side
from cloud.s3 import content, lifecycle, lifecycle_rules
from cloud.s3.lifecycle import Expiry, Rule, Version
from cloud.s3.notifications import ObjectEvent
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

S3 = "s3.amazonaws.com"  # who deletes, and from where
SMALLEST = "TransitionDefaultMinimumObjectSize"
TOLD = {"CompleteMultipartUpload", "CopyObject", "GetObject", "HeadObject", "PutObject"}


def sweep(account: Account) -> None:
    """Do in every bucket what its rules call for at this moment."""
    now = time.time()
    for bucket, kept in account.buckets.all_kept():
        if not kept.lifecycle:
            continue
        by_key = itertools.groupby(moto_side.versions(bucket), key=lambda one: one.key)
        for key, found in [(key, list(group)) for key, group in by_key]:
            versions = [_version(bucket, one) for one in found]
            for expiry in list(lifecycle.expired(kept.lifecycle, key, versions, now)):
                _expire(account, bucket, expiry)
        for upload in moto_side.uploads(bucket):
            if any(_aborts(rule, upload.key, upload.begun, now) for rule in kept.lifecycle):
                moto_side.abort_multipart(bucket, upload.id)


def _version(bucket: str, one: moto_side.Version) -> Version:
    tags = partial(moto_side.object_tags, bucket, one.key, one.id if one.id != "null" else None)
    size = 0 if one.is_marker else int(one.stored.size)
    return Version(one.id, moto_side.last_modified(one.stored), size, one.is_marker, tags)


def _aborts(rule: Rule, key: str, begun: float, now: float) -> bool:
    days = rule.abort_days
    return days is not None and key.startswith(rule.prefix) and lifecycle.due(begun, days) <= now


def _expire(account: Account, bucket: str, expiry: Expiry) -> None:
    """Delete, or mark as deleted, as a DELETE without or with a version would."""
    versioned = moto_side.is_versioned(bucket)
    whole = expiry.kind == "object"
    with content.changing_hands:
        if not whole and moto_side.is_locked(bucket, expiry.key, expiry.version_id, bypass=False):
            return
        made = moto_side.delete_object(bucket, expiry.key, None if whole else expiry.version_id)
    if expiry.kind == "marker":
        return
    name, version = "Delete", "" if whole else expiry.version_id
    if whole and made:
        name, version = "DeleteMarkerCreated", str(made.get("DeleteMarkerVersionId", ""))
    account.delivery.deliver(
        ObjectEvent(
            f"s3:LifecycleExpiration:{name}", bucket, expiry.key, account.region, account.id, S3, S3,
            ids.s3_request_id(), ids.host_id(), version_id=version if versioned else "",
        )
    )  # fmt: skip


def put_bucket_lifecycle(account: Account, call: Call) -> Response:
    """Replace a bucket's rules."""
    configuration = call.parameters.get("LifecycleConfiguration") or {}
    lifecycle_rules.check(configuration.get("Rules") or [])
    response = account.forward(call)
    if response.status < 300:
        bucket = str(call.path_parameters["Bucket"])
        ids_, kept = moto_side.lifecycle_rule_ids(bucket), account.buckets.kept(bucket)
        kept.lifecycle = lifecycle.rules_of(configuration, ids_)
        named = zip(configuration["Rules"], ids_, strict=False)
        kept.lifecycle_told = {
            "Rules": [{**rule, "ID": id_} for rule, id_ in named],
            SMALLEST: call.parameters.get(SMALLEST, "all_storage_classes_128K"),
        }
    return response


def get_bucket_lifecycle(account: Account, call: Call) -> Response:
    """The rules as they were put: moto loses sizes, and how many versions stay."""
    response = account.forward(call)
    if response.status >= 300:
        return response
    return call.answer(account.buckets.kept(str(call.path_parameters["Bucket"])).lifecycle_told)


def delete_bucket_lifecycle(account: Account, call: Call) -> Response:
    account.buckets.kept(str(call.path_parameters["Bucket"])).lifecycle = []
    return account.forward(call)


def tell(account: Account, call: Call, bucket: str, key: str, response: Response) -> None:
    """Say in an answer when the object expires, or when the upload is given up, where a rule does that."""
    if response.status >= 300 or not key or not (rules := account.buckets.kept(bucket).lifecycle):
        return
    if call.name == "CreateMultipartUpload":
        ends = [(lifecycle.due(time.time(), rule.abort_days), rule.id) for rule in rules
                if rule.abort_days is not None and key.startswith(rule.prefix)]  # fmt: skip
        if ends:
            when, rule_id = min(ends)
            response.set("x-amz-abort-date", lifecycle.http_date(when))
            response.set("x-amz-abort-rule-id", rule_id)
    if call.name not in TOLD or "versionId" in call.request.parameters:
        return
    stored: Any = moto_side.object_of(bucket, key)
    if stored is None:
        return
    tags = partial(moto_side.object_tags, bucket, key)
    version = Version("", moto_side.last_modified(stored), int(stored.size), False, tags)
    if text := lifecycle.expiration_header(rules, key, version):
        response.set("x-amz-expiration", text)


HANDLERS = {
    "DeleteBucketLifecycle": delete_bucket_lifecycle,
    "GetBucketLifecycle": get_bucket_lifecycle,
    "GetBucketLifecycleConfiguration": get_bucket_lifecycle,
    "PutBucketLifecycle": put_bucket_lifecycle,
    "PutBucketLifecycleConfiguration": put_bucket_lifecycle,
}
