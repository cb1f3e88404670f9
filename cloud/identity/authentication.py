"""Who is asking: signed headers and presigned URLs of both signature versions; everybody else is anonymous.

Every refusal is worded as the service would word it: S3 explains, the others say little.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

from botocore.auth import HmacV1Auth
from botocore.compat import HTTPHeaders, urlsplit

from cloud import aws_chunked
from cloud.aws_errors import AccessDeniedError, AwsError
from cloud.clock import Clock
from cloud.identity import sigv4
from cloud.identity.credentials import Credential, Keyring
from cloud.identity.principals import ANONYMOUS, Principal
from cloud.identity.refusals import (
    GLOBAL,
    LISTED_V2,
    LISTED_V4,
    ONE_MECHANISM,
    QUERY_SERVICES,
    SKEW_SECONDS,
    expired_token,
    malformed_header,
    mismatch,
    missing_date,
    query_error,
    skewed,
    unknown_key,
    wrong_content_hash,
    wrong_token,
)
from cloud.identity.sigv4 import Scope, Signed
from cloud.wire import BLOCK, Request

LONGEST_EXPIRY = 604_800  # seven days, in seconds
V4_PARAMETERS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
V2_PARAMETERS = ("Signature", "Expires", "AWSAccessKeyId")


class ReceivedV2(HmacV1Auth):  # type: ignore[misc]
    """What signature version 2 signs, of a request that somebody else dated."""

    def __init__(self, date: str) -> None:
        super().__init__(None)
        self._date = date

    def _get_date(self) -> str:
        return self._date


class Authenticator:
    """Tells who signed a request, or refuses it."""

    def __init__(self, keyring: Keyring, clock: Clock, region: str) -> None:
        self._keyring, self._clock, self._region = keyring, clock, region

    def authenticate(self, request: Request, service: str, bucket: str = "") -> Principal:
        """Return the principal behind a request.

        ``bucket`` is the one that the Host header names, which signature version 2 puts into what is signed.
        Raises AwsError when the request carries a signature that does not hold.
        """
        authorization, query = request.header("authorization"), request.parameters
        if authorization and service == "s3" and ("X-Amz-Algorithm" in query or "Signature" in query):
            raise AwsError("InvalidArgument", ONE_MECHANISM, 400, {"ArgumentName": "Authorization"})
        if authorization.startswith(sigv4.ALGORITHM):
            return self._v4_header(request, service)
        if authorization.startswith("AWS ") and service == "s3":
            return self._v2_header(request, bucket)
        if authorization and service == "s3":
            details = {"ArgumentName": "Authorization", "ArgumentValue": authorization}
            raise AwsError("InvalidArgument", "Unsupported Authorization Type", 400, details)
        if any(name in query for name in V4_PARAMETERS):
            return self._v4_query(request, service)
        if service == "s3" and any(name in query for name in V2_PARAMETERS):
            return self._v2_query(request, bucket)
        return ANONYMOUS

    def credential(self, access_key_id: str, token: str, service: str) -> Credential:
        """The credential that an access key id names, with the session token that belongs to it."""
        found = self._keyring.find(access_key_id)
        if found is None:
            raise unknown_key(service, access_key_id)
        if found.token is not None and not hmac.compare_digest(found.token.encode(), token.encode()):
            raise wrong_token(service, token)
        if found.expires is not None and found.expires <= self._clock.now():
            raise expired_token(service, token)
        return found

    def _v4_header(self, request: Request, service: str) -> Principal:
        fields = {
            name.strip(): value
            for name, _, value in (
                part.strip().partition("=")
                for part in request.header("authorization")[len(sigv4.ALGORITHM) :].split(",")
            )
        }
        missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not fields.get(name)]
        scope = Scope.parse(fields.get("Credential", ""))
        if missing or scope is None:
            raise malformed_header(service, missing, fields.get("Credential", ""))
        self._check_scope(scope, service)
        credential = self.credential(scope.access_key_id, request.header("x-amz-security-token"), service)
        timestamp = request.header("x-amz-date") or sigv4.from_http_date(request.header("date"))
        when = sigv4.parse_timestamp(timestamp)
        if when is None:
            raise missing_date(service)
        names = fields["SignedHeaders"].lower().split(";")
        check_signed_headers(request, names, service)
        payload = content_sha256(request) if service == "s3" else sha256_of(request)
        signed = sigv4.expected(request, scope, credential.secret_access_key, timestamp, names, payload)
        if not timestamp.startswith(scope.date) or not hmac.compare_digest(
            signed.signature.encode(), fields["Signature"].encode()
        ):
            raise mismatch(service, scope.access_key_id, signed, fields["Signature"])
        if abs(when - self._clock.real()) > SKEW_SECONDS:
            raise skewed(service, timestamp, when, self._clock.real())
        if service == "s3":
            key = sigv4.signing_key(credential.secret_access_key, scope)
            self._check_content(
                request, payload, lambda text: sigv4.sign(key, text), signed, scope, timestamp
            )
        return credential.principal

    def _check_scope(self, scope: Scope, service: str) -> None:
        """A signature counts in one region. IAM and STS answer for all of them from us-east-1."""
        if scope.region == self._region or (service in GLOBAL and scope.region == "us-east-1"):
            return
        if service == "s3":
            message = (
                f"The authorization header is malformed; the region '{scope.region}' is wrong; "
                f"expecting '{self._region}'"
            )
            raise AwsError("AuthorizationHeaderMalformed", message, 400, {"Region": self._region})
        code = "SignatureDoesNotMatch" if service in QUERY_SERVICES else "InvalidSignatureException"
        raise AwsError(code, f"Credential should be scoped to a valid region, not '{scope.region}'. ", 403)

    def _check_content(
        self,
        request: Request,
        payload: str,
        sign: Callable[[str], str],
        signed: Signed,
        scope: Scope,
        timestamp: str,
    ) -> None:
        """Hold an object's body against what was signed of it: its digest, or each of its chunks."""
        if payload in aws_chunked.SIGNED:
            if not aws_chunked.verify(request.body, payload, signed.signature, str(scope), timestamp, sign):
                raise mismatch("s3", scope.access_key_id, signed, signed.signature)
        elif re.fullmatch("[0-9a-f]{64}", payload) and payload != (computed := sha256_of(request)):
            raise wrong_content_hash(payload, computed)

    def _v4_query(self, request: Request, service: str) -> Principal:
        query = request.parameters
        if not all(query.get(name) for name in V4_PARAMETERS):
            raise query_error(f"Query-string authentication version 4 requires the {LISTED_V4} parameters.")
        if query["X-Amz-Algorithm"] != sigv4.ALGORITHM:
            raise query_error(f'X-Amz-Algorithm only supports "{sigv4.ALGORITHM} and AWS4-ECDSA-P256-SHA256"')
        scope = self._query_scope(query["X-Amz-Credential"], service)
        when = sigv4.parse_timestamp(query["X-Amz-Date"])
        if when is None:
            raise query_error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        if not query["X-Amz-Date"].startswith(scope.date):
            dates = f'"{scope.date}". This date is not the same as X-Amz-Date: "{query["X-Amz-Date"][:8]}".'
            raise query_error(f"Invalid credential date {dates}")
        expires = _expires(query["X-Amz-Expires"])
        credential = self.credential(scope.access_key_id, query.get("X-Amz-Security-Token", ""), service)
        names = query["X-Amz-SignedHeaders"].lower().split(";")
        if unsigned := unsigned_headers(request, names):
            message = "There were headers present in the request which were not signed"
            raise AccessDeniedError(message, {"HeadersNotSigned": unsigned})
        payload_hash = request.header("x-amz-content-sha256", sigv4.UNSIGNED_PAYLOAD)
        signed = sigv4.expected(
            request,
            scope,
            credential.secret_access_key,
            query["X-Amz-Date"],
            names,
            payload_hash if service == "s3" else sha256_of(request),
            without="X-Amz-Signature",
        )
        if not hmac.compare_digest(signed.signature.encode(), query["X-Amz-Signature"].encode()):
            raise mismatch(service, scope.access_key_id, signed, query["X-Amz-Signature"])
        signed_at = self._clock.of_client(when)
        if service != "s3" and not -SKEW_SECONDS <= signed_at - self._clock.now() <= expires:
            raise skewed(service, query["X-Amz-Date"], when, self._clock.real())
        if signed_at - self._clock.now() > SKEW_SECONDS:
            raise AccessDeniedError("Request is not valid yet", {"ServerTime": self._server_time()})
        if signed_at + expires < self._clock.now():
            raise self._has_expired(signed_at + expires, query["X-Amz-Expires"])
        return credential.principal

    def _query_scope(self, text: str, service: str) -> Scope:
        scope, prefix = Scope.parse(text), "Error parsing the X-Amz-Credential parameter; "
        if scope is None:
            raise query_error(
                f"{prefix}the Credential is mal-formed; "
                'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
            )
        if service == "s3" and scope.service != "s3":
            raise query_error(f'{prefix}incorrect service "{scope.service}". This endpoint belongs to "s3".')
        if service == "s3" and scope.region != self._region:
            raise AwsError(
                "AuthorizationQueryParametersError",
                f"{prefix}the region '{scope.region}' is wrong; expecting '{self._region}'",
                400,
                {"Region": self._region},
            )
        return scope

    def _v2_header(self, request: Request, bucket: str) -> Principal:
        access_key_id, _, signature = request.header("authorization")[4:].partition(":")
        date = request.header("x-amz-date") or request.header("date")
        when = sigv4.parse_timestamp(sigv4.from_http_date(date))
        if when is None:
            raise missing_date("s3")
        credential = self.credential(access_key_id, request.header("x-amz-security-token"), "s3")
        self._check_v2(request, bucket, credential, signature, None)
        if abs(when - self._clock.real()) > SKEW_SECONDS:
            raise skewed("s3", date, when, self._clock.real())
        return credential.principal

    def _v2_query(self, request: Request, bucket: str) -> Principal:
        query = request.parameters
        if not all(query.get(name) for name in V2_PARAMETERS):
            message = f"Query-string authentication requires the {LISTED_V2} parameters"
            raise AccessDeniedError(message)
        if not re.fullmatch(r"-?\d{1,12}", query["Expires"]):
            raise AccessDeniedError(f"Invalid date (should be seconds since epoch): {query['Expires']}")
        token = query.get("x-amz-security-token", request.header("x-amz-security-token"))
        credential = self.credential(query["AWSAccessKeyId"], token, "s3")
        self._check_v2(request, bucket, credential, query["Signature"], query["Expires"])
        # Version 2 does not say when a URL was signed: it ends in real time, whatever the cloud clock says.
        if float(query["Expires"]) < self._clock.real():
            raise self._has_expired(float(query["Expires"]))
        return credential.principal

    def _check_v2(
        self, request: Request, bucket: str, credential: Credential, signature: str, expires: str | None
    ) -> None:
        headers = HTTPHeaders()
        for name, value in request.headers:
            headers[name] = value
        for name, value in request.query_pairs if expires else ():
            if name.lower().startswith("x-amz-") and not request.has_header(name.lower()):
                headers[name.lower()] = value  # in a URL, a parameter is as good as a header
        target = f"/{bucket}{request.target}" if bucket else request.target
        path, _, query = target.partition("?")
        if path.count("/") == 1 and path != "/":  # of a bucket, version 2 signs ``/bucket/``
            path, target = f"{path}/", f"{path}/?{query}" if query else f"{path}/"
        date = expires or ("" if request.has_header("x-amz-date") else request.header("date"))
        to_sign = ReceivedV2(date).canonical_string(
            request.method, urlsplit(f"http://host{target}"), headers, auth_path=path
        )
        digest = hmac.new(credential.secret_access_key.encode(), to_sign.encode(), "sha1").digest()
        made = _base64(digest)
        if not hmac.compare_digest(made.encode(), signature.encode()):
            raise mismatch("s3", credential.access_key_id, Signed("", to_sign, made), signature)

    def _has_expired(self, ends: float, expires: str = "") -> AwsError:
        details = {"X-Amz-Expires": expires} if expires else {}
        details |= {"Expires": sigv4.iso_timestamp(ends), "ServerTime": self._server_time()}
        return AccessDeniedError("Request has expired", details)

    def _server_time(self) -> str:
        return sigv4.iso_timestamp(self._clock.now())


