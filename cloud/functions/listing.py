"""Lists that come page by page: functions, their versions and aliases.

https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from cloud.functions.refusals import refused

LARGEST_PAGE = 50  # items, whatever is asked for


def page(member: str, items: Sequence[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """One page of ``items`` as an answer has it, and the marker of the next, if there is one.

    >>> page("Aliases", ["a", "b", "c"], {"MaxItems": 2})["Aliases"]
    ['a', 'b']
    """
    start = _position(asked.get("Marker"))
    size = min(asked.get("MaxItems") or LARGEST_PAGE, LARGEST_PAGE)
    answer: dict[str, Any] = {member: list(items[start : start + size])}
    if start + size < len(items):
        answer["NextMarker"] = base64.b64encode(f"from {start + size}".encode()).decode()
    return answer


def _position(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        word, _, number = base64.b64decode(marker, validate=True).decode().partition(" ")
        if word == "from" and number.isascii() and number.isdecimal():
            return int(number)
    except ValueError:
        pass
    raise refused("InvalidParameterValueException", f"Invalid marker: {marker}")
