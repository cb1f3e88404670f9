"""Catching up: what comes before a lesson is built, with the learner's own handlers where they pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.stack import LAYERS, Stack, build
from dashboard.stack.functions import is_deployed
from dashboard.stack.package import package
from workbook import kept, record
from workbook.exercises import LESSONS, in_lesson, word_of

# Lesson 3 makes the function of lesson 2 write records; every other function has one lesson.
LESSONS_OF = {"index_upload": (2, 3), "list_files": (4,), "get_file": (4,), "create_upload": (6,),
              "delete_file": (7,)}  # fmt: skip


@dataclass(frozen=True)
class CaughtUp:
    """Which layers came before, and whose handlers run in them."""

    layers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()  # short names of the learner's own handlers

    @property
    def sentence(self) -> str:
        if not self.layers:
            return ""
        built = f"Built before this lesson: {', '.join(self.layers)}."
        return f"{built} Your own code runs in {', '.join(self.own)}." if self.own else built


def layers_before(lesson: int) -> tuple[str, ...]:
    """The layers that a lesson takes as given: lesson 4 builds the fourth, so three come before.

    >>> layers_before(4)
    ('storage', 'events', 'metadata')
    """
    return LAYERS[: max(lesson - 1, 0)]


def catch_up(
    stack: Stack, lesson: int, cloud: str, progress: Callable[[str], object] | None = None
) -> CaughtUp:
    """Build the layers before a lesson. What stands of this lesson or a later one stays as it is."""
    kept.keep_all()
    for short in LESSONS_OF:
        if digest := proven(short):
            kept.bring_back(short, digest)
    layers = layers_before(lesson)
    if not layers:
        return CaughtUp()
    packages = choose_packages(stack, lesson, cloud)
    build(replace(stack, packages=packages), layers[-1], progress)
    record.note_caught_up(cloud, layers)
    return CaughtUp(layers, tuple(short for short, code in packages.items() if code))


def choose_packages(stack: Stack, lesson: int, cloud: str) -> dict[str, bytes | None]:
    """The code of the functions that come before: the learner's where it passed. No entry means ours."""
    packages: dict[str, bytes | None] = {}
    for short, lessons in LESSONS_OF.items():
        before = [number for number in lessons if number < lesson]
        if not before:
            continue
        own = proven(short, before[-1])
        is_this_lessons_too = before[-1] != lessons[-1]
        has_a_base = own or LAYERS[before[-1] - 1] in record.caught_up(cloud)
        if is_this_lessons_too and has_a_base and is_deployed(stack, stack.functions[short].name):
            packages[short] = None  # it may be this lesson's work already
        elif own and (copy := kept.copy_of(short, own)).exists():
            packages[short] = package(copy.parent)
    return packages


def proven(short: str, lesson: int | None = None) -> str:
    """The digest of a handler that passed every check of a lesson, by default of its last; else empty."""
    number = lesson if lesson is not None else LESSONS_OF[short][-1]
    entries = record.read()
    about = [one.id for one in in_lesson(LESSONS[number]) if one.function == short]
    digests = [entries.get(name, record.Entry()).handler for name in about]
    return digests[-1] if digests and all(digests) else ""


def lesson_of_layer(layer: str) -> str:
    """The lesson that builds a layer.

    >>> lesson_of_layer("api")
    '04_api'
    """
    return next(lesson for lesson in LESSONS if word_of(lesson) == layer)
