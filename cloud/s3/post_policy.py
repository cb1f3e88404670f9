"""The policy of a browser form: what its fields may hold, how large the file may be, and until when.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cloud.aws_errors import AccessDeniedError, AwsError
from cloud.s3 import content

NOT_JUDGED = {"awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"}
OPERATORS = ("eq", "starts-with", "content-length-range")


def read(encoded: str) -> Mapping[str, Any]:
    """Read a policy. Raises AwsError when it is not base64 of a JSON object with an end and conditions."""
    try:
        text = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise invalid("invalid Base64 encoding.") from None
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("Invalid JSON.") from None
    if not isinstance(policy, dict):
        raise invalid("Invalid JSON.")
    for name in ("expiration", "conditions"):
        if name not in policy:
            raise invalid(f"Policy missing {name}.")
    if unknown := [name for name in policy if name not in ("expiration", "conditions")]:
        raise invalid(f'Unexpected: "{unknown[0]}"')
    if not isinstance(policy["conditions"], list):
        raise invalid("Invalid 'conditions' value: must be a List.")
    for condition in policy["conditions"]:
        _check_form(condition)
    return policy


def _check_form(condition: Any) -> None:
    """Refuse what is no condition, whatever the form says. The words are S3's."""
    match condition:
        case dict() if len(condition) != 1:
            raise invalid(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            )
        case dict() if not all(isinstance(wanted, str) for wanted in condition.values()):
            raise invalid("Invalid Simple-Condition: value must be a string.")
        case dict():
            pass
        case [str(operator), *arguments]:
            if operator.lower() not in OPERATORS:
                raise invalid(f"Invalid Condition: unknown operation '{operator}'.")
            if len(arguments) != 2:
                raise invalid(f"Invalid {operator}: wrong number of arguments.")
        case list():
            raise invalid("Invalid Condition: missing operation identifier.")
        case _:
            raise invalid("Invalid condition test: must be a List or Object.")


def invalid(why: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {why}", 400)


def failed(why: str) -> AwsError:
    return AccessDeniedError(f"Invalid according to Policy: {why}")


def check(
    policy: Mapping[str, Any],
    sent: Mapping[str, str],
    fields: Mapping[str, str],
    size: int,
    bucket: str,
    now: float,
) -> None:
    """Hold a form against its policy: fields as sent, and with the file's name filled in. Raises AwsError."""
    if moment(policy["expiration"]) <= now:
        raise failed("Policy expired.")
    covered = set(NOT_JUDGED)
    for condition in policy["conditions"]:
        for operator, name, wanted in _each(condition):
            if operator == "content-length-range":
                _check_size(condition, name, wanted, size)
                continue
            covered.add(name.lower())
            values = {bucket} if name.lower() == "bucket" else {
                form.get(name.lower(), "") for form in (sent, fields)
            }  # fmt: skip
            if not any(_satisfies(operator, name.lower(), wanted, value) for value in values):
                shown = json.dumps([operator, f"${name}", wanted], ensure_ascii=False)
                raise failed(f"Policy Condition failed: {shown}")
    for name in ("bucket", *fields):  # every policy speaks of its bucket
        if name not in covered and not name.startswith("x-ignore-"):
            raise failed(f"Extra input fields: {name}")


def _satisfies(operator: str, name: str, wanted: str, value: str) -> bool:
    """Whether a field's value is as a condition wants it. Of several content types, each must be.

    >>> _satisfies("starts-with", "content-type", "image/", "image/png,text/html")
    False
    """
    if operator == "eq":
        return value == wanted
    values = value.split(",") if name == "content-type" else [value]
    return all(
        one.strip().startswith(wanted) if len(values) > 1 else one.startswith(wanted) for one in values
    )


def _each(condition: Any) -> Iterator[tuple[str, str, Any]]:
    """A condition as (operator, field, value); a mapping means equality. Raises AwsError for others."""
    match condition:
        case dict():
            yield from (("eq", name, wanted) for name, wanted in condition.items())
        case [str(operator), least, most] if operator.lower() == "content-length-range":
            yield "content-length-range", least, most
        case [str(operator), str(name), str(wanted)] if operator.lower() in (
            "eq",
            "starts-with",
        ) and name.startswith("$"):
            yield operator.lower(), name[1:], wanted
        case _:
            raise failed(f"Policy Condition failed: {json.dumps(condition, ensure_ascii=False)}")


def _check_size(condition: Any, least: Any, most: Any, size: int) -> None:
    try:
        low, high = int(least), int(most)
    except (TypeError, ValueError, OverflowError):
        raise failed(f"Policy Condition failed: {json.dumps(condition)}") from None
    if size < low:
        details = {"ProposedSize": str(size), "MinSizeAllowed": str(low)}
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", message, 400, details)
    if size > high:
        raise content.too_large(size, high)


def moment(text: Any) -> float:
    """The end of a policy, in seconds since 1970. Raises AwsError."""
    try:
        when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        raise invalid(f"Invalid 'expiration' value: '{text}'") from None
