"""What AWS's own model of Lambda says about each value, and the words for a value that breaks it.

Limits, patterns and choices come from the model that botocore carries. The sentences are those of the
framework that AWS builds its services with: ``1 validation error detected: Value 'x' at 'functionName' failed
to satisfy constraint: Member must ...``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloud.aws_errors import AwsError

# The model's limits are those of managed instances; functions that share machines have these.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST = {"Timeout": 900, "MemorySize": 10_240, "EphemeralStorageSize": 10_240}
# The order in which Lambda lists choices, where it is known and is not the model's.
CHOICES = {
    "InvocationType": ("DryRun", "RequestResponse", "Event"),  # https://github.com/ex-aws/ex_aws/pull/442
    "LogType": ("Tail", "None"),
    "RecursiveLoop": ("Terminate", "Allow"),
}
UNCHECKED = {"Environment", "Runtime"}  # shapes that Lambda has other words for
NUMBERS = ("integer", "long", "float", "double")
JAVA_CLASSES = {  # inside brackets; separators are spaces and the ends of lines and paragraphs
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


def check(shape: Any, given: Mapping[str, Any]) -> None:
    """Raise AwsError, a ValidationException that tells of every value that breaks a constraint."""
    if found := list(_of_structure(shape, given, "")):
        raise refusal(found)


def refusal(found: Sequence[str]) -> AwsError:
    """The refusal that names what is broken.

    >>> refusal(["Value '' at 'name' failed", "Value 'x' at 'qualifier' failed"]).message
    "2 validation errors detected: Value '' at 'name' failed; Value 'x' at 'qualifier' failed"
    """
    errors = "error" if len(found) == 1 else "errors"
    return AwsError("ValidationException", f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def broken(value: Any, place: str, constraint: str) -> str:
    """What is said of one value; None stands for one that is not shown because it may be secret."""
    shown = "" if value is None else f"'{_shown(value)}' "
    return f"Value {shown}at '{place}' failed to satisfy constraint: {constraint}"


def _of_structure(shape: Any, given: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        if given.get(name) is not None and member.name not in UNCHECKED:
            yield from _of_value(member, given[name], f"{path}{name[:1].lower()}{name[1:]}")


def _of_value(shape: Any, value: Any, place: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from _of_structure(shape, value, f"{place}.")
        case "list":
            bounds = _bounds("length", len(value), shape.metadata.get("min"), shape.metadata.get("max"))
            yield from (broken(value, place, each) for each in bounds)
            yield from _of_members(shape.member, value, value, place, "Member must satisfy constraint")
            if shape.member.type_name == "structure":
                for number, each in enumerate(value, 1):
                    yield from _of_structure(shape.member, each, f"{place}.{number}.member.")
        case "map":
            yield from _of_members(shape.key, value, value, place, "Map keys must satisfy constraint")
            yield from _of_members(
                shape.value, value.values(), value, place, "Map value must satisfy constraint"
            )
        case _:
            yield from (broken(value, place, each) for each in _broken_by(shape, value))


def _of_members(shape: Any, members: Iterable[Any], value: Any, place: str, what: str) -> Iterator[str]:
    """Of the members of a list or a map it is only said what all of them must satisfy."""
    if any(_broken_by(shape, each) for each in members):
        everything = ", ".join([*_constraints(shape), "Member must not be null"])
        yield broken(value, place, f"{what}: [{everything}]")


def _broken_by(shape: Any, value: Any) -> list[str]:
    """The constraints that a string or a number breaks."""
    limits = shape.metadata
    if shape.type_name == "string":
        choices, pattern = limits.get("enum"), limits.get("pattern")
        found = _bounds("length", len(value), limits.get("min"), limits.get("max"))
        found += [_pattern(pattern)] if pattern and not fits(pattern, value) else []
        return found + ([_choice(shape)] if choices and value not in choices else [])
    if shape.type_name in NUMBERS:
        return _bounds("value", value, limits.get("min"), MOST.get(shape.name, limits.get("max")))
    return []


def fits(pattern: str, value: str) -> bool:
    r"""Whether a value fits a model's pattern. These are Java's, which knows classes of characters by name.

    >>> fits(r"[\p{L}\p{Z}\p{N}.]*", "Größe 3."), fits(r"[\p{L}\p{Z}\p{N}.]*", "a!")
    (True, False)
    """
    for name, characters in JAVA_CLASSES.items():
        pattern = pattern.replace(name, characters)
    return bool(re.fullmatch(pattern, value))


def _constraints(shape: Any) -> list[str]:
    """All constraints of a string or a number, in the order in which they are listed."""
    limits, what = shape.metadata, "value" if shape.type_name in NUMBERS else "length"
    found = [
        f"Member must have {what} {word} than or equal to {limits[bound]}"
        for bound, word in (("max", "less"), ("min", "greater"))
        if bound in limits
    ]
    found += [_choice(shape)] if limits.get("enum") else []
    return found + ([_pattern(limits["pattern"])] if limits.get("pattern") else [])


def _bounds(what: str, value: float, least: float | None, most: float | None) -> list[str]:
    if most is not None and value > most:
        return [f"Member must have {what} less than or equal to {most}"]
    if least is not None and value < least:
        return [f"Member must have {what} greater than or equal to {least}"]
    return []


def _pattern(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _choice(shape: Any) -> str:
    choices = CHOICES.get(shape.name) or shape.metadata["enum"]
    return f"Member must satisfy enum value set: [{', '.join(choices)}]"


def _shown(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
