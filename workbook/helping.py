"""``hint("storage-1")`` and ``solution("storage-1")``: help from a nudge to the answer."""

from __future__ import annotations

import json
from dataclasses import replace

from checks.where import ROOT
from workbook import record
from workbook.card import as_html, as_text
from workbook.exercises import Exercise, UnknownExerciseError, find, lesson_of


class Hint:
    """One hint, with how many there are."""

    def __init__(self, exercise: str, number: int, of: int, text: str) -> None:
        self.exercise, self.number, self.of, self.text = exercise, number, of, text

    @property
    def title(self) -> str:
        return (
            f"Hint {self.number} of {self.of} for {self.exercise}"
            if self.of
            else f"No hint for {self.exercise}"
        )

    @property
    def rows(self) -> list[tuple[str, str]]:
        more = f'`hint("{self.exercise}")` again says more.'
        last = f'That was the last hint. `solution("{self.exercise}")` shows the answer.'
        after = "" if not self.of else more if self.number < self.of else last
        return [("", self.text), ("", after)]

    def __repr__(self) -> str:
        return f"{self.title}: {self.text}"

    def __str__(self) -> str:
        return as_text(self.title, self.rows)

    def _repr_html_(self) -> str:
        return as_html(self.title, self.rows, "info")


class Solution:
    """The solved cell of an exercise, as ``solutions/`` holds it."""

    def __init__(self, exercise: str, source: str, note: str = "") -> None:
        self.exercise, self.source, self.note = exercise, source, note

    def __repr__(self) -> str:
        return self.note or f"# {self.exercise}, solved\n{self.source}"

    def _repr_markdown_(self) -> str:
        if self.note:
            return self.note
        fence = "`" * 3 if "`" * 3 not in self.source else "`" * 4
        return f"**{self.exercise}, solved**\n\n{fence}python\n{self.source}\n{fence}\n"


def hint(name: str) -> Hint:
    """The next hint for an exercise: at each call one more, up to the last."""
    try:
        exercise = find(name)
    except UnknownExerciseError as error:
        return Hint(str(name), 0, 0, str(error))
    if not exercise.hints:
        return Hint(exercise.id, 0, 0, f"Read {exercise.where} again.")
    entry = record.note(
        exercise.id, lambda before: replace(before, hints=min(before.hints + 1, len(exercise.hints)))
    )
    return Hint(exercise.id, entry.hints, len(exercise.hints), exercise.hints[entry.hints - 1])


def solution(name: str) -> Solution:
    """The solved cell of an exercise. There is one copy of it, in ``solutions/``."""
    try:
        exercise = find(name)
        source = solved_cell(exercise)
    except (UnknownExerciseError, FileNotFoundError, LookupError) as error:
        return Solution(str(name), "", str(error))
    record.note(exercise.id, lambda before: replace(before, solution_read=True))
    return Solution(exercise.id, source)


def solved_cell(exercise: Exercise) -> str:
    """The source of an exercise's cell in ``solutions/``, without the mark."""
    path = ROOT / "solutions" / f"{lesson_of(exercise.id)}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except OSError:
        raise FileNotFoundError(
            f"The solutions are not here: there is no {path.name} in solutions/."
        ) from None
    for cell in cells:
        if cell["metadata"].get("workbook", {}).get("exercise") == exercise.id:
            lines = "".join(cell["source"]).splitlines()
            return "\n".join(line for line in lines if line.strip() != "# solution")
    raise LookupError(f"solutions/{path.name} has no cell for {exercise.id!r}.")
