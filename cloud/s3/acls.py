"""Access control lists: what they open, and where S3 no longer takes them. New buckets have them disabled.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AccessDeniedError, AwsError
from cloud.identity.principals import Principal
from cloud.s3 import acl_grants
from cloud.s3.public_access import public_access

if TYPE_CHECKING:
    from cloud.calls import Call
    from cloud.wire import Request

PUBLIC = {"authenticated-read", "public-read", "public-read-write"}
CANNED = PUBLIC | {
    "private", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control", "log-delivery-write"
}  # fmt: skip
EVERYONE = "http://acs.amazonaws.com/groups/global/"
Grant = tuple[str, str]  # to whom (the address of a group, or an account's canonical id), and what


def disabled(bucket: str) -> bool:
    """Whether the bucket's owner owns every object, so that ACLs say nothing."""
    found = moto_side.bucket(bucket)
    return found is not None and found.ownership_rule == "BucketOwnerEnforced"


def check(call: Call, bucket: str) -> None:
    """Refuse an ACL that the bucket does not take: any when they are disabled, a public one when blocked."""
    request = call.request
    canned, granted = request.header("x-amz-acl"), list(_granted(request))
    policy: Mapping[str, Any] = {}
    if call.name in ("PutBucketAcl", "PutObjectAcl") and not canned and not granted:
        policy = call.parameters.get("AccessControlPolicy") or {}
    in_body = list(_grants(policy))
    if canned and canned not in CANNED:
        details = {"ArgumentName": "x-amz-acl", "ArgumentValue": canned}
        raise AwsError("InvalidArgument", "", 400, details)
    sets_acl = bool(canned or granted or call.name in ("PutBucketAcl", "PutObjectAcl"))
    for_the_owner = canned == "bucket-owner-full-control" or (
        in_body and all(grant == (moto_side.OWNER_ID, "FULL_CONTROL") for grant in in_body)
    )
    if sets_acl and disabled(bucket) and not for_the_owner:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
    acl_grants.check_headers(request)
    if policy:
        acl_grants.check_policy(policy)
    public = canned in PUBLIC or any(
        EVERYONE in grantee for grantee in (*granted, *(grantee for grantee, _ in in_body))
    )
    if public and public_access(bucket).block_public_acls:
        if call.caller.kind == "anonymous":
            raise AccessDeniedError
        action = "s3:PutBucketAcl" if call.name == "PutBucketAcl" else "s3:PutObjectAcl"
        resource = f"arn:aws:s3:::{bucket}"
        if "Key" in call.path_parameters:
            resource += f"/{call.path_parameters['Key']}"
        raise AccessDeniedError(
            f"User: {call.caller.arn} is not authorized to perform: {action} on resource: "
            f'"{resource}" because public access control lists (ACLs) are prevented by the BlockPublicAcls '
            "setting in S3 Block Public Access."
        )


def check_new_bucket(request: Request) -> None:
    """Refuse an ACL for a bucket that will be made with ACLs disabled, and a public one in any case."""
    canned, granted = request.header("x-amz-acl"), list(_granted(request))
    if not (granted or canned not in ("", "private")):
        return
    if request.header("x-amz-object-ownership", "BucketOwnerEnforced") == "BucketOwnerEnforced":
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message, 400)
    if canned in PUBLIC or any(EVERYONE in grantee for grantee in granted):
        message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise AwsError("InvalidBucketAclWithBlockPublicAccessError", message, 400)


def _granted(request: Request) -> Iterator[str]:
    return (request.header(name) for name in acl_grants.HEADERS if request.has_header(name))


def _grants(policy: Mapping[str, Any]) -> Iterator[Grant]:
    for grant in policy.get("Grants") or []:
        grantee = grant.get("Grantee") or {}
        yield str(grantee.get("URI") or grantee.get("ID") or ""), str(grant.get("Permission") or "")


def grant(principal: Principal, action: str, bucket: str, key: str) -> bool:
    """Whether an ACL opens the bucket or object to this caller. Disabled or ignored ACLs do not."""
    found = moto_side.bucket(bucket)
    if found is None or disabled(bucket) or public_access(bucket).ignore_public_acls:
        return False
    known = principal.kind != "anonymous"
    anyone = moto_side.acl_permissions(found.acl, authenticated=known)
    if action in ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"):
        return bool(anyone & {"READ", "FULL_CONTROL"})
    if action in ("s3:PutObject", "s3:DeleteObject"):
        return bool(anyone & {"WRITE", "FULL_CONTROL"})
    if action in ("s3:GetBucketAcl", "s3:PutBucketAcl"):
        return bool(anyone & {f"{'READ' if 'Get' in action else 'WRITE'}_ACP", "FULL_CONTROL"})
    if key:
        stored = moto_side.object_of(bucket, key)
        given = moto_side.acl_permissions(stored.acl if stored else None, authenticated=known)
        if action in ("s3:GetObject", "s3:GetObjectVersion"):
            return bool(given & {"READ", "FULL_CONTROL"})
        if action in ("s3:GetObjectAcl", "s3:PutObjectAcl"):
            return bool(given & {f"{'READ' if 'Get' in action else 'WRITE'}_ACP", "FULL_CONTROL"})
    return False
