"""What AWS answers when it refuses: codes and messages in AWS's words, in each service's own format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

from cloud.ids import host_id, request_id, s3_request_id
from cloud.wire import Headers, Response


class AwsError(Exception):
    """A refusal, as AWS would answer it.

    ``code`` and ``message`` are AWS's own; ``status`` is the HTTP status. ``details`` are further members of
    the error: elements in S3's XML (``Key``, ``StringToSign`` ...), members in JSON (``Reason``).
    """

    def __init__(
        self, code: str, message: str, status: int = 400, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.details = dict(details or {})
        self.headers: Headers = []


class NoSuchBucketError(AwsError):
    """The bucket that a request names does not exist."""

    def __init__(self, bucket: str) -> None:
        super().__init__("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": bucket})


class AccessDeniedError(AwsError):
    """S3's refusal of a request that it may not explain to the caller."""

    def __init__(self, message: str = "Access Denied", details: Mapping[str, str] | None = None) -> None:
        super().__init__("AccessDenied", message, 403, details)


def malformed_xml() -> AwsError:
    """S3's refusal of a body that is not the XML it expects."""
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", message, 400)


def render(error: AwsError, protocol: str, target_prefix: str = "") -> Response:
    """Write an error in the format of a protocol: rest-xml (S3), query, json or rest-json.

    >>> render(AwsError("NoSuchBucket", "The specified bucket does not exist", 404), "rest-json").content
    b'{"message": "The specified bucket does not exist"}'
    """
    match protocol:
        case "rest-xml":
            response = _s3_xml(error)
        case "query" | "ec2":
            response = _query_xml(error)
        case "json":
            response = _json(error, target_prefix)
        case _:
            response = _rest_json(error)
    response.headers += error.headers
    return response


def _s3_xml(error: AwsError) -> Response:
    request, host = s3_request_id(), host_id()
    members = {"Code": error.code, "Message": error.message} | error.details
    members |= {"RequestId": request, "HostId": host}
    inside = "".join(f"<{name}>{xml_text(value)}</{name}>" for name, value in members.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
    headers = [("Content-Type", "application/xml"), ("x-amz-request-id", request), ("x-amz-id-2", host)]
    return Response(error.status, headers, body.encode())


def xml_text(value: str) -> str:
    """Escape text for XML, without the control characters that XML 1.0 cannot hold."""
    allowed = "".join(character for character in value if character >= " " or character in "\t\n\r")
    return escape(allowed.encode("utf-8", "replace").decode(), {'"': "&quot;"})


def _query_xml(error: AwsError) -> Response:
    fault, request = ("Sender" if error.status < 500 else "Receiver"), request_id()
    body = (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{xml_text(error.code)}</Code>"
        f"<Message>{xml_text(error.message)}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
    )
    return Response(
        error.status, [("Content-Type", "text/xml"), ("x-amzn-RequestId", request)], body.encode()
    )


def _json(error: AwsError, target_prefix: str) -> Response:
    kind = f"{_NAMESPACES.get(target_prefix, '')}{error.code}"
    if error.code in _CORAL and target_prefix in _NAMESPACES:
        kind = f"com.amazon.coral.service#{error.code}"
    body = json.dumps({"__type": kind, **_told(error)})
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", request_id())]
    return Response(error.status if error.status >= 500 else 400, headers, body.encode())


def _rest_json(error: AwsError) -> Response:
    body = json.dumps(_told(error))
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", request_id())]
    return Response(error.status, [*headers, ("x-amzn-ErrorType", error.code)], body.encode())


def _told(error: AwsError) -> dict[str, str]:
    """What an error in JSON says; of what could not be read, another layer, with a capital letter."""
    if error.code == "SerializationException":
        return {"Message": error.message} if error.message else {}
    return {"message": error.message, **error.details}


_NAMESPACES = {
    "DynamoDB_20120810": "com.amazonaws.dynamodb.v20120810#",
    "AmazonSQS": "com.amazonaws.sqs#",
}
_CORAL = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnrecognizedClientException",
    "ValidationException",
}
