"""Who may do what in S3: the action that an operation needs, and its circumstances.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from cloud import moto_side
from cloud.aws_errors import AccessDeniedError
from cloud.identity import policy as engine
from cloud.identity import sigv4
from cloud.identity.context import Values, global_context
from cloud.identity.policy import Ask, Decision, Policy
from cloud.identity.principals import Principal
from cloud.s3 import acls
from cloud.s3.public_access import is_public, public_access
from cloud.wire import Request

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

# Operations whose action has another name than the operation.
ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PostObject": "PutObject",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
CREATES = {"CompleteMultipartUpload", "CopyObject", "PostObject", "PutObject"}
OF_VERSIONS = {
    "DeleteObject",
    "DeleteObjectTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectTagging",
    "PutObjectAcl",
    "PutObjectTagging",
}
OWNER_ALWAYS = {"s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"}
AMZ_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)


class Access:
    """Decides S3 requests."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def check(self, call: Call, bucket: str, key: str) -> None:
        """Let a call pass, or raise AwsError as S3 does."""
        base = request_context(call.caller, call.request, self._account)
        for action, where, name, version in needed(call, bucket, key):
            if action == "s3:ListAllMyBuckets":
                resource = "*"
            else:
                resource = f"arn:aws:s3:::{where}/{name}" if name else f"arn:aws:s3:::{where}"
            context = base | self._object_context(action, where, name, version, call.request)
            context |= conditions_context(call.name, call.request)
            self.require(call.caller, action, resource, where, name, context)

    def require(
        self,
        principal: Principal,
        action: str,
        resource: str,
        bucket: str,
        key: str,
        context: Mapping[str, Any],
    ) -> None:
        """Raise AwsError unless the principal may."""
        decision = self.decide(principal, action, resource, bucket, key, context)
        if not decision.allowed:
            ask = Ask(principal, action, (resource,), context)
            anonymous = principal.kind == "anonymous"
            raise AccessDeniedError(
                "Access Denied" if anonymous else engine.denial(ask, decision, quoted=True)
            )

    def decide(
        self,
        principal: Principal,
        action: str,
        resource: str,
        bucket: str,
        key: str,
        context: Mapping[str, Any],
    ) -> Decision:
        """What policies and ACLs say together."""
        if principal.kind == "owner" and action in OWNER_ALWAYS:
            return Decision(True)  # so that nobody locks the account out of a bucket
        policies = self._bucket_policies(bucket, principal)
        decision = self._account.authorizer.decide(Ask(principal, action, (resource,), context), policies)
        if not decision.allowed and not decision.explicit and acls.grant(principal, action, bucket, key):
            return Decision(True)
        return decision

    def may(
        self, caller: Principal, request: Request, action: str, bucket: str, key: str = "", **more: str
    ) -> bool:
        """Whether somebody may do an action to a bucket, or an object in it, by way of a request.

        ``more`` are condition keys that the request does not tell.
        """
        resource, context = self._circumstances(caller, request, action, bucket, key, more)
        return self.decide(caller, action, resource, bucket, key, context).allowed

    def demand(
        self, caller: Principal, request: Request, action: str, bucket: str, key: str, **more: str
    ) -> None:
        """Raise AwsError, which says why, unless somebody may do what ``may`` asks about."""
        resource, context = self._circumstances(caller, request, action, bucket, key, more)
        self.require(caller, action, resource, bucket, key, context)

    def _circumstances(
        self, caller: Principal, request: Request, action: str, bucket: str, key: str, more: dict[str, str]
    ) -> tuple[str, Values]:
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
        context = request_context(caller, request, self._account)
        return resource, context | self._object_context(action, bucket, key, "", request) | more

    def _bucket_policies(self, bucket: str, principal: Principal) -> list[Policy]:
        if not bucket or self._account.buckets.find(bucket) is None:
            return []
        text = self._account.buckets.kept(bucket).policy
        if text is None:
            return []
        document = engine.parse(text)
        if (
            principal.kind == "anonymous"
            and public_access(bucket).restrict_public_buckets
            and is_public(document)
        ):
            return []
        return [Policy(document, "resource", "bucket policy")]

    def _object_context(self, action: str, bucket: str, key: str, version: str, request: Request) -> Values:
        found: Values = {"s3:versionid": version} if version else {}
        if action.endswith(("Object", "ObjectTagging", "ObjectVersion")) and key:
            tags = moto_side.object_tags(bucket, key, version or None)
            found |= {f"s3:existingobjecttag/{name}".lower(): value for name, value in tags.items()}
        sent = dict(parse_qsl(request.header("x-amz-tagging"), keep_blank_values=True))
        found |= {f"s3:requestobjecttag/{name}".lower(): value for name, value in sent.items()}
        return found | ({"s3:requestobjecttagkeys": tuple(sent)} if sent else {})


