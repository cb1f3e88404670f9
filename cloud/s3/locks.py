"""Object Lock: until when versions may not be deleted, and holds without an end.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
The words of the refusals are also those of https://github.com/versity/versitygw (s3err).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3.arguments import invalid_argument
from cloud.s3.objects import found
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MODE, UNTIL, HOLD = (f"x-amz-object-lock-{name}" for name in ("mode", "retain-until-date", "legal-hold"))
MODES = ("COMPLIANCE", "GOVERNANCE")
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"  # how moto wants dates


def check_write(request: Request, bucket: str, *, has_digest: bool = True) -> Request:
    """Let an object be written with the lock that a request asks for. Raises AwsError.

    The request comes back with its date in moto's form. ``has_digest``: the request states a digest, which
    locked objects need.
    """
    mode, until, hold = of_header(request)
    if not (mode or until or hold):
        if moto_side.locks_by_default(bucket) and not has_digest:
            raise _needs_digest()
        return request
    if hold not in ("", "ON", "OFF"):
        raise invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", HOLD, hold)
    if mode not in ("", *MODES):
        raise invalid_argument("Unknown wormMode directive.", MODE, mode)
    if bool(mode) != bool(until):
        message = f"{UNTIL} and {MODE} must both be supplied."
        raise invalid_argument(message, MODE if until else UNTIL)
    if not moto_side.takes_locks(bucket):
        raise AwsError("InvalidRequest", "Bucket is missing ObjectLockConfiguration", 400)
    if not has_digest:
        raise _needs_digest()
    if not until:
        return request
    kept = [item for item in request.headers if item[0] != UNTIL]
    return replace(request, headers=[*kept, (UNTIL, _future(until, UNTIL).strftime(WRITTEN))])


def of_header(request: Request) -> tuple[str, str, str]:
    """Mode, date and legal hold as the headers say them; what they don't say is empty."""
    return request.header(MODE), request.header(UNTIL), request.header(HOLD)


def for_moto(request: Request) -> Request:
    """The request with a digest's header, which moto asks for where there are locks. It is not looked at."""
    return replace(request, headers=[*request.headers, ("content-md5", "checked")])


def _needs_digest() -> AwsError:
    start = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests"
    return AwsError("InvalidRequest", f"{start} with Object Lock parameters", 400)


def _future(text: str, name: str) -> datetime:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        message = "The retain until date must be provided in ISO 8601 format"
        raise invalid_argument(message, name, text) from None
    date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    if date <= datetime.now(UTC):
        raise invalid_argument("The retain until date must be in the future!", name, text)
    return date


def get_object_retention(account: Account, call: Call) -> Response:
    stored = _stored(account, call)
    if not stored.lock_mode:
        raise _unlocked()
    return call.answer({"Retention": {"Mode": stored.lock_mode, "RetainUntilDate": _date(stored)}})


def get_object_legal_hold(account: Account, call: Call) -> Response:
    stored = _stored(account, call)
    if not stored.lock_legal_status:
        raise _unlocked()
    return call.answer({"LegalHold": {"Status": stored.lock_legal_status}})


def put_object_retention(account: Account, call: Call) -> Response:
    """Keep a version for longer; for less long only in governance mode, by who may bypass it."""
    stored, asked = _stored(account, call), call.parameters.get("Retention") or {}
    date, mode = asked.get("RetainUntilDate"), asked.get("Mode")
    until = _future(date.isoformat(), "RetainUntilDate") if date else None
    weaker = mode != stored.lock_mode or until is None or until.replace(tzinfo=None) < _date(stored)
    if stored.lock_mode and weaker and stored.is_locked(bypasses(call.request)):
        raise protected()
    moto_side.retain(stored, mode, until.strftime(WRITTEN) if until else None)
    return Response(200)


def put_object_legal_hold(account: Account, call: Call) -> Response:
    stored = _stored(account, call)
    stored.lock_legal_status = call.parameters["LegalHold"]["Status"]
    return Response(200)


def _date(stored: Any) -> datetime:
    until = stored.lock_until
    return datetime.fromisoformat(until).replace(tzinfo=None) if until else datetime.min


def _stored(account: Account, call: Call) -> Any:
    if not moto_side.takes_locks(call.path_parameters["Bucket"]):
        raise AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration", 400)
    return found(account, call)


def _unlocked() -> AwsError:
    message = "The specified object does not have a ObjectLock configuration"
    return AwsError("NoSuchObjectLockConfiguration", message, 404)


def bypasses(request: Request) -> bool:
    """Whether a request asks to get round governance mode."""
    return request.header("x-amz-bypass-governance-retention").lower() == "true"


def protected() -> AwsError:
    return AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403)


HANDLERS = {
    "GetObjectLegalHold": get_object_legal_hold,
    "GetObjectRetention": get_object_retention,
    "PutObjectLegalHold": put_object_legal_hold,
    "PutObjectRetention": put_object_retention,
}
