"""How policies write names: one or many, with ``*`` and ``?`` for what may be anything."""

from __future__ import annotations

import re
from typing import Any


def like(pattern: str, action: str) -> bool:
    """Whether a policy's pattern means an action, in whatever case."""
    return exactly_like(pattern.lower(), action.lower())


def exactly_like(pattern: str, text: str) -> bool:
    """Whether a pattern, where ``*`` is any text and ``?`` any character, means a text."""
    return (
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None
    )


def as_list(value: Any) -> list[Any]:
    """One or many, as policies allow: always a list."""
    return list(value) if isinstance(value, list | tuple) else [value]