def conditions_context(operation: str, request: Request) -> Values:
    """The condition keys by which a policy can enforce conditions on writing and deleting objects.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
    """
    found: Values = {}
    if ACTIONS.get(operation, operation) == "PutObject":
        found["s3:objectcreationoperation"] = str(operation in CREATES).lower()
    elif operation != "DeleteObject":
        return found
    for name in ("if-match", "if-none-match"):
        if request.has_header(name):
            found[f"s3:{name}"] = request.header(name)
    return found


def needed(call: Call, bucket: str, key: str) -> Iterable[tuple[str, str, str, str]]:
    """The permissions that a call needs: (action, bucket, key, version)."""
    version = call.request.parameters.get("versionId", "")
    name = ACTIONS.get(call.name, call.name)
    if version and call.name != "HeadObject" and name in OF_VERSIONS:
        name = name.replace("Object", "ObjectVersion", 1)
    if call.name == "HeadObject" and version:
        name = "GetObjectVersion"
    if call.name == "DeleteObjects":
        return  # judged object by object
    yield f"s3:{name}", bucket, key, version
    if call.name in ("CopyObject", "UploadPartCopy"):
        source, of_version = copy_source(call.request)
        where, _, what = source.partition("/")
        yield ("s3:GetObjectVersion" if of_version else "s3:GetObject"), where, what, of_version
    if call.name in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        if call.request.has_header("x-amz-tagging"):
            yield "s3:PutObjectTagging", bucket, key, ""
        if call.request.has_header("x-amz-acl"):
            yield "s3:PutObjectAcl", bucket, key, ""
    bypasses = call.request.header("x-amz-bypass-governance-retention").lower() == "true"
    if bypasses and call.name in ("DeleteObject", "PutObjectRetention"):
        yield "s3:BypassGovernanceRetention", bucket, key, version
    deletes_if = call.request.header("if-match") if call.name == "DeleteObject" else ""
    if call.name == "GetObjectAttributes" or deletes_if not in ("", "*"):
        yield "s3:GetObject", bucket, key, version


def copy_source(request: Request) -> tuple[str, str]:
    """What a copy reads: ``bucket/key``, and the version."""
    source, _, query = request.header("x-amz-copy-source").partition("?")
    return unquote(source).removeprefix("/"), query.removeprefix("versionId=")


def request_context(principal: Principal, request: Request, account: Account) -> Values:
    """The condition keys that S3 sends with a request.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    found = global_context(principal, request, account.region)
    found["s3:resourceaccount"] = found["aws:resourceaccount"] = account.id
    query = request.parameters
    for name in ("prefix", "delimiter", "max-keys"):
        if name in query:
            found[f"s3:{name}"] = query[name]
    for name in AMZ_HEADERS:
        value = request.header(name) or query.get(name, "")
        if value:
            found[f"s3:{name}"] = value
    if request.header("authorization").startswith(sigv4.ALGORITHM):
        found |= {"s3:authtype": "REST-HEADER", "s3:signatureversion": sigv4.ALGORITHM}
        signed_at = sigv4.parse_timestamp(request.header("x-amz-date"))
    elif "X-Amz-Signature" in query:
        found |= {"s3:authtype": "REST-QUERY-STRING", "s3:signatureversion": sigv4.ALGORITHM}
        signed_at = sigv4.parse_timestamp(query["X-Amz-Date"])
    elif "Signature" in query or request.header("authorization").startswith("AWS "):
        kind = "REST-QUERY-STRING" if "Signature" in query else "REST-HEADER"
        return found | {"s3:authtype": kind, "s3:signatureversion": "AWS"}
    else:
        return found
    if signed_at is not None:
        age = account.clock.now() - account.clock.of_client(signed_at)
        found["s3:signatureage"] = str(max(0, int(age * 1000)))
    return found
