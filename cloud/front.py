"""The front: every request comes in here, and leaves with the answer that AWS would give.

request -> whose host? -> who asks? -> may they? -> website | HTTP API | S3 | an operation of ours | moto
"""

from __future__ import annotations

import traceback

from cloud import calls, operations, own
from cloud.account import Account
from cloud.aws_errors import AwsError, render
from cloud.hosts import ENDPOINT, Place, place_of
from cloud.s3 import plane
from cloud.s3.website import Website
from cloud.wire import Request, Response, json_response

LARGEST_INPUT = 70_167_211  # bytes, Lambda's limit for a call that brings code; all others are smaller


class Front:
    """Answers requests for one account."""

    def __init__(self, account: Account, port: int) -> None:
        self._account, self._port = account, port
        self._website = Website(account)
        self._s3 = plane.Plane(account)

    def answer(self, request: Request) -> Response:
        """Answer any request. What breaks in here goes to standard error; the caller hears AWS's words."""
        try:
            return self._answer(request)
        except Exception:
            traceback.print_exc()
            return render(internal_error("s3"), "rest-xml")

    def _answer(self, request: Request) -> Response:
        door = self._account.doors.place(request.port)
        place = place_of(request.header("host"), request.port, Place(*door) if door else ENDPOINT)  # type: ignore[arg-type]
        if place is None:
            return Response(421, [("Content-Type", "text/plain")], b"This host name is not served here.\n")
        if place.kind == "website":
            return self._website.answer(place.name, request)
        if place.kind == "api":
            return self._api(place.name, request)
        if place.kind == "endpoint" and request.path.startswith(own.PATHS):
            return own.answer(self._account, request)
        return self._aws(request, place.name)

    def _api(self, api_id: str, request: Request) -> Response:
        api = self._account.http_api(api_id)
        if api is None:
            return json_response(404, {"message": "Not Found"})
        try:
            return self._account.gateway.answer(api, request)
        except Exception:
            traceback.print_exc()
            return json_response(500, {"message": "Internal Server Error"})

    def _aws(self, request: Request, host_bucket: str) -> Response:
        service = "s3" if host_bucket else calls.service_of(request)
        if service == "s3":
            return self._s3.answer(request, host_bucket)
        protocol, prefix = calls.protocol_of(request, service)
        try:
            if request.size > LARGEST_INPUT:
                raise too_large(service)
            return self._operate(request, service)
        except AwsError as error:
            return render(error, protocol, prefix)
        except Exception:
            traceback.print_exc()
            return render(internal_error(service), protocol, prefix)

    def _operate(self, request: Request, service: str) -> Response:
        caller = self._account.authenticator.authenticate(request, service)
        call = calls.identify(request)
        if caller.kind == "anonymous":
            raise missing_token(service)
        call.caller = caller
        self._account.permit(call)
        return operations.answer(self._account, call)


def too_large(service: str) -> AwsError:
    """The refusal of an input beyond what any service reads: only objects of S3 may be larger than memory."""
    if service == "lambda":
        limit = f"Request must be smaller than {LARGEST_INPUT} bytes for the {service} service."
        return AwsError("RequestEntityTooLargeException", limit, 413)
    return AwsError("RequestEntityTooLarge", "The request is larger than the service accepts.", 413)


def missing_token(service: str) -> AwsError:
    """The refusal of an unsigned request, in the service's own words."""
    if service in ("iam", "sts", "sns"):
        return AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    message = (
        "Missing Authentication Token"
        if service in ("lambda", "apigatewayv2")
        else "Request is missing Authentication Token"
    )
    return AwsError("MissingAuthenticationTokenException", message, 403)


def internal_error(service: str) -> AwsError:
    """What a service says when something broke in it."""
    if service == "s3":
        return AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    code = {"lambda": "ServiceException", "sts": "InternalFailure", "iam": "ServiceFailure"}.get(
        service, "InternalServerError"
    )
    return AwsError(
        code, "The request processing has failed because of an unknown error, exception or failure.", 500
    )
