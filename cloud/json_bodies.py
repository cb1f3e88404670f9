"""A JSON body held against its service's model, and the words of the refusal of a value of another type.

Services read a body before they look at anything in it: value by value, in the order in which they stand
there, and say of the first that does not fit what they found and what they need, but not where. Most do so in
the words of one library; DynamoDB has a newer one with words of its own.

- Most: https://github.com/aarondfrancis/sidecar/issues/28 (Lambda), https://github.com/aws/aws-sdk-js-v3/issues/4080
  (Logs), and the matrix that https://github.com/aoyagikouhei/athena-local measured of Athena.
- DynamoDB: the tests that https://github.com/architect/dynalite also runs against AWS (``assertType``).

What neither tells, and a body that is no JSON at all, is refused without a message, as they do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn, Protocol

from cloud.aws_errors import AwsError

JAVA = {
    "string": "String", "boolean": "Boolean", "integer": "Integer", "long": "Long", "float": "Float",
    "double": "Double", "timestamp": "Date", "blob": "Blob",
}  # fmt: skip
NUMBERS = ("integer", "long", "float", "double")
COLLECTIONS = ("list", "map", "structure")


class Words(Protocol):
    """What is said of a value of another type. ``token`` is the parser's name of what it found."""

    map_start: str

    def scalar(self, token: str, kind: str) -> str: ...
    def blob(self, value: str, problem: str) -> str: ...
    def list_start(self, shape: Any) -> str: ...
    def expected(self, shape: Any, is_member: bool) -> str: ...


class Coral:
    """The words of the library that most services use."""

    map_start = "Start of structure or map found where not expected."

    def scalar(self, token: str, kind: str) -> str:
        token = token.replace("DECIMAL", "NUMBER")
        article = "an" if kind == "Integer" or (kind, token) == ("Boolean", "STRING_VALUE") else "a"
        return f"{token} can not be converted to {article} {kind}"

    def blob(self, value: str, problem: str) -> str:
        return f"'{value}' can not be converted to a Blob: {problem}"

    def list_start(self, _: Any) -> str:
        return "Start of list found where not expected"

    def expected(self, shape: Any, _: bool) -> str:
        return "Expected null" if shape.type_name == "structure" else f"Expected {shape.type_name} or null"


class DynamoDb:
    """DynamoDB's words."""

    map_start = "Start of structure or map found where not expected"

    def scalar(self, token: str, kind: str) -> str:
        if kind == "Blob":
            return "only base-64-encoded strings are convertible to bytes"
        if (kind, token) == ("Boolean", "STRING_VALUE"):
            return "Unexpected token received from parser"
        return f"{token} cannot be converted to {kind}"

    def blob(self, _: str, problem: str) -> str:
        return problem

    def list_start(self, shape: Any) -> str:
        word = "class " if shape.type_name != "map" else ""
        return f"Unrecognized collection type {word}{_java_type(shape)}"

    def expected(self, shape: Any, is_member: bool) -> str:
        if is_member:
            return "Unexpected field type"
        return "Unexpected value type in payload" if shape.type_name == "structure" else ""


def _java_type(shape: Any) -> str:
    """The type that stands for a shape in DynamoDB's own program."""
    match shape.type_name:
        case "structure":
            return f"com.amazonaws.dynamodb.v20120810.{shape.name}"
        case "map":
            return f"java.util.Map<java.lang.String, {_java_type(shape.value)}>"
        case "list":
            return f"java.util.List<{_java_type(shape.member)}>"
        case "blob":
            return "java.nio.ByteBuffer"
    return f"java.lang.{JAVA[shape.type_name]}"


def check(body: bytes, shape: Any, service: str) -> None:
    """Raise AwsError, a SerializationException, where a body is not of the types of an input's shape."""
    payload = shape.serialization.get("payload")
    expected = shape.members[payload] if payload else shape
    if expected.type_name not in COLLECTIONS or not body:
        return
    try:
        value = json.loads(body, parse_constant=lambda _: refuse())  # NaN, Infinity
        if not isinstance(value, (dict, list)):
            refuse()
        _check(expected, value, DynamoDb() if service == "dynamodb" else Coral(), is_member=True)
    except (ValueError, RecursionError):
        refuse()


def refuse(message: str = "") -> NoReturn:
    raise AwsError("SerializationException", message)


def _check(shape: Any, value: Any, words: Words, is_member: bool) -> None:
    """Hold a value against a shape. ``is_member``: it is a structure's own, not in a list or a map."""
    if value is None or getattr(shape, "is_document_type", False):
        return  # null stands for a value that is not there
    kind = shape.type_name
    if isinstance(value, Mapping):
        if kind not in ("map", "structure"):
            refuse(words.map_start)
        members = _members(shape) if kind == "structure" else dict.fromkeys(value, shape.value)
        for name, inner in value.items():
            if name in members:  # a name that the model does not have is passed over
                _check(members[name], inner, words, is_member=kind == "structure")
    elif isinstance(value, list):
        if kind != "list":
            refuse(words.list_start(shape))
        for inner in value:
            _check(shape.member, inner, words, is_member=False)
    elif kind in COLLECTIONS:
        refuse(words.expected(shape, is_member))
    elif not _fits(kind, value):
        refuse(words.scalar(_token(value), JAVA[kind]))
    elif kind == "blob" and len(value) % 4:
        found = f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}"
        refuse(words.blob(value, found))


@lru_cache(maxsize=4096)
def _members(structure: Any) -> dict[str, Any]:
    """The members of a structure that are in the body, by the names that they have there."""
    return {
        member.serialization.get("name", name): member
        for name, member in structure.members.items()
        if "location" not in member.serialization
    }


def _fits(kind: str, value: Any) -> bool:
    if kind in NUMBERS:  # a fraction is cut off where a whole number is wanted
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "timestamp":  # seconds, and the formats that the service reads
        return not isinstance(value, bool)
    return isinstance(value, bool if kind == "boolean" else str)


def _token(value: Any) -> str:
    """What the services' parser calls a value.

    >>> _token(True), _token(1), _token(1.5), _token("1")
    ('TRUE_VALUE', 'NUMBER_VALUE', 'DECIMAL_VALUE', 'STRING_VALUE')
    """
    if isinstance(value, bool):
        return f"{value}_VALUE".upper()
    return {int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}.get(type(value), "STRING_VALUE")
