"""Filter patterns: which log events FilterLogEvents returns and metric filters count.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate
from typing import Any

from cloud.logs.conditions import number_of

Matcher = Callable[[str], bool]
Values = Callable[[str], Any]  # what a selector or a name stands for in one event
Condition = Callable[[Values], bool]
MISSING = object()
TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s"]+))')
TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*")|%(?P<regex>[^%]+)%|(?P<operator>&&|\|\||<=|>=|!=|[=<>()])|"""
    r"""(?P<word>[^\s"%&|=<>!()]+))"""
)
FIELD = re.compile(r'\[[^\]]*\]|"[^"]*"|\S+')
NAME = re.compile(r"[A-Za-z_]\w*")
SELECTOR = re.compile(r"\$(?:\.[\w-]+|\[\d+\])+")
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(ValueError):
    """A filter pattern that CloudWatch Logs does not take."""


def compiled(pattern: str) -> Matcher:
    """The test that a pattern stands for. Raises PatternError.

    >>> matches = compiled('{ $.level = "ERR*" && $.size > 10 }')
    >>> matches('{"level": "ERROR", "size": 11}'), matches("ERROR 11")
    (True, False)
    """
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        return _json(text[1:-1])
    if text.startswith("[") and text.endswith("]"):
        return _fields(text[1:-1])
    return _terms(text)


def values_of(pattern: str) -> Callable[[str], Values]:
    """What the names in a pattern stand for in an event: ``$.size`` in JSON, ``$size`` between spaces.

    >>> values_of("[ip, size]")("10.0.0.1 17")("$size")
    '17'
    """
    text = pattern.strip()
    if text.startswith("{"):
        return lambda message: lambda name: select(_loaded(message), name)
    parts = [part.strip() for part in text[1:-1].split(",")] if text.startswith("[") else []
    names = [NAME.match(part) for part in parts]

    def read(message: str) -> Values:
        placed = _placed(parts, message) or []
        found = {f"${name[0]}": field for place, field in placed if (name := names[place]) is not None}
        return lambda name: found.get(name, MISSING)

    return read


def names_in(pattern: str) -> list[str]:
    """The names that a pattern speaks of.

    >>> names_in("{ $.level = ERROR && $.size > 1 }"), names_in("[ip, size > 10]")
    (['$.level', '$.size'], ['$ip', '$size'])
    """
    text = pattern.strip()
    if text.startswith("{"):
        return list(dict.fromkeys(SELECTOR.findall(text)))
    parts = [part.strip() for part in text[1:-1].split(",")] if text.startswith("[") else []
    return [f"${found[0]}" for part in parts if (found := NAME.match(part)) is not None]


def _loaded(message: str) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return MISSING


# ---- terms -------------------------------------------------------------------------------------------------


def _terms(text: str) -> Matcher:
    """Terms that must be there, of which one must (``?``), or that must not (``-``)."""
    needed: list[Matcher] = []
    optional: list[Matcher] = []
    unwanted: list[Matcher] = []
    for sign, contains in _each_term(text):
        {"": needed, "?": optional, "-": unwanted}[sign].append(contains)

    def matches(message: str) -> bool:
        return (
            all(contains(message) for contains in needed)
            and (not optional or any(contains(message) for contains in optional))
            and not any(contains(message) for contains in unwanted)
        )

    return matches


def _each_term(text: str) -> Iterator[tuple[str, Matcher]]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = TERM.match(text, place)
        if found is None:
            raise PatternError(f"Invalid filter pattern: {text!r}")
        place = found.end()
        if found["regex"] is not None:
            yield found["sign"], _regex(found["regex"])
        else:
            word = found["word"] if found["word"] is not None else _unescaped(found["phrase"])
            yield found["sign"], lambda message, word=word: word in message  # type: ignore[misc]


def _regex(text: str) -> Matcher:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise PatternError(f"Invalid regular expression {text!r}: {error}") from None
    return lambda message: pattern.search(message) is not None


def _unescaped(phrase: str) -> str:
    return re.sub(r"\\(.)", r"\1", phrase)


# ---- conditions on JSON and on fields between spaces -------------------------------------------------------


def _json(text: str) -> Matcher:
    """Conditions on the members of an event that is JSON."""
    condition = _Parser(text).whole()

    def matches(message: str) -> bool:
        value = _loaded(message)
        return isinstance(value, dict | list) and condition(lambda selector: select(value, selector))

    return matches


def select(value: Any, selector: str) -> Any:
    """The member that a selector like ``$.a.b[0]`` names, or ``MISSING``."""
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", selector.removeprefix("$")):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


