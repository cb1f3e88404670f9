"""A card: a calm box that says one thing, for the eye, for a terminal and for a screen reader."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from html import escape

WIDTH = 88  # of a terminal
# JupyterLab's own colours where there are any, so that a card is at home in the light and the dark theme.
ACCENTS = {
    "good": "var(--jp-success-color1, #388e3c)",
    "half": "var(--jp-warn-color1, #f57c00)",
    "bad": "var(--jp-error-color1, #d32f2f)",
    "info": "var(--jp-info-color1, #0288d1)",
    "quiet": "var(--jp-border-color1, #9e9e9e)",
}
BOX = (
    "border: 1px solid var(--jp-border-color2, #bdbdbd); border-left: 4px solid {accent}; "
    "border-radius: 4px; padding: 8px 14px; margin: 4px 0; max-width: 54em; line-height: 1.45"
)
HEAD = "margin: 0 0 6px; font-weight: 600"
LIST = "display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 0"
# JupyterLab gives a <dt> a fifth of the width, which breaks "why it matters" into three lines.
TERM = "width: auto; white-space: nowrap; font-weight: 400; opacity: 0.75; margin: 0; padding: 0"
SAID = "width: auto; margin: 0; padding: 0; white-space: pre-line; overflow-wrap: anywhere"


def as_html(title: str, rows: Sequence[tuple[str, str]], accent: str = "quiet", more: str = "") -> str:
    """The card as HTML. Texts are escaped, `code` in backticks is set as code; ``more`` is HTML already."""
    terms = "".join(
        f'<dt style="{TERM}">{escape(name)}</dt><dd style="{SAID}">{with_code(text)}</dd>'
        for name, text in rows
        if text
    )
    told = f'<dl style="{LIST}">{terms}</dl>' if terms else ""
    return (
        f'<section class="workbook-card" aria-label="{escape(title, quote=True)}" '
        f'style="{BOX.format(accent=ACCENTS[accent])}">'
        f'<p style="{HEAD}">{with_code(title)}</p>{told}{more}</section>'
    )


def as_text(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """The card for a terminal: a title, then one indented paragraph a row."""
    wide = max((len(name) for name, text in rows if text), default=0) + 4
    lines = [title]
    for name, text in rows:
        first = f"  {name}".ljust(wide)
        for paragraph in text.splitlines():
            lines.append(textwrap.fill(paragraph, WIDTH, initial_indent=first, subsequent_indent=" " * wide))
            first = " " * wide
    return "\n".join(lines)


def with_code(text: str) -> str:
    """Escaped text, with what stands in backticks set as code.

    >>> with_code("`a<b` holds")
    '<code>a&lt;b</code> holds'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
