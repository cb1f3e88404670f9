"""Tags of objects and buckets: what they may be, and how they are put and taken away.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import objects
from cloud.s3.arguments import invalid_argument
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MOST_OF_OBJECTS, MOST_OF_BUCKETS = 10, 50
TEXT = re.compile(r"[\w\s.:/=+\-@]*")
HEADER = "x-amz-tagging"


def checked(pairs: Iterable[tuple[str, str]], *, of_bucket: bool = False) -> dict[str, str]:
    """Tags as a mapping. Raises AwsError where they are too many, twice the same, or no tags."""
    pairs, found = list(pairs), {}
    if of_bucket and len(pairs) > MOST_OF_BUCKETS:
        raise AwsError("BadRequest", f"Bucket tag count cannot be greater than {MOST_OF_BUCKETS}", 400)
    if not of_bucket and len(pairs) > MOST_OF_OBJECTS:
        raise AwsError("BadRequest", f"Object tags cannot be greater than {MOST_OF_OBJECTS}", 400)
    for key, value in pairs:
        if key in found:
            raise _invalid("Cannot provide multiple Tags with the same key", key)
        if key.startswith("aws:"):
            bucket, other = (
                "System tags cannot be added/updated by requester",
                "Your TagKey cannot be prefixed with aws:",
            )
            raise _invalid(bucket if of_bucket else other, key)
        if not 0 < len(key) <= 128 or not TEXT.fullmatch(key):
            raise _invalid("The TagKey you have provided is invalid", key)
        if len(value) > 256 or not TEXT.fullmatch(value):
            raise _invalid("The TagValue you have provided is invalid", key, value)
        found[key] = value
    return found


def _invalid(message: str, key: str, value: str | None = None) -> AwsError:
    details = {"TagKey": key} | ({} if value is None else {"TagValue": value})
    return AwsError("InvalidTag", message, 400, details)


def of_header(request: Request) -> dict[str, str]:
    """The tags that the header of an upload gives to an object. Raises AwsError."""
    text = request.header(HEADER)
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    if len({key for key, _ in pairs}) != len(pairs) or re.search(r"%(?![0-9A-Fa-f]{2})", text):
        start = f"The header '{HEADER}' shall be encoded as UTF-8 then URLEncoded URL query parameters"
        raise invalid_argument(f"{start} without tag name duplicates.", HEADER, text)
    return checked(pairs)


def _of_body(call: Call, *, of_bucket: bool = False) -> dict[str, str]:
    tags: list[Mapping[str, str]] = call.parameters["Tagging"].get("TagSet") or []
    return checked(((tag.get("Key") or "", tag.get("Value") or "") for tag in tags), of_bucket=of_bucket)


def get_object_tagging(account: Account, call: Call) -> Response:
    stored = objects.found(account, call)
    listed = [{"Key": key, "Value": value} for key, value in moto_side.tags_of(stored).items()]
    response = call.answer({"TagSet": listed})
    response.headers += _version(stored, call)
    return response


def put_object_tagging(account: Account, call: Call) -> Response:
    """Replace all tags of an object."""
    stored = objects.found(account, call)
    moto_side.set_tags(stored.arn, _of_body(call))
    return Response(200, _version(stored, call))


def delete_object_tagging(account: Account, call: Call) -> Response:
    stored = objects.found(account, call)
    moto_side.set_tags(stored.arn, {})
    return Response(204, _version(stored, call))


def put_bucket_tagging(account: Account, call: Call) -> Response:
    """Replace all tags of a bucket."""
    tags = _of_body(call, of_bucket=True)
    moto_side.set_tags(account.buckets.find(call.path_parameters["Bucket"]).arn, tags)  # type: ignore[union-attr]
    return Response(204)


def _version(stored: Any, call: Call) -> list[tuple[str, str]]:
    versioned = moto_side.versioning(call.path_parameters["Bucket"])
    return [("x-amz-version-id", str(stored.version_id))] if versioned else []


HANDLERS = {
    "DeleteObjectTagging": delete_object_tagging,
    "GetObjectTagging": get_object_tagging,
    "PutBucketTagging": put_bucket_tagging,
    "PutObjectTagging": put_object_tagging,
}
