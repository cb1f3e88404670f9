"""What came out: a row for each exercise of each submission, and which mistakes the class shares."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.exercises import in_lesson
from workbook.record import Entry

COLUMNS = (
    "learner",
    "lesson",
    "exercise",
    "title",
    "state",
    "points",
    "of_points",
    "attempts",
    "found",
    "file",
)
VARIES = re.compile(r"[0-9a-f]{32}|127\.0\.0\.1:\d+")  # else no two wrong answers would ever be the same


@dataclass(frozen=True)
class Row:
    """How one exercise stands in one submission."""

    exercise: str
    title: str
    state: str
    points: float
    of_points: int
    attempts: int
    found: str

    @property
    def passed(self) -> bool:
        return self.state == "passes"


@dataclass(frozen=True)
class Result:
    """What became of one submission. ``ended`` says how its run ended, in words."""

    learner: str
    lesson: str
    file: str
    ended: str
    seconds: float
    rows: tuple[Row, ...] = ()
    raised: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        return sum(row.points for row in self.rows)

    @property
    def of_points(self) -> int:
        return sum(row.of_points for row in self.rows)

    @property
    def passed(self) -> int:
        return sum(row.passed for row in self.rows)

    @property
    def is_whole(self) -> bool:
        return self.ended == "ran to the bottom"

    @property
    def sentence(self) -> str:
        name = f"{self.learner}  {self.lesson or self.file}"
        if not self.rows:
            return f"{name}  not graded: {self.ended}"
        told = f"{self.passed} of {len(self.rows)} passed, {self.points:g} of {self.of_points} points"
        return f"{name}  {told}" + ("" if self.is_whole else f"  ({self.ended})")


def rows_of(lesson: str, entries: dict[str, Entry]) -> tuple[Row, ...]:
    """A row for each exercise of a lesson, tried or not."""
    rows = []
    for exercise in in_lesson(lesson):
        entry = entries.get(exercise.id, Entry())
        done = 1.0 if entry.state == "passes" else min(max(entry.done, 0.0), 1.0)
        points = round(exercise.points * done, 2)
        found = VARIES.sub("…", entry.found)
        rows.append(
            Row(exercise.id, exercise.title, entry.state, points, exercise.points, entry.attempts, found)
        )
    return tuple(rows)


def shared_mistakes(results: Sequence[Result]) -> dict[str, list[tuple[str, list[str]]]]:
    """By exercise, what the check found that was wrong, and in whose work: the most frequent first."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        for row in result.rows:
            if not row.passed and row.attempts:
                found[row.exercise][row.found].append(result.learner)
    return {
        exercise: sorted(by_text.items(), key=lambda item: (-len(item[1]), item[0]))
        for exercise, by_text in sorted(found.items())
    }


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """All of it, for programs."""
    return {
        "submissions": [
            {
                "learner": one.learner,
                "lesson": one.lesson,
                "file": one.file,
                "ended": one.ended,
                "seconds": round(one.seconds, 1),
                "points": one.points,
                "of_points": one.of_points,
                "exercises": [row.__dict__ for row in one.rows],
                "raised": list(one.raised),
            }
            for one in results
        ],
        "shared_mistakes": {
            exercise: [{"found": text, "learners": learners} for text, learners in found]
            for exercise, found in shared_mistakes(results).items()
        },
    }


def write_csv(results: Sequence[Result], path: Path) -> None:
    """One line for each exercise of each submission; one with the reason for what could not be graded."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        for one in results:
            same = {"learner": one.learner, "lesson": one.lesson, "file": one.file}
            for row in one.rows:
                table.writerow({name: harmless(value) for name, value in (same | row.__dict__).items()})
            if not one.rows:
                table.writerow(
                    {name: harmless(value) for name, value in (same | {"state": one.ended}).items()}
                )


def harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def write_json(results: Sequence[Result], path: Path) -> None:
    path.write_text(json.dumps(as_json(results), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
