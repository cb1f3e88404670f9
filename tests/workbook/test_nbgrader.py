"""nbgrader, as a course would use it: generate an assignment, take two submissions, grade them."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.timeout(600)  # seconds: nbgrader is slow to start, and starts four times
pytest.importorskip("nbgrader", reason="the extra [instructors] is not installed")

ROOT = Path(__file__).parents[2]
LESSON = "00_start_here"


def nbgrader(course: Path, *arguments: str) -> str:
    environment = os.environ | {
        "HOME": str(course),
        "JUPYTER_CONFIG_DIR": str(course / "config"),
        "JUPYTER_DATA_DIR": str(course / "data"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # nbgrader calls alembic by name
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one assignment, which ada solved and bob did not touch; graded."""
    course = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "docs" / "nbgrader_config.py", course)
    source = course / "source" / LESSON
    source.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / f"{LESSON}.ipynb", source)
    nbgrader(course, "generate_assignment", LESSON)
    released = course / "release" / LESSON / f"{LESSON}.ipynb"
    solved = {
        cell.id: cell.source
        for cell in nbformat.read(ROOT / "solutions" / f"{LESSON}.ipynb", as_version=4).cells
        if "exercise" in cell.metadata.get("tags", [])
    }
    for learner, answers in (("ada", solved), ("bob", {})):
        notebook = nbformat.read(released, as_version=4)
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
            if "check" in cell.metadata.get("tags", []) and learner == "bob":
                cell.source = "100"  # nbgrader puts the check back
        submitted = course / "submitted" / learner / LESSON
        submitted.mkdir(parents=True)
        nbformat.write(notebook, submitted / f"{LESSON}.ipynb")
    nbgrader(course, "autograde", LESSON)
    return course


def test_the_released_assignment_has_stubs_that_do_not_raise(course):
    released = nbformat.read(course / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    stubs = [cell.source for cell in released.cells if "exercise" in cell.metadata.get("tags", [])]
    assert all("...  # your code here" in source and "raise" not in source for source in stubs)
    assert len(stubs) == 2


def test_points_follow_from_the_checks(course):
    nbgrader(course, "export")
    rows = csv.DictReader((course / "grades.csv").open())
    scores = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}
    assert scores == {"ada": (3, 3), "bob": (0, 3)}
