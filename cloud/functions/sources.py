"""Where the package of a function comes from: the request itself, or an object in a bucket.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions import packages
from cloud.functions.refusals import refused
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Policy

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def package(account: Account, call: Call, code: Mapping[str, Any]) -> bytes:
    """The zip that a request brings or names. Raises AwsError where Lambda would not take it."""
    given = code.get("ZipFile") or b""
    bucket, key = code.get("S3Bucket") or "", code.get("S3Key") or ""
    if given and (bucket or key):
        message = "Please do not provide other FunctionCode parameters when providing a ZipFile."
        raise refused("InvalidParameterValueException", message)
    if not given and not (bucket and key):
        raise refused("InvalidParameterValueException", "Please provide a source for function code.")
    content = given or _of_bucket(account, call, bucket, key, code.get("S3ObjectVersion") or "")
    try:
        packages.check(content)
    except packages.PackageError as error:
        raise refused("InvalidParameterValueException", str(error)) from None
    return content


def _of_bucket(account: Account, call: Call, bucket: str, key: str, version: str) -> bytes:
    """An object, read with the rights of whoever asks for the function."""
    if moto_side.bucket(bucket) is None:
        raise _not_read("NoSuchBucket", "The specified bucket does not exist")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    _check_right(account, call, action, bucket, key)
    stored = moto_side.object_of(bucket, key, version or None)
    if stored is None and version:
        raise _not_read("NoSuchVersion", "The specified version does not exist.")
    if stored is None:
        _check_right(account, call, "s3:ListBucket", bucket, key)  # who has it not is told no more
        raise _not_read("NoSuchKey", "The specified key does not exist.")
    return b"".join(moto_side.read_content(stored))


def _not_read(code: str, message: str) -> Exception:
    """https://github.com/aws-solutions/aws-waf-security-automations/issues/135"""
    text = f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    return refused("InvalidParameterValueException", text)


def _check_right(account: Account, call: Call, action: str, bucket: str, key: str) -> None:
    resource = f"arn:aws:s3:::{bucket}" if action == "s3:ListBucket" else f"arn:aws:s3:::{bucket}/{key}"
    text = account.buckets.kept(bucket).policy
    policies = [Policy(engine.parse(text), "resource", "bucket policy")] if text else []
    ask = Ask(call.caller, action, (resource,), account.context(call))
    decision = account.authorizer.decide(ask, policies)
    if not decision.allowed:
        message = (
            "Your access has been denied by S3, please make sure your request credentials have permission to "
            f"GetObject for {bucket}/{key}. S3 Error Code: AccessDenied. "
            f"S3 Error Message: {engine.denial(ask, decision, quoted=True)}"
        )
        raise refused("AccessDeniedException", message, 403)
