"""Every exercise in its lesson: refused untouched and for each known mistake, taken however it is solved."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.workbook.play import wrong_answers
from workbook.exercises import LESSONS, every, in_lesson

pytestmark = pytest.mark.timeout(400)  # seconds: a lesson is played with all its wrong answers
ROOT = Path(__file__).parents[2]
SECONDS = 300  # for one lesson on a loaded machine


def play(lesson: str, folder: Path) -> dict:
    environment = os.environ | {"WORKBOOK_WORK": str(folder / "work"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, Path(__file__).with_name("play.py"), lesson]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


class Lesson:
    """One class a lesson, so that processes can share the lessons between them."""

    lesson = ""

    def test_refuses_what_is_wrong_and_takes_the_solution(self, tmp_path):
        played = play(self.lesson, tmp_path)
        assert played["broken"] == [], "cells of the solved lesson that raised"
        assert [told(one) for one in played["answers"] if not is_right(one)] == []
        assert {one["exercise"] for one in played["answers"]} == {one.id for one in in_lesson(self.lesson)}

    def test_every_exercise_has_two_known_mistakes_and_help(self):
        mistakes = wrong_answers(self.lesson)
        for exercise in in_lesson(self.lesson):
            names = [name for name, *_ in mistakes.get(exercise.id, [])]
            assert len(set(names)) == len(names) >= 2, f"{exercise.id} has {names}"
            assert len(exercise.hints) >= 2, f"{exercise.id} has {len(exercise.hints)} hints"
            assert exercise.where.startswith(self.lesson), exercise.where
            assert exercise.why, exercise.id
        assert set(mistakes) == {exercise.id for exercise in in_lesson(self.lesson)}

    def test_its_exercises_are_those_of_the_notebook(self):
        cells = nbformat.read(ROOT / "solutions" / f"{self.lesson}.ipynb", as_version=4).cells
        there = [
            cell.metadata["workbook"]["exercise"]
            for cell in cells
            if "exercise" in cell.metadata.get("tags", [])
        ]
        assert there == [exercise.id for exercise in in_lesson(self.lesson)]


def is_right(answer: dict) -> bool:
    """What is right passes and raises nothing; all else never passes. Untouched, nothing raises either."""
    if answer["check_raised"] or (answer["raised"] and (answer["right"] or answer["variant"] == "untouched")):
        return False
    return (answer["state"] == "passes") == answer["right"]


def told(answer: dict) -> str:
    raised = answer["check_raised"] or answer["raised"]
    return f"{answer['exercise']}, {answer['variant']}: {answer['state']} {raised}\n{answer['said']}"


class TestStartHere(Lesson):
    lesson = "00_start_here"


class TestStorage(Lesson):
    lesson = "01_storage"


class TestEvents(Lesson):
    lesson = "02_events"


class TestMetadata(Lesson):
    lesson = "03_metadata"


class TestApi(Lesson):
    lesson = "04_api"


class TestFrontend(Lesson):
    lesson = "05_frontend"


class TestUploads(Lesson):
    lesson = "06_uploads"


class TestDelete(Lesson):
    lesson = "07_delete"


class TestMonitoring(Lesson):
    lesson = "08_monitoring"


class TestReview(Lesson):
    lesson = "09_review"


class TestHardening(Lesson):
    lesson = "10_hardening"


class TestFailureDrill(Lesson):
    lesson = "11_failure_drill"


def test_every_lesson_is_played():
    assert {kind.lesson for kind in Lesson.__subclasses__()} == set(LESSONS)


def test_there_are_at_least_thirty_exercises_and_no_two_have_one_name():
    names = [exercise.id for exercise in every()]
    assert len(set(names)) == len(names) >= 30