def sha256_of(request: Request) -> str:
    """The SHA-256 of a request's body, read block by block."""
    digest = hashlib.sha256()
    request.body.seek(0)
    while block := request.body.read(BLOCK):
        digest.update(block)
    request.body.seek(0)
    return digest.hexdigest()


def check_signed_headers(request: Request, names: Sequence[str], service: str) -> None:
    """Refuse a signature that leaves out the host, or one of the headers that say what S3 shall do."""
    if "host" not in names:
        message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        if service == "s3":
            raise AccessDeniedError("There were headers present in the request which were not signed")
        code = "SignatureDoesNotMatch" if service in QUERY_SERVICES else "InvalidSignatureException"
        raise AwsError(code, message, 403)
    unsigned = unsigned_headers(request, names) if service == "s3" else ""
    if unsigned:
        message = "There were headers present in the request which were not signed"
        raise AccessDeniedError(message, {"HeadersNotSigned": unsigned})


def unsigned_headers(request: Request, names: Sequence[str]) -> str:
    """The ``x-amz-`` headers that a signature does not cover; the digest is in every signature by itself."""
    sent = {name for name, _ in request.headers if name.startswith("x-amz-")}
    return ", ".join(sorted(sent - set(names) - {"x-amz-content-sha256"}))


def content_sha256(request: Request) -> str:
    """What an S3 request states of its body. Raises AwsError when it states nothing, or nonsense."""
    stated = request.header("x-amz-content-sha256")
    if not stated:
        raise AwsError(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400
        )
    known = (sigv4.UNSIGNED_PAYLOAD, *aws_chunked.KINDS)
    if stated not in known and not re.fullmatch("[0-9a-f]{64}", stated):
        message = f"x-amz-content-sha256 must be {', '.join(known)} or a valid sha256 value."
        details = {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": stated}
        raise AwsError("InvalidArgument", message, 400, details)
    return stated


def _expires(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise query_error("X-Amz-Expires should be a number")
    if int(text) < 0:
        raise query_error("X-Amz-Expires must be non-negative")
    if int(text) > LONGEST_EXPIRY:
        raise query_error(
            "X-Amz-Expires must be less than a week (in seconds); that is, "
            f"the given X-Amz-Expires must be less than {LONGEST_EXPIRY} seconds"
        )
    return int(text)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
