"""The architecture map: every part of the dashboard, drawn as the live resources are."""

from __future__ import annotations

from collections import Counter
from html import escape

from dashboard.stack import Stack
from workbook.architecture_drawing import drawing
from workbook.architecture_parts import Part, State, look

SIGNS = {State.NOT_BUILT: "○", State.BUILT: "✓", State.FAILING: "▲"}


class ArchitectureMap:
    """What the account looked like when it was asked. ``parts`` is the state; the drawing only shows it."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def __getitem__(self, name: str) -> Part:
        """One part by its id, such as ``architecture()["api"]``."""
        for part in self.parts:
            if part.id == name:
                return part
        raise KeyError(f"There is no part {name!r}: they are {', '.join(part.id for part in self.parts)}.")

    @property
    def complete(self) -> bool:
        return all(part.state is State.BUILT for part in self.parts)

    @property
    def text(self) -> str:
        """The map for a terminal, one part a line."""
        rows = [(f"{part.title} · {part.does}", part) for part in self.parts]
        width = max(len(name) for name, _ in rows)
        return "\n".join(
            f"{SIGNS[part.state]} {name.ljust(width)}  {part.state}{': ' if part.reason else ''}{part.reason}"
            for name, part in rows
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        counted = Counter(part.state for part in self.parts)
        told = f"architecture: {counted[State.BUILT]} of {len(self.parts)} parts built"
        failing = ", ".join(part.id for part in self.parts if part.state is State.FAILING)
        return f"{told}; failing: {failing}"[:109] if failing else told

    def _repr_html_(self) -> str:
        failing = "".join(
            f"<li><strong>▲ {escape(part.title)} · {escape(part.does)}</strong>: {escape(part.reason)}</li>"
            for part in self.parts
            if part.state is State.FAILING
        )
        told = f"<ul>{failing}</ul>" if failing else ""
        return (
            '<section class="workbook-card" aria-label="Architecture map">'
            f"{drawing(self.parts, repr(self))}{told}<details><summary>The same as text</summary>"
            f"<pre>{escape(self.text)}</pre></details></section>"
        )


def architecture(stack: Stack | None = None) -> ArchitectureMap:
    """Look at the account and draw what is built of the dashboard, what is not, and what is failing."""
    return ArchitectureMap(look(stack or Stack.named()))
