"""What is wrong with a text that should be JSON, in the words of Jackson, a library for Java.

Jackson names the defect, and its line and column. Columns count bytes, as in Jackson 2.17 to 2.20, and the
text itself is not repeated, as from 2.16 on. Compared with Jackson 2.18.2, defect by defect; its source:
https://github.com/FasterXML/jackson-core/blob/2.18/src/main/java/com/fasterxml/jackson/core/json/UTF8StreamJsonParser.java
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

LENGTHS = dict.fromkeys(range(8), 1) | {12: 2, 13: 2, 14: 3, 15: 4}  # bytes, by a character's first four bits
DEEPEST = 1000  # Jackson's StreamReadConstraints
LONGEST_TOKEN = 256  # characters of an unknown word that are repeated
VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
NON_NUMERIC = "enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
PLUS = (
    "JSON spec does not allow numbers to have plus signs: "
    "enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow"
)
COMMENT = (
    "maybe a (non-standard) comment? "
    "(not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
)
TRAILING = (
    "found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): "
    "not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`"
)
WORDS = {"t": ("true", "VALUE_TRUE"), "f": ("false", "VALUE_FALSE"), "n": ("null", "VALUE_NULL")}
NO_NUMBERS = {"N": "NaN", "I": "Infinity"}
DIGITS, SPACES, HEX = "0123456789", " \t\r\n", "0123456789abcdefABCDEF"
END = ""  # what is read after the last byte
PLAIN = re.compile(r'[^"\\\x00-\x1f\x80-\xff]*')  # of a string


class DefectError(ValueError):
    """A text that is not JSON. The message is Jackson's."""


@dataclass(frozen=True)
class Place:
    """Where something stands: lines and columns count from 1; a column of 0 is not told."""

    line: int
    column: int

    def __str__(self) -> str:
        source = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
        column = f", column: {self.column}" if self.column else ""
        return f"[Source: {source}; line: {self.line}{column}]"


