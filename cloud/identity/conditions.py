"""Condition operators of the policy language, as pure functions on strings.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

Context = Mapping[str, "str | tuple[str, ...]"]  # keys in lower case; several values in a tuple
Compare = Callable[[str, str], bool]  # (the policy's value, the request's value)


def holds(operator: str, key: str, wanted: Iterable[str], context: Context) -> bool:
    """Evaluate one line of a Condition block.

    >>> holds("StringLike", "s3:prefix", ["incoming/*"], {"s3:prefix": "incoming/2026/"})
    True
    >>> holds("StringNotEquals", "aws:sourcearn", ["x"], {})  # negated: holds without the key
    True
    """
    quantifier, _, name = operator.lower().rpartition(":")
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    found = context.get(key.lower())
    values = (found,) if isinstance(found, str) else found or None
    if name == "null":
        return any((value.lower() == "true") is (values is None) for value in wanted)
    negated, compare = _operator(name)
    if compare is None or quantifier not in ("", "forallvalues", "foranyvalue"):
        return False
    if values is None:
        return if_exists or quantifier == "forallvalues" or (negated and not quantifier)
    wanted = tuple(wanted if compare in (like, arn_like) else map(plain, wanted))

    def matches(value: str) -> bool:
        return any(_compared(compare, one, value) for one in wanted) is not negated

    return (
        all(map(matches, values))
        if quantifier == "forallvalues" or (negated and not quantifier)
        else any(map(matches, values))
    )


def _compared(compare: Compare, wanted: str, value: str) -> bool:
    try:
        return compare(wanted, value)
    except ValueError:  # a text where a number, a date or an address should stand matches nothing
        return False


def is_operator(text: str) -> bool:
    """Whether a policy may use this word as a condition operator.

    >>> is_operator("ForAnyValue:StringLikeIfExists"), is_operator("StringIs")
    (True, False)
    """
    quantifier, _, name = text.lower().rpartition(":")
    name = name.removesuffix("ifexists")
    return quantifier in ("", "forallvalues", "foranyvalue") and (
        name == "null" or _operator(name)[1] is not None
    )


def _operator(name: str) -> tuple[bool, Compare | None]:
    """Whether an operator is the negation of another, and how that one compares."""
    if name in OPERATORS:
        return False, OPERATORS[name]
    positive = (
        name.replace("notequals", "equals").replace("notlike", "like").replace("notipaddress", "ipaddress")
    )
    return True, OPERATORS.get(positive)


ESCAPE = "\0"  # before a letter of a pattern that stands for itself: a variable's value has no wildcards
ANY, ONE = "*", "?"


def literal(text: str) -> str:
    """A pattern that matches this text alone."""
    return re.sub(r"[*?]", rf"{ESCAPE}\g<0>", text)


def plain(pattern: str) -> str:
    """The text of a pattern where wildcards mean nothing: for operators that compare letter by letter."""
    return pattern.replace(ESCAPE, "")


@lru_cache(maxsize=4096)
def _tokens(pattern: str) -> tuple[tuple[bool, str], ...]:
    """A pattern's characters, and whether each is a wildcard; of several ``*`` in a row, one."""
    found: list[tuple[bool, str]] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == ESCAPE:
            found.append((False, next(letters, "")))
        elif letter != ANY or not found or found[-1] != (True, ANY):
            found.append((letter in (ANY, ONE), letter))
    return tuple(found)


def like(pattern: str, value: str) -> bool:
    """Compare with a pattern where ``*`` stands for any text and ``?`` for any character.

    Takes time of the order of pattern times value at worst: no pattern can keep the engine busy.

    >>> like("incoming/*.p?g", "incoming/cat.png"), like("a*", "A")
    (True, False)
    """
    if not (ANY in pattern or ONE in pattern or ESCAPE in pattern):
        return pattern == value
    tokens = _tokens(pattern)
    at = position = 0
    star, resumed = -1, 0
    while position < len(value):
        token = tokens[at] if at < len(tokens) else None
        if token == (True, ANY):
            star, resumed = at, position
            at += 1
        elif token is not None and (token == (True, ONE) or token == (False, value[position])):
            at, position = at + 1, position + 1
        elif star >= 0:
            resumed += 1
            at, position = star + 1, resumed
        else:
            return False
    return all(token == (True, ANY) for token in tokens[at:])


def arn_like(pattern: str, value: str) -> bool:
    """Compare ARNs part by part: no ``*`` reaches beyond a colon, but in the last part it may.

    >>> [arn_like(p, "arn:aws:s3:::uploads") for p in ("arn:aws:s3:::upload*", "arn:*:uploads")]
    [True, False]
    """
    patterns, parts = pattern.split(":", 5), value.split(":", 5)
    return len(patterns) == len(parts) and all(map(like, patterns, parts))


def moment(text: str) -> float:
    """Read a date as policies write it: ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return when.replace(tzinfo=when.tzinfo or UTC).timestamp()


def _in_network(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def _as(convert: Callable[[str], float], compare: Callable[[float, float], bool]) -> Compare:
    return lambda wanted, value: compare(convert(value), convert(wanted))


ORDER: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "lessthan": lambda value, wanted: value < wanted,
    "lessthanequals": lambda value, wanted: value <= wanted,
    "greaterthan": lambda value, wanted: value > wanted,
    "greaterthanequals": lambda value, wanted: value >= wanted,
}
OPERATORS: dict[str, Compare] = {
    "stringequals": lambda wanted, value: wanted == value,
    "stringequalsignorecase": lambda wanted, value: wanted.lower() == value.lower(),
    "stringlike": like,
    "bool": lambda wanted, value: wanted.lower() == value.lower(),
    "binaryequals": lambda wanted, value: wanted == value,
    "ipaddress": _in_network,
    "arnequals": arn_like,
    "arnlike": arn_like,
    **{f"numeric{name}": _as(float, compare) for name, compare in ORDER.items()},
    **{f"date{name}": _as(moment, compare) for name, compare in ORDER.items()},
}
