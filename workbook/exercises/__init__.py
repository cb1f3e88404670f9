"""Exercises: what each asks for, how its check looks, what helps. One module a lesson, under its word."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

__all__ = ["LESSONS", "Exercise", "Outcome", "State", "UnknownExerciseError", "every", "find", "in_lesson",
           "no_function", "not_yet", "partly", "passes"]  # fmt: skip

LESSONS = (
    "00_start_here",
    "01_storage",
    "02_events",
    "03_metadata",
    "04_api",
    "05_frontend",
    "06_uploads",
    "07_delete",
    "08_monitoring",
    "09_review",
    "10_hardening",
    "11_failure_drill",
)


class State(Enum):
    """What a check can say of an exercise."""

    NOT_YET = "not yet"
    PARTLY = "partly"
    PASSES = "passes"
    REGRESSED = "regressed"  # passed before, broken since
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Outcome:
    """What a check looked at, what it found there, and the smallest next step. ``done`` runs from 0 to 1."""

    state: State
    looked: str
    found: str
    next_step: str = ""
    done: float = 0.0
    traceback: str = ""  # shown only to those who ask for it

    def but(self, **changes: object) -> Outcome:
        """The same outcome with some parts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def passes(looked: str, found: str, next_step: str = "Nothing to mend: go on with the next cell.") -> Outcome:
    """The exercise is solved."""
    return Outcome(State.PASSES, looked, found, next_step, 1.0)


def partly(looked: str, found: str, next_step: str, done: float = 0.5) -> Outcome:
    """Something right is there, and something is missing; ``done`` is the share that is right."""
    return Outcome(State.PARTLY, looked, found, next_step, min(max(done, 0.0), 1.0))


def not_yet(looked: str, found: str, next_step: str) -> Outcome:
    """Nothing is wrong: it is not made yet, or not so that it works."""
    return Outcome(State.NOT_YET, looked, found, next_step)


def cannot_tell(looked: str, found: str, next_step: str, traceback: str = "") -> Outcome:
    """The check itself could not look."""
    return Outcome(State.CANNOT_TELL, looked, found, next_step, traceback=traceback)


def no_function(looked: str, exercise: str, name: str) -> Outcome:
    """The check was called without the function that it wants to see."""
    return not_yet(looked, "no function was given", f'Call it as `check("{exercise}", {name})`.')


@dataclass(frozen=True)
class Exercise:
    """One thing that a learner makes. ``look(stack, *given)`` looks at the live resources."""

    id: str
    title: str
    look: Callable[..., Outcome]
    why: str
    where: str
    hints: tuple[str, ...]
    points: int = 1
    function: str = ""  # the short name of the handler that it proves: once it passes, a copy is kept

    @property
    def lesson(self) -> str:
        """The lesson that it belongs to, such as ``01_storage``."""
        return lesson_of(self.id)


class UnknownExerciseError(LookupError):
    """An exercise that the workbook does not have."""

    def __init__(self, name: object, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no exercise {name!r}. The exercises here are: {', '.join(known) or 'none'}."
        )


def lesson_of(name: str) -> str:
    """The lesson of an exercise's id. Raises UnknownExerciseError.

    >>> lesson_of("storage-1"), lesson_of("drill-2")
    ('01_storage', '11_failure_drill')
    """
    word = name.rpartition("-")[0]
    for lesson in LESSONS:
        if word and word in (word_of(lesson), lesson.rpartition("_")[2]):
            return lesson
    raise UnknownExerciseError(name, tuple(f"{word_of(lesson)}-1" for lesson in LESSONS[1:]))


def word_of(lesson: str) -> str:
    """The word that runs through every room.

    >>> word_of("11_failure_drill")
    'failure_drill'
    """
    return lesson.partition("_")[2]


@cache
def in_lesson(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of a lesson such as ``01_storage``, in their order; none when it has no module."""
    name = f"{__name__}.{word_of(lesson)}"
    if importlib.util.find_spec(name) is None:
        return ()
    exercises: tuple[Exercise, ...] = importlib.import_module(name).EXERCISES
    return exercises


def find(name: object) -> Exercise:
    """The exercise of that id. Raises UnknownExerciseError, which names those that there are."""
    exercises = in_lesson(lesson_of(str(name)))
    for exercise in exercises:
        if exercise.id == name:
            return exercise
    raise UnknownExerciseError(name, tuple(exercise.id for exercise in exercises))


def every() -> tuple[Exercise, ...]:
    """All exercises of all lessons, in order."""
    return tuple(exercise for lesson in LESSONS for exercise in in_lesson(lesson))
