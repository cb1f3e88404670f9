"""Arguments of S3's requests that are not what they should be, in S3's words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloud.aws_errors import AwsError
from cloud.wire import Request

LARGEST = 2**31 - 1
MOST_PARTS = 10_000  # of an upload
VERSION_ID = re.compile(r"null|[\w.]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # S3's, and moto's


def invalid_argument(message: str, name: str, value: str | None = None) -> AwsError:
    """The refusal of an argument; ``value`` is told where S3 tells it."""
    details = {"ArgumentName": name} | ({} if value is None else {"ArgumentValue": value})
    return AwsError("InvalidArgument", message, 400, details)


def whole_number(
    given: Mapping[str, str],
    name: str,
    otherwise: int,
    *,
    spelled: str = "",
    negative: AwsError | None = None,
) -> int:
    """The number that an argument states, or ``otherwise`` where it states none. Raises AwsError.

    A number below zero is refused under the name ``spelled``, or with ``negative``. Both wordings are S3's:
    https://github.com/jchristn/S3Server (Compatibility, recorded from Amazon S3)

    >>> whole_number({"max-keys": "7"}, "max-keys", 1000), whole_number({"max-keys": ""}, "max-keys", 1000)
    (7, 1000)
    """
    text = given.get(name) or str(otherwise)
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text) or not -LARGEST - 1 <= int(text) <= LARGEST:
        raise invalid_argument(f"Provided {name} not an integer or within integer range", name, text)
    if int(text) < 0:
        spelled = spelled or name
        message = f"Argument {spelled} must be an integer between 0 and {LARGEST}"
        raise negative or invalid_argument(message, spelled, text)
    return int(text)


def part_number(request: Request) -> int:
    """The number of a part that a request names. Raises AwsError where it is none."""
    text = request.parameters.get("partNumber", "")
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= MOST_PARTS:
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise invalid_argument(message, "partNumber", text)
    return int(text)
