"""Submissions: which notebooks there are, whose they are, and which lesson they answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from checks.where import ROOT
from workbook.exercises import LESSONS

MOST_BYTES = 20 * 1024**2  # of a notebook


class SubmissionError(Exception):
    """A notebook that cannot be graded; the message says why."""


@dataclass(frozen=True)
class Submission:
    """One notebook of one learner."""

    path: Path
    learner: str


def find(paths: Iterable[Path]) -> list[Submission]:
    """The notebooks among files and in folders, in the order of their names.

    Whose notebook it is follows from the folder that it lies in, below the one that was named
    (``class/alice/01_storage.ipynb``), else from its own name (``class/alice_01_storage.ipynb``).
    """
    found: dict[Path, Submission] = {}
    for path in paths:
        for notebook, below in _notebooks(path):
            found.setdefault(notebook.resolve(), Submission(notebook, _learner(notebook, below)))
    return sorted(found.values(), key=lambda one: (one.learner, one.path.name))


def _notebooks(path: Path) -> Iterator[tuple[Path, Path]]:
    """Each notebook, and its path below the folder that was named."""
    if path.is_file():
        yield path, Path(path.name)
        return
    for notebook in sorted(path.rglob("*.ipynb")):
        if notebook.is_file() and ".ipynb_checkpoints" not in notebook.parts:
            yield notebook, notebook.relative_to(path)


def _learner(notebook: Path, below: Path) -> str:
    if len(below.parts) > 1:
        return below.parts[0]
    name = notebook.stem
    for lesson in LESSONS:
        name = name.replace(lesson, "")
    return name.strip(" -_.()") or notebook.resolve().parent.name


def prepare(path: Path) -> tuple[str, Any]:
    """The lesson that a notebook answers, and the notebook with our check cells. Raises SubmissionError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SubmissionError(f"it is larger than {MOST_BYTES // 1024**2} MB")
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError,
            nbformat.reader.NotJSONError, nbformat.ValidationError) as error:  # fmt: skip
        raise SubmissionError(f"it is not a notebook: {' '.join(str(error).split())[:120]}") from None
    lesson = lesson_of(notebook, path.stem)
    restore_checks(notebook, lesson)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return lesson, notebook


def lesson_of(notebook: Any, stem: str) -> str:
    """The lesson whose cells a notebook has, whatever its file is called. Raises SubmissionError."""
    ids = {cell.get("id") for cell in notebook.cells}
    shared = {lesson: len(ids & {cell["id"] for cell in original(lesson)}) for lesson in LESSONS}
    best = max(shared, key=lambda lesson: shared[lesson])
    if shared[best] >= 3:
        return best
    named = [lesson for lesson in LESSONS if lesson in stem]
    if not named:
        raise SubmissionError("it is none of the lessons: neither its cells nor its name say which")
    return named[0]


@cache
def original(lesson: str) -> list[dict[str, Any]]:
    """The cells of the notebook that learners got."""
    path = ROOT / "notebooks" / f"{lesson}.ipynb"
    cells: list[dict[str, Any]] = (
        json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    )
    return cells


def restore_checks(notebook: Any, lesson: str) -> None:
    """Put each check cell back as it was: learners may change everything but how they are checked."""
    there = {cell.get("id"): cell for cell in notebook.cells}
    for cell in original(lesson):
        if "check" not in cell["metadata"].get("tags", []):
            continue
        source = "".join(cell["source"])
        if cell["id"] in there and there[cell["id"]].cell_type == "code":
            there[cell["id"]].source = source
        else:
            notebook.cells.append(nbformat.v4.new_code_cell(source))
