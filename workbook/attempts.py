"""Trying something that may be refused: AWS's own words instead of a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workbook.display import preformatted

ENVELOPE = ("Code", "Message", "Type")


class Attempt:
    """What came of a call: its answer as ``value``, or who said no, and why."""

    def __init__(self, value: Any = None, refusal: str = "") -> None:
        self.value, self.refusal = value, refusal

    @property
    def refused(self) -> bool:
        return bool(self.refusal)

    @property
    def text(self) -> str:
        if self.refused:
            return f"Refused. {self.refusal}"
        if self.value is None:
            return "Done."
        return json.dumps(self.value, indent=2, ensure_ascii=False, default=str)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return preformatted(self.text)


def attempt(call: Callable[..., Any], *args: object, **asked: object) -> Attempt:
    """Call something that AWS, or Python, may refuse, and show the answer or the refusal.

    >>> attempt(int, "seven")
    Refused. ValueError: invalid literal for int() with base 10: 'seven'
    """
    try:
        value = call(*args, **asked)
    except ClientError as error:
        said = error.response["Error"]
        more = [f"\n  {name}: {text}" for name, text in said.items() if name not in ENVELOPE and text]
        return Attempt(refusal=f"{said.get('Code')}: {said.get('Message')}{''.join(more)}")
    except (BotoCoreError, OSError, TypeError, ValueError) as error:
        return Attempt(refusal=f"{type(error).__name__}: {error}")
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if name != "ResponseMetadata"} or None
    return Attempt(value)
