"""What AWS answers to a signature that does not hold: S3 explains, the other services say little."""

from __future__ import annotations

from cloud.aws_errors import AccessDeniedError, AwsError
from cloud.identity import sigv4
from cloud.identity.sigv4 import Signed

SKEW_SECONDS = 15 * 60
ONE_MECHANISM = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
    "Signature query string parameter or the Authorization header should be specified"
)
LISTED_V4 = (
    "X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires"
)
LISTED_V2 = "Signature, Expires and AWSAccessKeyId"
S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
QUERY_SERVICES = {"iam", "sts", "sns"}
GLOBAL = {"iam", "sts"}


def query_error(message: str) -> AwsError:
    return AwsError("AuthorizationQueryParametersError", message, 400)


def unknown_key(service: str, access_key_id: str) -> AwsError:
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, 403, {"AWSAccessKeyId": access_key_id})
    code = "InvalidClientTokenId" if service in QUERY_SERVICES else "UnrecognizedClientException"
    return AwsError(code, "The security token included in the request is invalid.", 403)


def wrong_token(service: str, token: str) -> AwsError:
    if service == "s3" and token:
        message = "The provided token is malformed or otherwise invalid."
        return AwsError("InvalidToken", message, 400, {"Token-0": token})
    if service == "s3":
        return unknown_key(service, "")
    return unknown_key(service, "")


def expired_token(service: str, token: str) -> AwsError:
    if service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.", 400, {"Token-0": token})
    code = "ExpiredToken" if service in QUERY_SERVICES else "ExpiredTokenException"
    return AwsError(code, "The security token included in the request is expired", 403)


def mismatch(service: str, access_key_id: str, signed: Signed, provided: str) -> AwsError:
    """The refusal of a wrong signature. S3 shows what it signed, so that one can compare."""
    if service != "s3":
        code = "SignatureDoesNotMatch" if service in QUERY_SERVICES else "InvalidSignatureException"
        return AwsError(code, MISMATCH, 403)
    details = {
        "AWSAccessKeyId": access_key_id,
        "StringToSign": signed.string_to_sign,
        "SignatureProvided": provided,
        "StringToSignBytes": sigv4.hexadecimal(signed.string_to_sign),
    }
    if signed.canonical_request:
        details["CanonicalRequest"] = signed.canonical_request
        details["CanonicalRequestBytes"] = sigv4.hexadecimal(signed.canonical_request)
    return AwsError("SignatureDoesNotMatch", S3_MISMATCH, 403, details)


def malformed_header(service: str, missing: list[str], credential: str) -> AwsError:
    if service == "s3":
        message = (
            "The authorization header is malformed; the authorization header requires three components: "
            "Credential, SignedHeaders, and Signature."
            if missing
            else "The authorization header is malformed; the Credential is mal-formed; "
            'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
        return AwsError("AuthorizationHeaderMalformed", message, 400)
    code = "IncompleteSignature" if service in QUERY_SERVICES else "IncompleteSignatureException"
    if missing:
        wanted = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        return AwsError(code, wanted, 400)
    return AwsError(code, f"Credential must have exactly 5 slash-delimited elements, got {credential!r}", 400)


def missing_date(service: str) -> AwsError:
    if service == "s3":
        return AccessDeniedError("AWS authentication requires a valid Date or x-amz-date header")
    code = "IncompleteSignature" if service in QUERY_SERVICES else "IncompleteSignatureException"
    return AwsError(
        code, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.", 400
    )


def skewed(service: str, timestamp: str, when: float, now: float) -> AwsError:
    if service == "s3":
        details = {
            "RequestTime": timestamp,
            "ServerTime": sigv4.iso_timestamp(now),
            "MaxAllowedSkewMilliseconds": str(SKEW_SECONDS * 1000),
        }
        message = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", message, 403, details)
    code = "SignatureDoesNotMatch" if service in QUERY_SERVICES else "InvalidSignatureException"
    limit = sigv4.format_timestamp(now + (SKEW_SECONDS if when > now else -SKEW_SECONDS))
    late = "not yet current" if when > now else "expired"
    side = "later" if when > now else "earlier"
    sign = "+" if when > now else "-"
    message = f"Signature {late}: {timestamp} is {'still' if when > now else 'now'} {side} than {limit} "
    return AwsError(code, f"{message}({sigv4.format_timestamp(now)} {sign} 15 min.)", 403)


def wrong_content_hash(stated: str, computed: str) -> AwsError:
    details = {"ClientComputedContentSHA256": stated, "S3ComputedContentSHA256": computed}
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."
    return AwsError("XAmzContentSHA256Mismatch", message, 400, details)
