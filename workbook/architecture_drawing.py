"""The drawing of the architecture: boxes where a person expects them, arrows that say what passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from workbook.architecture_parts import Part, State


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int


WIDTH, HEIGHT = 980, 480
PLACES = {
    "page": Box(16, 66, 190, 92),
    "api": Box(290, 66, 190, 92),
    "create_upload": Box(580, 34, 176, 44),
    "list_files": Box(580, 84, 176, 44),
    "get_file": Box(580, 134, 176, 44),
    "delete_file": Box(580, 184, 176, 44),
    "table": Box(812, 88, 152, 92),
    "bucket": Box(216, 296, 190, 92),
    "event": Box(436, 318, 124, 48),
    "index_upload": Box(580, 320, 176, 44),
    "logs": Box(16, 424, 948, 44),
}
GROUP = Box(568, 10, 200, 230)  # the functions behind the API


class Arrow(NamedTuple):
    """Something that passes from one part to another; its words stand at ``x``, ``y``."""

    start: str
    end: str
    passes: str
    line: str
    x: int = 0
    y: int = 0
    anchor: str = "start"


ARROWS = (
    Arrow("page", "api", "fetch", "M206 112H282", 244, 104, "middle"),
    Arrow("api", "list_files", "4 routes", "M480 112H560", 520, 104, "middle"),
    Arrow("list_files", "table", "", "M768 134H804"),
    Arrow("page", "bucket", "PUT and GET by presigned URL", "M111 158V342H208", 120, 236),
    Arrow("get_file", "bucket", "signs, deletes", "M640 240V268H311V288", 470, 261, "middle"),
    Arrow("bucket", "event", "", "M406 342H428"),
    Arrow("event", "index_upload", "", "M560 342H572"),
    Arrow("index_upload", "table", "writes", "M756 342H888V188", 896, 268),
    Arrow("index_upload", "logs", "logs", "M668 364V416", 676, 398),
    Arrow("get_file", "logs", "logs", "M768 210H790V416", 798, 398),
)
SIGNS = {State.NOT_BUILT: "○ not built", State.BUILT: "✓ built", State.FAILING: "▲ failing"}
STYLE = (Path(__file__).resolve().parent / "architecture.css").read_text(encoding="utf-8")
CLASSES = {State.NOT_BUILT: "waiting", State.BUILT: "built", State.FAILING: "failing"}


def drawing(parts: Sequence[Part], summary: str) -> str:
    """The map as SVG, for inside a page."""
    known = {part.id: part for part in parts}
    shapes = [_group(), *(_arrow(known, arrow) for arrow in ARROWS), *(_box(part) for part in parts)]
    return (
        f'<svg class="architecture" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(summary)}" '
        f'xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style><defs><marker id="architecture-tip" '
        'viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="currentColor" opacity=".6"/></marker></defs>'
        f"{''.join(shapes)}</svg>"
    )


def _group() -> str:
    x, y, width, height = GROUP
    return f'<rect class="group" x="{x}" y="{y}" width="{width}" height="{height}" rx="10"/>'


def _box(part: Part) -> str:
    """A box with its name, what it does and how it stands: three lines in a high one, two in a low one."""
    x, y, width, height = PLACES[part.id]
    high = height > 60
    title, does = (part.title, part.does) if part.title != "Lambda" else (part.does, "Lambda")
    sign = SIGNS[part.state]
    dim = " dim" if part.state is State.NOT_BUILT else ""
    rows = (
        f'<text class="title" x="{x + 14}" y="{y + 26}">{escape(title)}</text>'
        f'<text class="does" x="{x + 14}" y="{y + 46}">{escape(does)}</text>'
        f'<text class="sign{dim}" x="{x + 14}" y="{y + height - 14}">{sign}</text>'
        if high
        else f'<text class="title" x="{x + 12}" y="{y + 19}">{escape(title)}</text>'
        f'<text class="sign{dim}" x="{x + 12}" y="{y + 36}">{sign}</text>'
    )
    hover = f"{part.title}, {part.does}: {part.state}{'. ' if part.reason else ''}{part.reason}"
    return (
        f'<g class="{CLASSES[part.state]}"><title>{escape(hover)}</title>'
        f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>{rows}</g>'
    )


def _arrow(known: Mapping[str, Part], arrow: Arrow) -> str:
    """A line with a tip; dashed until both its ends are built."""
    waiting = State.NOT_BUILT in (known[arrow.start].state, known[arrow.end].state)
    kind = "line waiting" if waiting else "line"
    return (
        f'<path class="{kind}" d="{arrow.line}" marker-end="url(#architecture-tip)"/>'
        f'<text class="passes" x="{arrow.x}" y="{arrow.y}" text-anchor="{arrow.anchor}">{arrow.passes}</text>'
    )
