"""Showing things: JSON that reads well, and the page inside a notebook."""

from __future__ import annotations

import json
from decimal import Decimal
from html import escape
from typing import Any

from workbook.page_copy import copy_of

PRE = (
    "white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; "
    "font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px)"
)

FRAME = "outline: 1px solid #8888; outline-offset: -1px; border-radius: 6px"  # a border would leave stubs


def preformatted(text: str) -> str:
    """A text as HTML that keeps its lines, in the letters of code; long lines break between words."""
    return f'<pre style="{PRE}">{escape(text)}</pre>'


class Shown:
    """A value as indented JSON, for the eye; ``value`` is the value itself."""

    def __init__(self, value: Any) -> None:
        self.value = value

    @property
    def text(self) -> str:
        return json.dumps(self.value, indent=2, ensure_ascii=False, default=plain)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return preformatted(self.text)


def plain(value: object) -> object:
    """What JSON has no word for: DynamoDB's numbers become numbers, times and bytes become texts."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def show(value: Any) -> Shown:
    """Show an answer of AWS without its envelope: requests' ids and headers are seldom what one looks for.

    >>> show({"Buckets": [], "ResponseMetadata": {"RequestId": "1"}})
    {
      "Buckets": []
    }
    """
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if name != "ResponseMetadata"}
    return Shown(value)


class Page:
    """A page in a frame, and a link to open it in a tab of its own.

    Where nothing answers at its address, as in a saved notebook that is opened later, a browser shows what
    stands inside the ``<object>`` instead: the page as it was. https://html.spec.whatwg.org/#the-object-element
    """

    def __init__(self, url: str, height: int = 640) -> None:
        self.url, self.height = url, height

    def __repr__(self) -> str:
        return "Your page, on an origin of its own."

    def _repr_html_(self) -> str:
        url = escape(self.url, quote=True)
        return (
            f'<p><a href="{url}" target="_blank" rel="noopener">Open the page in a tab of its own</a></p>'
            f'<object data="{url}" type="text/html" title="The upload dashboard" width="100%" '
            f'height="{self.height}" style="{FRAME}">'
            f"{copy_of(self.url)}</object>"
        )


def page(url: str, height: int = 640) -> Page:
    """Show a page inside the notebook; ``height`` in pixels."""
    return Page(url, height)
