"""Payloads: what Lambda takes as an event, and how it refuses the rest.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json

from cloud.aws_errors import AwsError
from cloud.functions.json_reader import DefectError, JsonReader
from cloud.functions.refusals import refused

LARGEST_SYNC = 6 * 1024 * 1024  # bytes
LARGEST_EVENT = 1024 * 1024  # bytes; 256 KB until October 2025
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def check_size(payload: bytes, kind: str) -> None:
    """Refuse a payload that is too large for the invocation type.

    The SDK's model calls the error RequestTooLargeException; what arrives from Lambda has another name:
    https://github.com/ASFHyP3/hyp3/issues/2241, https://github.com/awslabs/aws-athena-query-federation/issues/793
    """
    if kind == "Event" and len(payload) > LARGEST_EVENT:
        size = f"{len(payload)} byte payload is too large for the Event invocation type"
        raise _too_large(f"{size} (limit {LARGEST_EVENT} bytes)")
    if len(payload) > LARGEST_SYNC:
        raise _too_large(
            f"Request must be smaller than {LARGEST_SYNC} bytes for the InvokeFunction operation"
        )


def _too_large(message: str) -> AwsError:
    return refused("RequestEntityTooLargeException", message, 413)


def check_json(payload: bytes) -> None:
    """Refuse a payload that is not JSON, in Jackson's words, which Lambda repeats.

    NaN and Infinity, which Python takes, are refused. So is what follows a first value; what Lambda does with
    that is not documented.
    """
    try:
        json.loads(payload.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        try:
            JsonReader(payload.removeprefix(BYTE_ORDER_MARK)).read()
        except DefectError as error:
            message = f"Could not parse request body into json: Could not parse payload into json: {error}"
            raise refused("InvalidRequestContentException", message) from None


def _refuse(name: str) -> None:
    raise ValueError(name)
