"""What is wrong with a call's input, as AWS's own service models see it, and how each service says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.validate import ParamValidator

from cloud import json_bodies
from cloud.aws_errors import AwsError, malformed_xml
from cloud.wire import Response

MISSING = re.compile(r'Missing required parameter in (\S+): "(\S+)"')
WRONG_TYPE = re.compile(r"Invalid type for parameter (\S*), value: .*, type: .*, (valid types: .*)", re.S)
UNWRITABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML has no way to write these, moto tries
CODES = {
    "apigatewayv2": "BadRequestException",
    "cloudwatch": "ValidationError",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "s3": "InvalidRequest",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "sts": "ValidationError",
}


def without_nulls(value: Any) -> Any:
    """JSON's null stands for a member that is not there."""
    if isinstance(value, Mapping):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


def check_types(body: bytes, shape: Any, service: str, protocol: str) -> None:
    """Raise AwsError when a JSON body has a value of another type than the model says.

    API Gateway has one sentence for all, of REST APIs at least: https://github.com/aws/aws-sdk-js/issues/2588.
    """
    if protocol not in ("json", "rest-json") or shape is None:
        return
    try:
        json_bodies.check(body, shape, service)
    except AwsError:
        if service == "apigatewayv2":
            raise AwsError("BadRequestException", "Invalid request input") from None
        raise


def check(given: Mapping[str, Any], shape: Any, service: str, protocol: str) -> None:
    """Raise AwsError when a required value is not there, or one of a form or of XML is of another type."""
    errors = ParamValidator().validate(given, shape) if shape is not None else None
    if errors is None or not errors.has_errors():
        return
    report = errors.generate_report().splitlines()
    if wrong := next(filter(None, map(WRONG_TYPE.match, report)), None):
        raise malformed(service, protocol, f"{wrong[1] or 'The request'} is of the wrong type, {wrong[2]}")
    if missing := next(filter(None, map(MISSING.match, report)), None):
        text = missing_text(missing[1], missing[2])
        raise malformed(service, protocol, text) if protocol == "rest-xml" else invalid(service, text)


def missing_text(where: str, name: str) -> str:
    """AWS's words for a member that is not there.

    >>> missing_text("AttributeDefinitions[0]", "AttributeName").partition(" failed")[0]
    "1 validation error detected: Value null at 'attributeDefinitions.1.member.attributeName'"
    """
    parts = [] if where == "input" else where.strip(".").split(".")
    numbered = (re.sub(r"\[(\d+)\]", _member, part) for part in (*parts, name))
    path = ".".join(part[:1].lower() + part[1:] for part in numbered)
    start = f"1 validation error detected: Value null at '{path}' failed to satisfy constraint"
    return f"{start}: Member must not be null"


def _member(found: re.Match[str]) -> str:
    return f".{int(found[1]) + 1}.member"


def invalid(service: str, text: str) -> AwsError:
    """The refusal of a value that makes no sense."""
    return AwsError(CODES.get(service, "ValidationException"), text, 400)


def malformed(service: str, protocol: str, error: Exception | str) -> AwsError:
    """The refusal of an input that cannot be read."""
    if protocol == "rest-xml":
        return malformed_xml()
    if service == "apigatewayv2":
        return AwsError("BadRequestException", "Invalid request input")
    if protocol == "query":
        return AwsError("MalformedInput", f"The request could not be parsed: {error}")
    return AwsError("SerializationException", "")


def stumbled(service: str, error: Exception) -> AwsError:
    """What a service says of an input that moto stumbled over, which AWS refuses with a reason of its own."""
    if isinstance(error, NotImplementedError):
        return AwsError("NotImplemented", f"The embedded cloud has no such operation of {service}.", 501)
    return invalid(service, f"The request could not be processed: {type(error).__name__}: {error}"[:500])


def worded(response: Response, service: str) -> Response:
    """Moto's answer, where moto has AWS's words for it. Raises AwsError where it has only a page of HTML.

    An error in JSON without its type would reach boto3 without a code.
    """
    kind = response.header("Content-Type")
    if response.status < 400 or service == "s3":
        return response
    if kind.startswith("text/html"):
        raise stumbled(service, NotImplementedError())
    if "xml" in kind:
        response.body = UNWRITABLE.sub(b"", response.content)
    if kind == "text":  # moto's word for JSON with a type
        kind = "application/x-amz-json-1.0"
        response.set("Content-Type", kind)
    if "json" in kind and b"__type" not in response.content and not response.header("x-amzn-ErrorType"):
        missing = response.status == 404
        response.set(
            "x-amzn-ErrorType", "ResourceNotFoundException" if missing else invalid(service, "").code
        )
    return response
