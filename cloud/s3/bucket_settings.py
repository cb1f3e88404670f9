"""Buckets themselves: how they are made and listed, and settings that moto lacks or tells otherwise than S3.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3 import acls, names, objects, tags
from cloud.s3.arguments import invalid_argument
from cloud.s3.listings import OWNER, key_of, token_of
from cloud.wire import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.account import Account
    from cloud.calls import Call

MOST_BUCKETS = 10_000  # in a page
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
FIRST_REGION = "us-east-1"  # the one that has no name as a location
DISPLAY_NAME = re.compile(rb"<DisplayName>[^<]*</DisplayName>")
FOR_A_PART = {"bucket-region", "continuation-token", "max-buckets", "prefix"}
ROOTS = {
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketVersioning": "VersioningConfiguration",
}


def create_bucket(account: Account, call: Call) -> Response:
    """Make a bucket, closed as S3 makes it."""
    name = call.path_parameters["Bucket"]
    existed = account.buckets.find(name) is not None
    names.check(name)
    ownership = call.request.header("x-amz-object-ownership", "BucketOwnerEnforced")
    if ownership not in OWNERSHIPS:
        message = f"Invalid x-amz-object-ownership header: {ownership}"
        raise invalid_argument(message, "x-amz-object-ownership")
    _check_location(account, call)
    acls.check_new_bucket(call.request)
    given = (call.parameters.get("CreateBucketConfiguration") or {}).get("Tags") or []
    new_tags = tags.checked(((tag["Key"], tag["Value"]) for tag in given), of_bucket=True)
    response = account.forward(call)
    if response.status < 300 and not existed:
        account.buckets.forget(name)
        moto_side.close_bucket(name)
        moto_side.set_tags(account.buckets.find(name).arn, new_tags)  # type: ignore[union-attr]
    return response


def _check_location(account: Account, call: Call) -> None:
    """Refuse a bucket for another region than this cloud's.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (LocationConstraint)
    """
    asked = (call.parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint") or ""
    members = call.operation.input_shape.members["CreateBucketConfiguration"].members
    if asked and asked not in members["LocationConstraint"].enum:  # us-east-1 is not among them
        message, details = "The specified location-constraint is not valid", {"LocationConstraint": asked}
        raise AwsError("InvalidLocationConstraint", message, 400, details)
    here = "" if account.region == FIRST_REGION else account.region
    if asked != here:
        message = (
            f"The {asked or 'unspecified'} location constraint is incompatible for the region specific "
            "endpoint this request was sent to."
        )
        raise AwsError("IllegalLocationConstraintException", message, 400)


def delete_bucket(account: Account, call: Call) -> Response:
    """Remove a bucket that has nothing left in it, old versions included."""
    name = call.path_parameters["Bucket"]
    if not moto_side.objects(name) and moto_side.versions(name):
        start = "The bucket you tried to delete is not empty."
        message = f"{start} You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", message, 409, {"BucketName": name})
    response = account.forward(call)
    if response.status < 300:
        account.buckets.forget(name)
    return response


def list_buckets(account: Account, call: Call) -> Response:
    """The account's buckets by name; page by page, and with their region, for who asks for a part of them.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    asked = call.request.parameters
    text = asked.get("max-buckets", str(MOST_BUCKETS))
    if not text.isdecimal() or not 1 <= int(text) <= MOST_BUCKETS:
        message = f"Argument max-buckets must be an integer between 1 and {MOST_BUCKETS}"
        raise invalid_argument(message, "max-buckets", text)
    prefix, region = asked.get("prefix", ""), asked.get("bucket-region", account.region)
    after = key_of(asked["continuation-token"]) if "continuation-token" in asked else ""
    found = [
        bucket
        for name, bucket in sorted(moto_side.buckets().items())
        if name.startswith(prefix) and name > after and region == account.region
    ]
    page, partly = (
        found[: int(text)],
        {"max-buckets", "prefix", "bucket-region", "continuation-token"} & {*asked},
    )
    told: dict[str, Any] = {"Buckets": [_described(one, account.region if partly else "") for one in page]}
    told["Owner"] = OWNER
    if prefix:
        told["Prefix"] = prefix
    if len(page) < len(found):
        told["ContinuationToken"] = token_of(page[-1].name)
    return call.answer(told)


