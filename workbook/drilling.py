"""Failure drills: break something real on purpose, see what a user sees, and put it right again."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from checks.where import work_folder
from dashboard.stack import Stack
from workbook.architecture_parts import State, look
from workbook.card import as_html, as_text
from workbook.drill_defects import DRILLS, LONG, SHORT, Drill
from workbook.quiz_widget import Said

NEVER, PLANTED, MENDED, TAKEN_BACK = "not planted", "planted", "mended", "taken back"
BY_NUMBER = {drill.number: drill for drill in DRILLS}


class Card:
    """Something to read: a title and rows, the same as text and as HTML."""

    def __init__(self, title: str, rows: Sequence[tuple[str, str]], accent: str = "info") -> None:
        self.title, self.rows, self.accent = title, list(rows), accent

    def __repr__(self) -> str:
        return as_text(self.title, self.rows)

    def _repr_html_(self) -> str:
        return as_html(self.title, self.rows, self.accent)


class Record:
    """How each drill stands, kept in ``work/drills.json`` so that a new kernel knows it too."""

    def __init__(self, stack: Stack) -> None:
        self._stack = f"{stack.account_id}/{stack.name}"
        self._path = work_folder() / "drills.json"

    def __getitem__(self, number: int) -> str:
        """``planted``, ``mended`` by the learner, ``taken back`` by mend(), or ``not planted`` so far."""
        standing = self._all().get(self._stack)
        return str(standing.get(str(number), NEVER)) if isinstance(standing, dict) else NEVER

    def note(self, number: int, standing: str) -> None:
        kept = self._all()
        kept[self._stack] = {**kept.get(self._stack, {}), str(number): standing}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def _all(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def break_something(
    number: int | None = None, stack: Stack | None = None, *, seed: int | None = None
) -> Card | Said:
    """Plant one real defect in the live stack, and show what its users notice.

    Without a number it is a surprise: ``seed`` decides which, so that a class can have the same one.
    """
    stack = stack or Stack.named()
    if number is not None and number not in BY_NUMBER:
        return Said(f"There is no drill {number!r}: the live drills are 2 to 6, and drill 1 is the quiz.")
    if unready := [part.id for part in look(stack) if part.state is State.NOT_BUILT]:
        return Said(f"A drill needs a whole dashboard, but there is no {unready[0]}: run begin(lesson=11).")
    chosen = random.Random(seed).choice(DRILLS)  # noqa: S311 no secret
    drill, title = (chosen, "A surprise") if number is None else (BY_NUMBER[number], f"Drill {number}")
    drill.plant(stack)
    Record(stack).note(drill.number, PLANTED)
    return Card(title, [("A user says", f"“{drill.complaint}”"), *seen(drill, stack, SHORT)], "bad")


def seen(drill: Drill, stack: Stack, seconds: float) -> list[tuple[str, str]]:
    return [("You try it", f"{drill.notice(stack, seconds)}.")]


def mend(number: int | None = None, stack: Stack | None = None) -> Card | Said:
    """Take a drill's defect back, or those of all drills, and show what users notice now."""
    stack = stack or Stack.named()
    if number is not None and number not in BY_NUMBER:
        return Said(f"There is no drill {number!r}: the live drills are 2 to 6.")
    chosen = list(DRILLS) if number is None else [BY_NUMBER[number]]
    for drill in chosen:
        drill.restore(stack)
        Record(stack).note(drill.number, TAKEN_BACK)
    if number is None:
        return Said("Every drill is taken back: the dashboard is as it was.")
    return Card(
        f"Drill {number} is taken back", [("It was", chosen[0].cause), *seen(chosen[0], stack, LONG)], "good"
    )


def drills(stack: Stack | None = None) -> Card:
    """What the drills are, and which of them are planted now."""
    record = Record(stack or Stack.named())
    rows = [(f"{drill.number} · {record[drill.number]}", f"“{drill.complaint}”") for drill in DRILLS]
    return Card("Failure drills", rows)
