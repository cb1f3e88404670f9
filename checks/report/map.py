"""The architecture as a picture: each part and each arrow drawn as its row of the checklist went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from checks.findings import Status
from checks.report import MARKS, WORDS

WIDTH, HEIGHT = 976, 404
AREAS = ("Security", "CORS", "Safety", "API", "State", "Visibility")


@dataclass(frozen=True)
class Box:
    """A part of the dashboard, and the row that speaks of it."""

    x: int
    y: int
    width: int
    height: int
    name: str
    says: str
    area: str = ""


@dataclass(frozen=True)
class Wire:
    """An arrow, in straight pieces from point to point."""

    points: tuple[tuple[int, int], ...]
    area: str = ""


WIRES = (
    Wire(((112, 290), (112, 190))),  # the browser gets the page
    Wire(((204, 142), (290, 142)), "CORS"),
    Wire(((204, 170), (247, 170), (247, 322), (290, 322)), "CORS"),
    Wire(((450, 142), (536, 142)), "API"),
    Wire(((450, 322), (536, 322)), "Safety"),
    Wire(((696, 142), (732, 142), (732, 214), (772, 214))),
    Wire(((696, 308), (732, 308), (732, 242), (772, 242))),
    Wire(((616, 110), (616, 48), (772, 48)), "Visibility"),
    Wire(((696, 336), (962, 336), (962, 48), (940, 48)), "Visibility"),
)
BOXES = (
    Box(20, 98, 184, 86, "The page", "asks again after every write", "State"),
    Box(20, 290, 184, 64, "Site bucket", "anyone may read it", "Security"),
    Box(290, 110, 160, 64, "HTTP API", "GET, POST, DELETE", "API"),
    Box(290, 290, 160, 64, "Upload bucket", "private", "Security"),
    Box(536, 110, 160, 64, "Four functions", "a role each", "Security"),
    Box(536, 290, 160, 64, "Index function", "records what arrived"),
    Box(772, 20, 168, 56, "CloudWatch Logs", "a group each", "Visibility"),
    Box(772, 200, 168, 56, "DynamoDB table", "one record a file"),
)
TAGS = {  # the middle of each row's tag
    "Security": (370, 376),
    "CORS": (247, 240),
    "Safety": (493, 274),
    "API": (370, 90),
    "State": (112, 78),
    "Visibility": (694, 48),
}


def drawing(statuses: Mapping[str, Status]) -> str:
    """The map as inline SVG, by the rows' statuses; a row that was not asked stays plain."""
    said = ". ".join(
        f"{area}: {WORDS[statuses[area]] if area in statuses else 'not asked'}" for area in AREAS
    )
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="map-title map-text">',
            '<title id="map-title">The dashboard, drawn by the rows of the checklist</title>',
            f'<desc id="map-text">{escape(said)}.</desc>',
            *(line for wire in WIRES for line in drawn(wire.area, statuses, wired(wire))),
            *(line for box in BOXES for line in drawn(box.area, statuses, boxed(box, statuses))),
            *(line for area in TAGS for line in drawn(area, statuses, tagged(area, statuses))),
            "</svg>",
        ]
    )


def drawn(area: str, statuses: Mapping[str, Status], shapes: Iterator[str]) -> Iterator[str]:
    status = statuses.get(area)
    yield f'<g class="row {status}">' if status else "<g>"
    yield from shapes
    yield "</g>"


def wired(wire: Wire) -> Iterator[str]:
    (x, y), (before_x, before_y) = wire.points[-1], wire.points[-2]
    right, down = sign(x - before_x), sign(y - before_y)
    path = " L ".join(f"{a} {b}" for a, b in (*wire.points[:-1], (x - 8 * right, y - 8 * down)))
    end_x, end_y, side_x, side_y = x - 9 * right, y - 9 * down, 5 * down, 5 * right
    wings = f"{end_x - side_x},{end_y - side_y} {end_x + side_x},{end_y + side_y}"
    yield f'<path class="wire" d="M {path}"/>'
    yield f'<polygon class="tip" points="{x},{y} {wings}"/>'


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


def boxed(box: Box, statuses: Mapping[str, Status]) -> Iterator[str]:
    middle, top = box.x + box.width // 2, box.y + box.height // 2
    yield f'<rect class="box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="10"/>'
    yield f'<text class="name" x="{middle}" y="{top - 3}" text-anchor="middle">{box.name}</text>'
    yield f'<text class="small" x="{middle}" y="{top + 15}" text-anchor="middle">{box.says}</text>'
    if box.area in statuses:
        x, y, mark = box.x + box.width - 9, box.y + 16, MARKS[statuses[box.area]]
        yield f'<text class="word" x="{x}" y="{y}" text-anchor="end">{mark}</text>'


def tagged(area: str, statuses: Mapping[str, Status]) -> Iterator[str]:
    x, y = TAGS[area]
    label = f"{MARKS[statuses[area]]} {area}" if area in statuses else area
    width = 24 + 7 * len(label)
    yield f'<rect class="tag" x="{x - width // 2}" y="{y - 12}" width="{width}" height="24" rx="12"/>'
    yield f'<text class="word" x="{x}" y="{y + 4}" text-anchor="middle">{label}</text>'
