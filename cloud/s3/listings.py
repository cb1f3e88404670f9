"""The objects of a bucket, page by page, in both of S3's ways to ask for them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.s3.arguments import invalid_argument, whole_number
from cloud.s3.pages import LARGEST_PAGE, Page, Writing, answer, page_of
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.identity.principals import Principal
    from cloud.moto_side import Version

OWNER = {
    "ID": moto_side.OWNER_ID
}  # without a name: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html
OPTIONAL = "x-amz-optional-object-attributes"


def list_objects(_: Account, call: Call) -> Response:
    """A page after the key ``marker``. Only with a delimiter the answer says where the next one begins."""
    asked, bucket = call.request.parameters, call.path_parameters["Bucket"]
    marker = asked.get("marker", "")
    page, written, told = _page(call, marker)
    told |= {
        "Name": bucket,
        "Marker": written(marker),
        "Contents": [described(one, written, call.request) | {"Owner": OWNER} for one in page.entries],
    }
    if page.last and asked.get("delimiter"):
        told["NextMarker"] = written(page.last[0])
    return answer(call, told)


def list_objects_v2(_: Account, call: Call) -> Response:
    """A page after the key ``start-after``, or from where a token of the page before says."""
    asked, bucket = call.request.parameters, call.path_parameters["Bucket"]
    token, start = asked.get("continuation-token"), asked.get("start-after", "")
    page, written, told = _page(call, start if token is None else key_of(token))
    owner = {"Owner": OWNER} if asked.get("fetch-owner") == "true" else {}
    told |= {
        "Name": bucket,
        "KeyCount": len(page),
        "Contents": [described(one, written, call.request) | owner for one in page.entries],
    }
    if start:
        told["StartAfter"] = written(start)
    if token is not None:
        told["ContinuationToken"] = token
    if page.last:
        told["NextContinuationToken"] = token_of(page.last[0])
    return answer(call, told)


def _page(call: Call, after: str) -> tuple[Page[Version], Writing, dict[str, Any]]:
    """A page of what a request asks for, how it writes keys, and what both kinds of answer say of it."""
    asked = call.request.parameters
    most = min(whole_number(asked, "max-keys", LARGEST_PAGE, spelled="maxKeys"), LARGEST_PAGE)
    written = Writing(asked)
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    objects = moto_side.objects(call.path_parameters["Bucket"])
    page = page_of(objects, prefix, delimiter, (after, ""), most)
    return page, written, {"MaxKeys": most} | written.members(page, prefix, delimiter)


def described(version: Version, written: Writing, request: Request) -> dict[str, Any]:
    """What lists tell of an object, or of a version of it."""
    stored = version.stored
    told = {
        "Key": written(version.key),
        "LastModified": moto_side.modified(stored),
        "ETag": stored.etag,
        "Size": stored.size,
        "StorageClass": stored.storage_class,
    }
    if checksum := moto_side.checksum_of(stored):
        told |= {"ChecksumAlgorithm": [checksum[0]], "ChecksumType": checksum[2]}
    if request.header(OPTIONAL) and (restored := moto_side.restored_until(stored)):
        told["RestoreStatus"] = {"IsRestoreInProgress": False, "RestoreExpiryDate": restored}
    return told


def initiator(caller: Principal) -> str:
    """By what lists name who began an upload: the account by its canonical id, others by their ARN."""
    return moto_side.OWNER_ID if caller.kind == "owner" else caller.arn


def token_of(key: str) -> str:
    """The token by which the next page goes on after a key. It means nothing to anybody else.

    >>> key_of(token_of("photos/cat.png"))
    'photos/cat.png'
    """
    encoded = key.encode("utf-8", "surrogateescape")
    return base64.b64encode(hashlib.sha256(encoded).digest()[:9] + encoded).decode()


def key_of(token: str) -> str:
    """The key that a token stands for. Raises AwsError for one that no page ever gave."""
    try:
        key = base64.b64decode(token, validate=True)[9:].decode("utf-8", "surrogateescape")
    except ValueError:
        key = ""
    if not key or token_of(key) != token:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token")
    return key


HANDLERS = {"ListObjects": list_objects, "ListObjectsV2": list_objects_v2}
