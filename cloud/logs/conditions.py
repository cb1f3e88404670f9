"""Conditions of an Insights filter: comparisons joined by ``and``, ``or`` and ``not``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Condition = Callable[[Row], bool]
TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/(?P<regex>(?:\\.|[^/\\])+)/|"""
    r"""(?P<sign><=|>=|!=|=~|[=<>(),\[\]])|(?P<word>[^\s"'/<>=!(),\[\]]+))"""
)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class QueryError(ValueError):
    """A query that is malformed, or beyond what the embedded cloud knows of Insights."""


def number_of(value: Any) -> float | None:
    """A value as a number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def condition_of(text: str) -> Condition:
    """The test that a filter stands for. Raises QueryError.

    >>> condition_of('@message like /ERROR/ and size > 10')({"@message": "[ERROR]", "size": "11"})
    True
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, place = text, [], 0
        while text[place:].strip():
            found = TOKEN.match(text, place)
            if found is None:
                raise self._error()
            self._tokens.append(found)
            place = found.end()
        self._next = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._next < len(self._tokens):
            raise self._error()
        return condition

    def _either(self) -> Condition:
        some = [self._both()]
        while self._takes("or"):
            some.append(self._both())
        return lambda row: any(one(row) for one in some)

    def _both(self) -> Condition:
        each = [self._one()]
        while self._takes("and"):
            each.append(self._one())
        return lambda row: all(one(row) for one in each)

    def _one(self) -> Condition:
        if self._takes("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._takes("("):
            inner = self._either()
            self._expect(")")
            return inner
        name = self._take()["word"]
        if name is None:
            raise self._error()
        if name.lower() == "ispresent" and self._takes("("):
            name = self._take()["word"]
            self._expect(")")
            return lambda row: row.get(name) is not None
        if name.lower() == "strcontains" and self._takes("("):
            return self._contains()
        if self._takes("not"):
            negated = self._test(name)
            return lambda row: not negated(row)
        return self._test(name)

    def _contains(self) -> Condition:
        """``strcontains(@message, "text")``, which is 1 or 0 and may be compared with either."""
        name = self._take()["word"]
        self._expect(",")
        part = self._value(self._take())
        self._expect(")")
        if name is None:
            raise self._error()
        wanted = self._value(self._take()) if self._takes("=") else "1"
        return lambda row: (part in str(row.get(name, ""))) == (number_of(wanted) == 1)

    def _test(self, name: str) -> Condition:
        if self._takes("like") or self._takes("=~"):
            operand = self._take()
            if operand["regex"] is not None:
                pattern = re.compile(operand["regex"])
                return lambda row: pattern.search(str(row.get(name, ""))) is not None
            part = str(self._value(operand))
            return lambda row: part in str(row.get(name, ""))
        if self._takes("in"):
            self._expect("[")
            wanted = [self._value(self._take())]
            while self._takes(","):
                wanted.append(self._value(self._take()))
            self._expect("]")
            return lambda row: any(_compares("=", row.get(name), one) for one in wanted)
        sign = self._take()["sign"]
        if sign not in COMPARE:
            raise self._error()
        bound = self._value(self._take())
        return lambda row: _compares(sign, row.get(name), bound)

    def _value(self, token: re.Match[str]) -> str:
        if token["string"] is not None:
            return re.sub(r"\\(.)", r"\1", token["string"][1:-1])
        if token["word"] is None:
            raise self._error()
        return str(token["word"])

    def _take(self) -> re.Match[str]:
        if self._next >= len(self._tokens):
            raise self._error()
        self._next += 1
        return self._tokens[self._next - 1]

    def _takes(self, wanted: str) -> bool:
        found = self._tokens[self._next] if self._next < len(self._tokens) else None
        taken = found is not None and wanted in (found["sign"], (found["word"] or "").lower())
        self._next += taken
        return taken

    def _expect(self, wanted: str) -> None:
        if not self._takes(wanted):
            raise self._error()

    def _error(self) -> QueryError:
        return QueryError(f"The filter is not understood: {self._text!r}")


def _compares(sign: str, value: Any, bound: str) -> bool:
    """Compare as numbers where both are, else as text; what is not there only differs."""
    if value is None:
        return sign == "!="
    left, right = number_of(value), number_of(bound)
    if left is not None and right is not None:
        return COMPARE[sign](left, right)
    return COMPARE[sign](str(value), bound)
