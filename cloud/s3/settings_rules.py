"""Settings of buckets and objects that S3 refuses although their XML is what its model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud import moto_side
from cloud.aws_errors import AccessDeniedError, AwsError, malformed_xml
from cloud.s3.arguments import invalid_argument
from cloud.s3.objects import missing
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def put_bucket_versioning(account: Account, call: Call) -> Response:
    """Turn versions on, or stop making new ones.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
    """
    asked = call.parameters["VersioningConfiguration"]
    if "Status" not in asked:
        message = "The Versioning element must be specified"
        raise AwsError("IllegalVersioningConfigurationException", message, 400)
    if asked.get("MFADelete") == "Enabled":
        raise AccessDeniedError("Mfa Authentication must be used for this request")
    locked = account.buckets.find(call.path_parameters["Bucket"]).object_lock_enabled  # type: ignore[union-attr]
    if locked and asked["Status"] != "Enabled":
        start = "An Object Lock configuration is present on this bucket, so the versioning state"
        raise AwsError("InvalidBucketState", f"{start} cannot be changed.", 409)
    return account.forward(call)


def put_bucket_encryption(account: Account, call: Call) -> Response:
    """Say how objects are encrypted by default: there is one rule, and AWS KMS alone has keys to name.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    rules = call.parameters["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) != 1:
        raise malformed_xml()
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    if default.get("KMSMasterKeyID") and not default["SSEAlgorithm"].startswith("aws:kms"):
        start = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms"
        raise invalid_argument(f"{start} or aws:kms:dsse", "ApplyServerSideEncryptionByDefault")
    return account.forward(call)


def put_bucket_ownership_controls(account: Account, call: Call) -> Response:
    """Say who owns objects that others upload: there is one rule."""
    if len(call.parameters["OwnershipControls"]["Rules"]) != 1:
        raise malformed_xml()
    return account.forward(call)


def restore_object(account: Account, call: Call) -> Response:
    """Bring an archived object back for some days."""
    bucket, key = call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = call.request.parameters.get("versionId")
    if moto_side.object_of(bucket, key, version) is None:
        raise missing(account, call, bucket, key, version)
    days = call.parameters["RestoreRequest"].get("Days")
    if days is not None and days < 1:
        raise invalid_argument("restoration days should be at least 1", "Days", str(days))
    return account.forward(call)


HANDLERS = {
    "PutBucketEncryption": put_bucket_encryption,
    "PutBucketOwnershipControls": put_bucket_ownership_controls,
    "PutBucketVersioning": put_bucket_versioning,
    "RestoreObject": restore_object,
}