def _fields(text: str) -> Matcher:
    """Conditions on the fields of an event, by their place; ``...`` stands for any number of them."""
    parts = [part.strip() for part in text.split(",")]
    conditions = [_Parser(part).field() if part != "..." else None for part in parts]

    def matches(message: str) -> bool:
        chosen = _placed(parts, message)
        return chosen is not None and all(_holds(conditions[place], field) for place, field in chosen)

    return matches


def _placed(parts: list[str], message: str) -> list[tuple[int, str]] | None:
    """Which part of a pattern each field of an event belongs to; None when it has too few or too many."""
    fields = [field.strip('[]"') for field in FIELD.findall(message)]
    if "..." not in parts:
        return list(enumerate(fields)) if len(fields) == len(parts) else None
    before = parts.index("...")
    after = len(parts) - before - 1
    if len(fields) < before + after:
        return None
    ends = list(enumerate(fields[len(fields) - after :], before + 1)) if after else []
    return [*enumerate(fields[:before]), *ends]


def _holds(condition: Condition | None, field: str) -> bool:
    return condition is None or condition(lambda _: field)


class _Parser:
    """Reads conditions: comparisons joined by ``&&`` and ``||``, and parentheses."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, place = text, [], 0
        while text[place:].strip():
            found = TOKEN.match(text, place)
            if found is None:
                raise PatternError(f"Invalid filter pattern: {text!r}")
            self._tokens.append(found)
            place = found.end()
        self._next = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._peek() is not None:
            raise self._error()
        return condition

    def field(self) -> Condition | None:
        """One place in a space-delimited pattern: a name alone, or conditions on it."""
        return None if len(self._tokens) <= 1 else self.whole()

    def _either(self) -> Condition:
        some = [self._both()]
        while self._takes("||"):
            some.append(self._both())
        return some[0] if len(some) == 1 else lambda values: any(one(values) for one in some)

    def _both(self) -> Condition:
        each = [self._one()]
        while self._takes("&&"):
            each.append(self._one())
        return each[0] if len(each) == 1 else lambda values: all(one(values) for one in each)

    def _one(self) -> Condition:
        if self._takes("("):
            condition = self._either()
            if not self._takes(")"):
                raise self._error()
            return condition
        name = self._word()
        if self._takes_word("EXISTS"):
            return lambda values: values(name) is not MISSING
        if self._takes_word("NOT"):
            if not self._takes_word("EXISTS"):
                raise self._error()
            return lambda values: values(name) is MISSING
        if self._takes_word("IS"):
            wanted: Mapping[str, Any] = {"TRUE": True, "FALSE": False, "NULL": None}
            kind = self._word().upper()
            if kind not in wanted:
                raise self._error()
            return lambda values: values(name) is wanted[kind]
        return self._comparison(name)

    def _comparison(self, name: str) -> Condition:
        sign = self._take()["operator"]
        if sign not in ("=", "!=", *COMPARE):
            raise self._error()
        operand = self._take()
        if sign in COMPARE:
            try:
                bound = float(operand["word"] or "")
            except ValueError:
                raise self._error() from None
            return lambda values: (
                (number := number_of(values(name))) is not None and COMPARE[sign](number, bound)
            )
        test = _equals(operand)
        return _compared(name, test, negated=sign == "!=")

    def _word(self) -> str:
        word = self._take()["word"]
        if word is None:
            raise self._error()
        return str(word)

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> re.Match[str]:
        found = self._peek()
        if found is None:
            raise self._error()
        self._next += 1
        return found

    def _takes(self, sign: str) -> bool:
        found = self._peek()
        taken = found is not None and found["operator"] == sign
        self._next += taken
        return taken

    def _takes_word(self, word: str) -> bool:
        found = self._peek()
        taken = found is not None and (found["word"] or "").upper() == word
        self._next += taken
        return taken

    def _error(self) -> PatternError:
        return PatternError(f"Invalid filter pattern: {self._text.strip()!r}")


def _compared(name: str, test: Matcher, *, negated: bool) -> Condition:
    """A comparison with text; a member that is not there is neither equal nor unequal."""

    def condition(values: Values) -> bool:
        value = values(name)
        if value is MISSING or isinstance(value, dict | list):
            return False
        return test(value if isinstance(value, str) else json.dumps(value)) != negated

    return condition


def _equals(operand: re.Match[str]) -> Matcher:
    """Equal to a text, where ``*`` stands for anything; to a number by its value; or like an expression."""
    if operand["regex"] is not None:
        return _regex(operand["regex"])
    wanted = _unescaped(operand["string"][1:-1]) if operand["string"] is not None else operand["word"] or ""
    bound = number_of(wanted) if operand["string"] is None else None
    glob = re.compile(translate(wanted.replace("[", "[[]").replace("?", "[?]")))
    return lambda text: glob.fullmatch(text) is not None or (bound is not None and number_of(text) == bound)