def _described(bucket: Any, region: str) -> dict[str, Any]:
    made = datetime.fromtimestamp(int(bucket.creation_date.replace(tzinfo=UTC).timestamp()), UTC)
    told = {"Name": bucket.name, "CreationDate": made.replace(tzinfo=None)}
    return told | ({"BucketRegion": region} if region else {})


def get_bucket_encryption(account: Account, call: Call) -> Response:
    """How objects are encrypted: by keys of S3's own, unless something else was put.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    """
    if account.buckets.find(call.path_parameters["Bucket"]).encryption:  # type: ignore[union-attr]
        return account.forward(call)
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    return call.answer({"ServerSideEncryptionConfiguration": {"Rules": [by_default]}})


def get_bucket_request_payment(account: Account, call: Call) -> Response:
    payer = account.buckets.kept(call.path_parameters["Bucket"]).payer
    return _rooted(call, call.answer({"Payer": payer}))


def put_bucket_request_payment(account: Account, call: Call) -> Response:
    """Say who pays for requests. Nobody does, here."""
    payer = call.parameters["RequestPaymentConfiguration"]["Payer"]
    account.buckets.kept(call.path_parameters["Bucket"]).payer = payer
    return Response(200)


def get_bucket_abac(_: Account, call: Call) -> Response:
    return call.answer({"AbacStatus": {"Status": "Disabled"}})


def none_configured(_: Account, call: Call) -> Response:
    """The list of configurations of a kind that nobody can put here."""
    return call.answer({"IsTruncated": False})


def no_such_configuration(_: Account, __: Call) -> Response:
    raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)


def not_here(_: Account, call: Call) -> Response:
    """Refuse an operation that this cloud has not, which moto would take for another one."""
    raise AwsError("NotImplemented", f"The embedded cloud has no operation {call.name} of s3.", 501)


def as_s3_writes(account: Account, call: Call) -> Response:
    """Moto's answer with the root that S3 gives it, and without names of owners, which S3 no longer tells."""
    response = _rooted(call, account.forward(call))
    response.body = DISPLAY_NAME.sub(b"", response.content)
    return response


def get_object_acl(account: Account, call: Call) -> Response:
    objects.found(account, call)
    return as_s3_writes(account, call)


def put_object_acl(account: Account, call: Call) -> Response:
    objects.found(account, call)
    return account.forward(call)


def _rooted(call: Call, response: Response) -> Response:
    written, root = f"{call.name}Response", ROOTS.get(call.name)
    response.body = response.content.replace(written.encode(), (root or written).encode())
    return response


KINDS = ("Analytics", "IntelligentTiering", "Metrics")
NOT_HERE = (
    "CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration", "CreateSession",
    "DeleteBucketInventoryConfiguration", "DeleteBucketMetadataConfiguration",
    "DeleteBucketMetadataTableConfiguration", "DeleteObjectAnnotation", "GetBucketMetadataConfiguration",
    "GetBucketMetadataTableConfiguration", "GetObjectAnnotation", "GetObjectTorrent", "ListDirectoryBuckets",
    "ListObjectAnnotations", "PutBucketAbac", "PutObjectAnnotation", "RenameObject",
    "UpdateBucketMetadataAnnotationTableConfiguration", "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration", "UpdateObjectEncryption", "WriteGetObjectResponse",
    *(f"PutBucket{kind}Configuration" for kind in KINDS),
)  # fmt: skip
HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateBucket": create_bucket,
    "DeleteBucket": delete_bucket,
    "GetBucketAbac": get_bucket_abac,
    "GetBucketAcl": as_s3_writes,
    "GetBucketEncryption": get_bucket_encryption,
    "GetObjectAcl": get_object_acl,
    "ListBuckets": list_buckets,
    "PutObjectAcl": put_object_acl,
    "PutBucketRequestPayment": put_bucket_request_payment,
    **dict.fromkeys(NOT_HERE, not_here),
    **dict.fromkeys(ROOTS, as_s3_writes),
    "GetBucketRequestPayment": get_bucket_request_payment,
    **{f"ListBucket{kind}Configurations": none_configured for kind in KINDS},
    **{f"GetBucket{kind}Configuration": no_such_configuration for kind in KINDS},
    **{f"DeleteBucket{kind}Configuration": no_such_configuration for kind in KINDS},
}
