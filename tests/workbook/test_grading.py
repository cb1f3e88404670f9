"""Grading: who passed what, and submissions that hang, crash, fork or reach out cost only themselves."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from workbook.exercises import find as exercise
from workbook.grading.results import Result, Row, shared_mistakes, write_csv
from workbook.grading.run import CANNOT_CONFINE, MARK, Limits, grade, read_json
from workbook.grading.submissions import Submission, SubmissionError, find, prepare
from workbook.grading.summary import page

pytestmark = pytest.mark.timeout(600)  # seconds: several notebooks, each in a cloud of its own
ROOT = Path(__file__).parents[2]
LESSON = "00_start_here"
SECONDS = 240  # for a lesson on a loaded machine
REACHING_OUT = """
import json, os, subprocess, urllib.request
def attempt(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
subprocess.Popen(["setsid", "sleep", "987654"])
print(json.dumps({
    "its own folder": attempt(lambda: open("mine", "w").close()),
    "the instructor's folder": attempt(lambda: open(TARGET, "a").close()),
    "the common /tmp": attempt(lambda: open("/tmp/from a submission", "w").close()),
    "the network": attempt(lambda: urllib.request.urlopen("http://192.0.2.1", timeout=5)),
    "neighbours": len(os.listdir("..")),
    "secrets": [name for name in os.environ if name.startswith("AWS_") or "TOKEN" in name],
}))
"""


def notebook(path: Path, *sources: str) -> Submission:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return Submission(path, path.stem.removesuffix(f"_{LESSON}"))


def left_behind(grader: int) -> list[str]:
    """Processes that still run of submissions which a process graded."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(f"workbook-grade-{grader}-"):
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three: one who solved the lesson, one who did not, and one who reaches out."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "ada").mkdir()
    shutil.copy(ROOT / "solutions" / f"{LESSON}.ipynb", folder / "ada")
    shutil.copy(ROOT / "notebooks" / f"{LESSON}.ipynb", folder / f"bob_{LESSON}.ipynb")
    target = str(ROOT / "notebooks" / f"{LESSON}.ipynb")
    notebook(
        folder / f"mallory_{LESSON}.ipynb", REACHING_OUT.replace("TARGET", repr(target)), "check = print"
    )
    (folder / "zoe.ipynb").write_text("not a notebook")
    out = folder.parent / "out"
    command = [
        sys.executable,
        "-m",
        "workbook.cli",
        "grade",
        str(folder),
        "--out",
        str(out),
        f"--seconds={SECONDS}",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SECRET_TOKEN": "hidden"}
    grader = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said, errors = grader.communicate()
    assert grader.returncode == 0, errors
    assert not left_behind(grader.pid)
    return out, said


def test_it_says_who_passed_what(graded):
    out, said = graded
    results = {one["learner"]: one for one in json.loads((out / "grades.json").read_text())["submissions"]}
    ada, bob = results["ada"], results["bob"]
    assert (ada["ended"], ada["points"], ada["of_points"]) == ("ran to the bottom", 3, 3)
    assert [row["state"] for row in ada["exercises"]] == ["passes", "passes"]
    assert (bob["ended"], bob["points"]) == ("ran to the bottom", 0)
    assert results["zoe"]["ended"].startswith("it is not a notebook")
    assert f"ada  {LESSON}  2 of 2 passed, 3 of 3 points" in said
    rows = list(csv.DictReader((out / "grades.csv").open()))
    assert [row["state"] for row in rows if row["learner"] == "ada"] == ["passes", "passes"]
    summary = (out / "summary.html").read_text()
    assert "your function returns nothing yet" in summary
    assert "confined to itself" in summary


def test_a_submission_cannot_reach_out_nor_check_itself(graded):
    out, _ = graded
    ran = nbformat.read(out / "notebooks" / f"mallory-{LESSON}.ipynb", as_version=4)
    said = "".join(output.get("text", "") for output in ran.cells[0].outputs)
    assert json.loads(said[said.index("{") :]) == {
        "its own folder": "done",
        "the instructor's folder": said and json.loads(said[said.index("{") :])["the instructor's folder"],
        "the common /tmp": "OSError",
        "the network": "URLError",
        "neighbours": 1,
        "secrets": [],
    }
    assert json.loads(said[said.index("{") :])["the instructor's folder"] in ("OSError", "PermissionError")
    results = {one["learner"]: one for one in json.loads((out / "grades.json").read_text())["submissions"]}
    assert results["mallory"]["points"] == 0


def test_what_hangs_crashes_or_forks_costs_only_itself(tmp_path):
    endless = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    forks = "import os, time\nwhile True:\n    try:\n        os.fork() or time.sleep(9**9)\n"
    forks += "    except OSError:\n        time.sleep(1)"
    hanging = [notebook(tmp_path / f"{name}_{LESSON}.ipynb", source)
               for name, source in (("endless", endless), ("forks", forks))]  # fmt: skip
    crashing = notebook(tmp_path / f"crashes_{LESSON}.ipynb", "import os; os.kill(os.getpid(), 9)")
    ended = {one.learner: one.ended for one in grade(hanging, Limits(12, 5))}
    ended |= {one.learner: one.ended for one in grade([crashing], Limits(SECONDS, 30))}
    assert ended == {
        "endless": "it was stopped after 12 seconds",
        "forks": "it was stopped after 12 seconds",
        "crashes": "its kernel died",
    }
    assert not left_behind(os.getpid())


def test_unconfined_leaves_no_process_either(tmp_path):
    daemon = 'import subprocess; subprocess.Popen(["setsid", "sleep", "987654"], start_new_session=True)'
    hides = "import os, time\nif not os.fork():\n    os.setsid()\n    os.fork() or time.sleep(10**6)"
    given = notebook(tmp_path / f"daemon_{LESSON}.ipynb", daemon, hides, "import os; os._exit(3)")
    [result] = grade([given], Limits(SECONDS, 30, confined=False))
    assert result.ended in ("its kernel died", "its run crashed")
    assert not left_behind(os.getpid())


@pytest.mark.skipif(not shutil.which("unshare"), reason="util-linux is not installed")
def test_a_machine_that_cannot_confine_is_told_so_before_anything_runs(tmp_path):
    given = notebook(tmp_path / f"ada_{LESSON}.ipynb", "open('ran', 'w')")
    forbid = "echo 0 > /proc/sys/user/max_user_namespaces"
    command = [
        "unshare",
        "-Ur",
        "sh",
        "-c",
        f'{forbid}; exec "$@"',
        "sh",
        sys.executable,
        "-m",
        "workbook.cli",
    ]
    command += ["grade", str(given.path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert CANNOT_CONFINE[:40] in done.stderr
    assert "--unconfined" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_submission_tells_is_read_with_care(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "list").write_text("[1]")
    assert [read_json(tmp_path / name) for name in ("pipe", "link", "list", "nothing")] == [{}] * 4


def test_mistakes_that_a_class_shares_come_first_and_nothing_is_taken_for_code(tmp_path):
    title = exercise("start_here-1").title

    def result(learner: str, found: str) -> Result:
        row = Row("start_here-1", title, "partly", 0, 1, 1, found)
        return Result(learner, LESSON, "file", "ran to the bottom", 1.0, (row,))

    results = [result("ada", "rare"), result("<script>alert(1)</script>", "common"), result("=1+1", "common")]
    assert [text for text, _ in shared_mistakes(results)["start_here-1"]] == ["common", "rare"]
    assert "<script>" not in page(results, confined=True)
    write_csv(results, tmp_path / "grades.csv")
    assert "'=1+1" in (tmp_path / "grades.csv").read_text()


def test_whose_notebook_it_is_follows_from_folder_or_name(tmp_path):
    for name in ("ada/01_storage.ipynb", "bob_01_storage.ipynb", "ada/.ipynb_checkpoints/01_storage.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "notebooks" / f"{LESSON}.ipynb", tmp_path / name)
    assert [(one.learner, one.path.name) for one in find([tmp_path])] == [
        ("ada", "01_storage.ipynb"),
        ("bob", "bob_01_storage.ipynb"),
    ]


def test_a_lesson_is_known_by_its_cells_and_gets_its_own_checks_back(tmp_path):
    changed = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    changed.cells = [cell for cell in changed.cells if cell.id != "start-check-1"]
    for cell in changed.cells:
        if cell.id == "start-check-2":
            cell.source = "print('start_here-2 passes')"
    nbformat.write(changed, tmp_path / "my notebook.ipynb")
    lesson, prepared = prepare(tmp_path / "my notebook.ipynb")
    sources = [cell.source for cell in prepared.cells]
    assert lesson == LESSON
    assert sum('check("start_here-1"' in source for source in sources) == 1
    assert sum('check("start_here-2"' in source for source in sources) == 1
    (tmp_path / "other.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    with pytest.raises(SubmissionError, match="none of the lessons"):
        prepare(tmp_path / "other.ipynb")
