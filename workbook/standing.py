"""``progress()``: how far the learner is, as a bar and a table."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from workbook import record
from workbook.card import HEAD, as_text
from workbook.exercises import LESSONS, in_lesson

SIGNS = {
    "passes": "✓",
    "partly": "◐",
    "regressed": "↺",
    "cannot tell": "?",
    "not yet": "○",
    "not tried": "·",
}
CELL = "text-align: left; padding: 2px 14px 2px 0; border: 0"
LEGEND = "✓ passed   ◐ partly   ↺ broken since   ○ not yet   ? cannot tell   · not tried"


@dataclass(frozen=True)
class Line:
    """How one lesson stands."""

    lesson: str
    states: tuple[tuple[str, str], ...]  # exercise id, state
    points: int
    of_points: int

    @property
    def passed(self) -> int:
        return sum(state == "passes" for _, state in self.states)


class Standing:
    """Every lesson with its exercises, as they were when last checked."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines

    @property
    def passed(self) -> int:
        return sum(line.passed for line in self.lines)

    @property
    def exercises(self) -> int:
        return sum(len(line.states) for line in self.lines)

    @property
    def sentence(self) -> str:
        points, of_points = (
            sum(line.points for line in self.lines),
            sum(line.of_points for line in self.lines),
        )
        return f"{self.passed} of {self.exercises} exercises passed, {points} of {of_points} points"

    def __repr__(self) -> str:
        return f"Progress: {self.sentence}"

    def __str__(self) -> str:
        full = round(20 * self.passed / self.exercises) if self.exercises else 0
        rows = [
            (line.lesson, f"{line.passed} of {len(line.states)}  {signs(line)}")
            for line in self.lines
            if line.states
        ]
        return as_text(f"[{'#' * full}{'.' * (20 - full)}] {self.sentence}", rows) + f"\n  {LEGEND}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="{CELL}; font-weight: 400">{escape(line.lesson)}</th>'
            f'<td style="{CELL}">{line.passed} of {len(line.states)}</td>'
            f'<td style="{CELL}">{marks(line)}</td></tr>'
            for line in self.lines
            if line.states
        )
        heads = "".join(
            f'<th scope="col" style="{CELL}">{name}</th>' for name in ("Lesson", "Passed", "Exercises")
        )
        return (
            f'<section class="workbook-card" aria-label="Your progress">'
            f'<p style="{HEAD}">{escape(self.sentence)}</p>'
            f'<progress value="{self.passed}" max="{max(self.exercises, 1)}" '
            f'aria-label="Exercises passed" style="width: 100%; max-width: 36em; height: 1em"></progress>'
            f'<table style="border-collapse: collapse; margin: 8px 0"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
            f'<p style="opacity: 0.75; margin: 0; white-space: pre-wrap">{LEGEND}</p></section>'
        )


def progress() -> Standing:
    """How far you are: what ``check`` said of each exercise when you last asked it."""
    return Standing(tuple(line_of(lesson) for lesson in LESSONS))


def line_of(lesson: str) -> Line:
    exercises, entries = in_lesson(lesson), record.read()
    states = tuple((one.id, entries.get(one.id, record.Entry()).state) for one in exercises)
    points = sum(one.points for one, (_, state) in zip(exercises, states, strict=True) if state == "passes")
    return Line(lesson, states, points, sum(one.points for one in exercises))


def signs(line: Line) -> str:
    return " ".join(SIGNS.get(state, "·") for _, state in line.states)


def marks(line: Line) -> str:
    """The signs, each with its exercise and state for those who point at it or hear it."""
    return " ".join(
        f'<span role="img" aria-label="{told}" title="{told}">{SIGNS.get(state, "·")}</span>'
        for name, state in line.states
        for told in [escape(f"{name}: {state}", quote=True)]
    )
