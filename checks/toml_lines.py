"""Reading TOML that people write: every complaint names the file and the line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any


class TomlError(ValueError):
    """A file that cannot be used; the message names the file, the line if there is one, and the next step."""


def load(path: Path, error: type[TomlError]) -> tuple[dict[str, Any], str]:
    """A file's content, and its text. Raises ``error`` when it cannot be read or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark first
    except UnicodeDecodeError as wrong:
        raise error(f"{path} is not text in UTF-8: byte {wrong.start} cannot be read.") from None
    except OSError as wrong:
        raise error(f"{path} cannot be read: {wrong.strerror or wrong}.") from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as wrong:
        last = f"at line {len(text.splitlines()) or 1}"
        said = str(wrong).replace("at end of document", f"{last}, where the document ends")
        raise error(f"{path} is not TOML: {said}.") from None


def line_of_key(text: str, key: str, table: str = "") -> int:
    r"""The line on which a key of a table stands; 1 where it is written in a way we do not follow.

    >>> line_of_key('name = "a"\n[functions]\nname = "b"', "name", "functions")
    3
    """
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line):
            current = header[1].strip("\"'")
            if current == key and not table:
                return number
        elif re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line) and current == table:
            return number
    return 1


def line_of_table(text: str, name: str, number: int) -> int:
    """The line of the ``number``-th [[name]], counted from 0."""
    headers = [
        line
        for line, content in enumerate(text.splitlines(), 1)
        if re.match(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]", content)
    ]
    return headers[number] if number < len(headers) else 1