class JsonReader:
    """Reads a text as Jackson does, up to its first defect. A byte is looked at as a character of Latin-1."""

    def __init__(self, payload: bytes) -> None:
        self._bytes, self._text = payload, payload.decode("latin-1")
        self._at = self._row_start = 0
        self._row = 1
        self._open: list[tuple[str, Place]] = []  # "Object" or "Array", and where it begins
        self._is_first = True  # no entry yet in what is open
        self._last = "null"  # the last one that was read, by Jackson's name

    def read(self) -> None:
        """Read one value, and see that nothing follows it. Raises DefectError."""
        is_over = False
        while character := self._visible():
            if character in "]}":
                self._close(character)
            elif is_over:
                place = self._place(-1)
                self._value(character)
                self._fail(f"Trailing token (of type {self._last}) {TRAILING}", place)
            else:
                self._entry(character)
            is_over = not self._open
        if self._open:
            kind, place = self._open[-1]
            self._end_of_input(f": expected close marker for {kind} (start marker at {place})")
        if not is_over:
            self._fail("No content to map due to end-of-input", self._place())

    def _entry(self, character: str) -> None:
        """Read what stands in an object, in an array or alone, with the comma before it."""
        kind = self._open[-1][0] if self._open else ""
        if kind and not self._is_first:
            if character != ",":
                self._unexpected(character, f"was expecting comma to separate {kind} entries")
            character = self._within(kind)
        self._is_first = False
        if kind == "Object":
            self._name(character)
            character = self._within(kind)
            if character != ":":
                self._unexpected(character, "was expecting a colon to separate field name and value")
            character = self._within(kind)
        self._value(character)

    def _value(self, character: str) -> None:
        match character:
            case '"':
                self._string("string value", "in VALUE_STRING")
                self._last = "VALUE_STRING"
            case "{" | "[":
                kind = "Object" if character == "{" else "Array"
                self._open.append((kind, self._place(-1)))
                if len(self._open) > DEEPEST:
                    bound = "1000, from `StreamReadConstraints.getMaxNestingDepth()`"
                    text = f"Document nesting depth ({len(self._open)}) exceeds the maximum allowed ({bound})"
                    raise DefectError(text)
                self._is_first, self._last = True, f"START_{kind.upper()}"
            case "t" | "f" | "n":
                word, token = WORDS[character]
                self._word(word, 1)
                self._last = token
            case "-":
                self._number(self._next_in_token(), sign="-")
            case _ if character in DIGITS:
                self._number(character)
            case _:
                self._no_value(character)

    def _close(self, character: str) -> None:
        kind = "Object" if character == "}" else "Array"
        opened, place = self._open[-1] if self._open else ("root", Place(1, 0))
        if opened != kind:
            wanted = "]" if character == "}" else "}"
            where = f"(for {opened} starting at {place})"
            self._fail(f"Unexpected close marker '{character}': expected '{wanted}' {where}", self._place(-1))
        self._open.pop()
        self._is_first, self._last = False, f"END_{kind.upper()}"

    def _name(self, character: str) -> None:
        if character != '"':
            self._at -= 1
            decoded = self._decoded()
            self._unexpected(decoded, "was expecting double-quote to start field name")
        self._string("name", "in field name")
        self._last = "FIELD_NAME"

    def _string(self, what: str, at_end: str) -> None:
        """Read a string, or a field's name, up to its closing quote. A name is decoded when it is whole."""
        start = self._at
        while (character := self._next_special(at_end)) != '"':
            if character == "\\":
                self._escape()
            elif character < " ":
                text = f"Illegal unquoted character ({_shown(character)})"
                self._fail(
                    f"{text}: has to be escaped using backslash to be included in {what}", self._place(-1)
                )
            elif character >= "\x80" and what != "name":
                self._at -= 1
                self._decoded(at_end)
        try:
            self._bytes[start : self._at].decode()
        except UnicodeDecodeError as error:  # well-formed, but not UTF-8: a surrogate, or beyond U+10FFFF
            self._fail(f"Invalid UTF-8 start byte {self._bytes[start + error.start]:#x}", self._place())

    def _escape(self) -> None:
        at_end = "in character escape sequence"
        character = self._next(at_end)
        if character == "u":
            for _ in range(4):
                digit = self._next(at_end)
                if digit not in HEX:
                    self._unexpected(digit, "expected a hex-digit for character escape sequence")
        elif character not in '"\\/bfnrt':
            self._fail(f"Unrecognized character escape {_shown(character)}", self._place(-1))

    def _number(self, character: str, sign: str = "") -> None:
        """Read a number from its first digit on."""
        if character not in DIGITS:
            self._no_number(character, sign)
        kind = "INT"
        if character == "0" and self._peek() and self._peek() in DIGITS:
            self._fail("Invalid numeric value: Leading zeroes not allowed", self._place())
        self._digits()
        if self._peek() == ".":
            kind = "FLOAT"
            self._at += 1
            if not self._digits():
                following = self._peek()
                self._at += len(following)
                self._unexpected_in_number(following or ".", "Decimal point not followed by a digit")
        if self._peek() and self._peek() in "eE":
            kind = "FLOAT"
            self._at += 1
            following = self._next_in_token()
            if following in "+-":
                following = self._next_in_token()
            if following not in DIGITS:
                self._unexpected_in_number(following, "Exponent indicator not followed by a digit")
            self._digits()
        if not self._open and self._peek() not in SPACES:
            self._at += 1
            self._unexpected(self._text[self._at - 1], "Expected space separating root-level values")
        self._last = f"VALUE_NUMBER_{kind}"

    def _no_number(self, character: str, sign: str) -> None:
        """Refuse what follows a sign and is no digit."""
        if sign == "-" and character == ".":
            self._no_value(character)
        while character == "I":
            character = self._next("in a Number value")
            word = {"N": f"{sign}INF", "n": f"{sign}Infinity"}.get(character)
            if word is None:
                break
            self._word(word, 3)
            self._fail(f"Non-standard token '{word}': {NON_NUMERIC}", self._place())
        if sign == "+":
            self._unexpected_in_number("+", PLUS)
        self._unexpected_in_number(
            character, "expected digit (0-9) to follow minus sign, for valid numeric value"
        )

    def _no_value(self, character: str) -> None:
        """Refuse a character that begins no value."""
        in_array = bool(self._open) and self._open[-1][0] == "Array"
        if character in "}," or (character == "]" and in_array):
            self._unexpected(character, "expected a value")
        if word := NO_NUMBERS.get(character):
            self._word(word, 1)
            self._fail(f"Non-standard token '{word}': {NON_NUMERIC}", self._place())
        if character == "+":
            self._no_number(self._next("in a Number value"), "+")
        if character == "$" or (character.isidentifier()):
            self._unrecognized(character)
        self._unexpected(character, f"expected a valid value {VALUES}")

    def _word(self, word: str, done: int) -> None:
        """Read the rest of a word that began well."""
        for index in range(done, len(word)):
            if self._peek() != word[index]:
                self._unrecognized(word[:index])
            self._at += 1
        at, following = self._at, self._peek()
        if following not in "]}" and following >= "0" and _is_part(self._decoded()):
            self._at = at
            self._unrecognized(word)
        self._at = at

    def _unrecognized(self, token: str) -> NoReturn:
        while self._peek():
            character = self._decoded()
            if not _is_part(character):
                break
            token += character
            if len(token) >= LONGEST_TOKEN:
                token += "..."
                break
        self._fail(f"Unrecognized token '{token}': was expecting {VALUES}", self._place())

    def _visible(self) -> str:
        """The next character that is no white space."""
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character > " ":
                if character == "/":
                    self._unexpected(character, COMMENT)
                return character
            if character in "\r\n":
                self._at += character == "\r" and self._peek() == "\n"
                self._row += 1
                self._row_start = self._at
            elif character not in SPACES:
                allowed = r"only regular white space (\r, \n, \t) is allowed between tokens"
                self._fail(f"Illegal character ({_shown(character)}): {allowed}", self._place())
        return END

    def _within(self, kind: str) -> str:
        return self._visible() or self._end_of_input(f" within/between {kind} entries")

    def _next(self, at_end: str) -> str:
        character = self._peek()
        if not character:
            self._end_of_input(f" {at_end}")
        self._at += 1
        return character

    def _next_special(self, at_end: str) -> str:
        """The next character of a string that is not plain text."""
        plain = PLAIN.match(self._text, self._at)
        self._at = plain.end() if plain else self._at
        return self._next(at_end)

    def _next_in_token(self) -> str:
        return self._next(f"in {self._last}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _digits(self) -> bool:
        start = self._at
        while self._peek() and self._peek() in DIGITS:
            self._at += 1
        return self._at > start

    def _decoded(self, at_end: str = "") -> str:
        """Read one character of UTF-8, of one byte to four."""
        lead = ord(self._next(at_end or f"in {self._last}"))
        length = LENGTHS.get(lead >> 4, 0) if lead < 0xF8 else 0
        if not length:
            self._fail(f"Invalid UTF-8 start byte {lead:#x}", self._place())
        start = self._at - 1
        for _ in range(length - 1):
            byte = ord(self._next(at_end or f"in {self._last}"))
            if byte >> 6 != 2:
                self._fail(f"Invalid UTF-8 middle byte {byte:#x}", self._place())
        return self._bytes[start : self._at].decode("utf-8", "replace")

    def _place(self, offset: int = 0) -> Place:
        """Where the reader stands; with an offset of -1, where the character is that it has read last."""
        return Place(self._row, self._at + offset - self._row_start + 1)

    def _unexpected(self, character: str, why: str) -> NoReturn:
        self._fail(f"Unexpected character ({_shown(character)}): {why}", self._place(-1))

    def _unexpected_in_number(self, character: str, why: str) -> NoReturn:
        self._fail(f"Unexpected character ({_shown(character)}) in numeric value: {why}", self._place(-1))

    def _end_of_input(self, where: str) -> NoReturn:
        self._fail(f"Unexpected end-of-input{where}", self._place())

    def _fail(self, text: str, place: Place) -> NoReturn:
        raise DefectError(f"{text}\n at {place}")


def _is_part(character: str) -> bool:
    """Whether Java takes a character as part of a name; some control characters count, as "ignorable"."""
    is_ignorable = character < "\x09" or "\x0e" <= character < "\x1c" or "\x7f" <= character < "\xa0"
    return character == "$" or is_ignorable or f"a{character}".isidentifier()


def _shown(character: str) -> str:
    """A character as Jackson names it in a message."""
    code = ord(character)
    if code < 32 or 127 <= code < 160:
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code}{f' / {code:#x}' if code > 255 else ''})"
