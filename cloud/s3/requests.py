"""What is looked at in every request about an object, before anything is done: key, version, headers.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from cloud.aws_errors import AwsError
from cloud.s3.arguments import VERSION_ID, invalid_argument

if TYPE_CHECKING:
    from cloud.calls import Call
    from cloud.wire import Request

LONGEST_KEY = 1024  # bytes
MOST_METADATA = 2048  # bytes of names and values together
WRITES = {"CopyObject", "CreateMultipartUpload", "PutObject"}
STORAGE_CLASSES = {
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
    "GLACIER_IR", "DEEP_ARCHIVE",
}  # fmt: skip
ENCRYPTION = "x-amz-server-side-encryption"
ENCRYPTIONS = {"", "AES256", "aws:kms", "aws:kms:dsse"}
OWN_KEYS = ("x-amz-server-side-encryption-customer-", "x-amz-copy-source-server-side-encryption-customer-")


def check(call: Call) -> None:
    """Let a request about an object pass, or raise AwsError."""
    _check_uri(call.request)
    key = str(call.path_parameters.get("Key", ""))
    if len(key.encode()) > LONGEST_KEY:
        details = {"Size": str(len(key.encode())), "MaxSizeAllowed": str(LONGEST_KEY)}
        raise AwsError("KeyTooLongError", "Your key is too long", 400, details)
    if key and "versionId" in call.request.parameters:
        check_version(call.request.parameters["versionId"], "versionId")
    if any(name.startswith(OWN_KEYS) for name, _ in call.request.headers):
        start = "Requests specifying Server Side Encryption with Customer provided keys"
        raise AwsError("InvalidRequest", f"{start} must be made over a secure connection.", 400)
    if call.name in WRITES:
        _check_headers(call.request)
        _check_metadata(call.request)
    if call.name in ("CopyObject", "UploadPartCopy"):
        _check_source(call.request)
    for given, lacking in (("partNumber", "uploadId"), ("uploadId", "partNumber")):
        if call.name in ("CopyObject", "PutObject") and given in call.request.parameters:
            message = f"This operation does not accept {given} without {lacking}"
            raise invalid_argument(message, given, call.request.parameters[given])


def _check_uri(request: Request) -> None:
    """Refuse a path that is no text: keys are sequences of Unicode characters.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (InvalidURI)
    """
    try:
        unquote_to_bytes(request.path).decode()
    except UnicodeDecodeError:
        details = {"URI": request.path}
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400, details) from None


def check_version(version: str, name: str) -> None:
    """Refuse what cannot be a version's id: an empty one, or one of another form than S3's."""
    if not version:
        raise invalid_argument("Version id cannot be the empty string", name, version)
    if not VERSION_ID.fullmatch(version):
        raise invalid_argument("Invalid version id specified", name, version)


def _check_headers(request: Request) -> None:
    """Refuse headers whose value is none of those that there are."""
    storage = request.header("x-amz-storage-class", "STANDARD")
    if storage not in STORAGE_CLASSES:
        message = "The storage class you specified is not valid"
        raise AwsError("InvalidStorageClass", message, 400, {"StorageClassRequested": storage})
    encryption = request.header(ENCRYPTION)
    if encryption not in ENCRYPTIONS:
        raise invalid_argument("The encryption method specified is not supported", ENCRYPTION, encryption)
    if request.header(f"{ENCRYPTION}-aws-kms-key-id") and not encryption.startswith("aws:kms"):
        start = "Server Side Encryption with AWS KMS managed key requires HTTP header"
        raise invalid_argument(f"{start} {ENCRYPTION} : aws:kms", ENCRYPTION, encryption)
    for kind in ("metadata", "tagging"):
        directive = request.header(f"x-amz-{kind}-directive", "COPY")
        if directive not in ("COPY", "REPLACE"):
            raise invalid_argument(f"Unknown {kind} directive.", f"x-amz-{kind}-directive", directive)


def _check_metadata(request: Request) -> None:
    """Refuse more metadata than an object may have.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    start = "x-amz-meta-"
    sizes = [len(name) - len(start) + len(value.encode("latin-1", "replace"))
             for name, value in request.headers if name.startswith(start)]  # fmt: skip
    if sum(sizes) > MOST_METADATA:
        message = "Your metadata headers exceed the maximum allowed metadata size"
        details = {"Size": str(sum(sizes)), "MaxSizeAllowed": str(MOST_METADATA)}
        raise AwsError("MetadataTooLarge", message, 400, details)


def _check_source(request: Request) -> None:
    """Refuse a copy whose source is not ``bucket/key``, perhaps with a version.

    Measured: https://github.com/jchristn/S3Server (Compatibility, recorded from Amazon S3)
    """
    header = "x-amz-copy-source"
    where, _, query = request.header(header).partition("?")
    bucket, _, key = unquote(where).removeprefix("/").partition("/")
    if not bucket:
        raise invalid_argument("Invalid copy source bucket name", header, request.header(header))
    if not key:
        raise invalid_argument("Invalid copy source object key", header, request.header(header))
    if query.startswith("versionId="):
        check_version(query.removeprefix("versionId="), header)
