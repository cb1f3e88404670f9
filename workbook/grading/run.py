"""Running submissions: each in a folder, a kernel and a cloud of its own, for so long and no longer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from checks.where import ROOT
from workbook import record
from workbook.grading.confined import FIRST_USER
from workbook.grading.results import Result, rows_of
from workbook.grading.submissions import Submission, SubmissionError, prepare

MOST_BYTES = 4 * 1024**2  # of what a submission tells about itself
MARK = "WORKBOOK_GRADED"

CANNOT_CONFINE = (
    "Submissions cannot be kept from this machine's files and network: {why}. Grade on Linux with user "
    "namespaces, from a workbook that every user may read; a container needs "
    "--cap-add SYS_ADMIN --security-opt seccomp=unconfined. For work that you trust: --unconfined."
)


class ConfinementError(Exception):
    """No way here to keep a submission from the rest of the machine; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """How long a submission and each of its cells may take, and whether it is kept from everything else."""

    seconds: int = 600
    cell_seconds: int = 60
    confined: bool = True


def grade(
    submissions: Sequence[Submission],
    limits: Limits,
    jobs: int = 2,
    told: Callable[[Result], object] = lambda _: None,
    keep: Path | None = None,
) -> list[Result]:
    """Run every submission, and tell each result as it comes. ``keep`` is where the executed notebooks go.

    Raises ConfinementError before anything of a submission runs.
    """
    base = Path(tempfile.mkdtemp(prefix=f"workbook-grade-{os.getpid()}-"))
    try:
        if limits.confined:
            try_confinement(base)
        with ThreadPoolExecutor(jobs) as pool, Stopping() as stopping:
            tasks = [
                pool.submit(one_result, submission, base / str(number), number, limits, stopping, keep)
                for number, submission in enumerate(submissions, 1)
            ]
            try:
                results = []
                for task in tasks:
                    results.append(task.result())
                    told(results[-1])
                return results
            except BaseException:
                stopping.now()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        shutil.rmtree(base, ignore_errors=True)


class Stopping:
    """Ends what runs, should the instructor press Ctrl-C."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def add(self, pid: int) -> None:
        with self._lock:
            self._running.add(pid)

    def drop(self, pid: int) -> None:
        with self._lock:
            self._running.discard(pid)

    def now(self) -> None:
        with self._lock:
            self.stopped = True
            for pid in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def __enter__(self) -> Stopping:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def try_confinement(base: Path) -> None:
    """Raise ConfinementError when a submission could not be kept to itself here."""
    try:
        folder = make_folder(base / "try", 0)
    except OSError as error:
        raise ConfinementError(CANNOT_CONFINE.format(why=error)) from None
    command = [sys.executable, "-m", "workbook.grading.confined", "--try", str(folder)]
    tried = subprocess.run(  # noqa: S603 our own interpreter
        command, env=environment(folder, ""), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        last = (tried.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise ConfinementError(CANNOT_CONFINE.format(why=last))


def one_result(
    submission: Submission, folder: Path, number: int, limits: Limits, stopping: Stopping, keep: Path | None
) -> Result:
    """Run one submission. Whatever it does, there is a result."""
    began = time.monotonic()
    file = str(submission.path)
    try:
        lesson, notebook = prepare(submission.path)
    except SubmissionError as error:
        return Result(submission.learner, "", file, str(error), 0.0)
    make_folder(folder, number)
    path = folder / "notebook.ipynb"
    nbformat.write(notebook, path)
    path.chmod(0o644)
    ended = run_in(folder, limits, stopping)
    outcome = read_json(folder / "outcome.json")
    if not ended:
        ended = str(outcome.get("ended", "its run crashed"))[:200]
    raised = outcome.get("raised", [])
    entries = record.entries_of(read_json(folder / "work" / "progress.json"))
    if keep is not None:
        keep_notebook(folder / "executed.ipynb", keep / f"{submission.learner}-{lesson}.ipynb")
    return Result(
        submission.learner,
        lesson,
        file,
        ended,
        time.monotonic() - began,
        rows_of(lesson, entries),
        tuple(str(line) for line in raised) if isinstance(raised, list) else (),
    )


def run_in(folder: Path, limits: Limits, stopping: Stopping) -> str:
    """Run what is in a folder. Returns what stopped it from outside, or an empty text."""
    mark = f"{folder.parent.name}-{folder.name}"
    command = [sys.executable, "-m", "workbook.grading.runner", str(folder), str(limits.cell_seconds)]
    if limits.confined:
        command = [sys.executable, "-m", "workbook.grading.confined", str(folder), *command]
    with (folder.parent / f"{folder.name}.log").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 our own interpreter, and it confines itself
            command,
            env=environment(folder, mark),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        stopping.add(process.pid)
        try:
            process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            return f"it was stopped after {limits.seconds} seconds"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the first process ends, and its whole world with it
            process.wait()
            stopping.drop(process.pid)
            end_marked(mark)
    return "it was stopped" if stopping.stopped else ""


def end_marked(mark: str) -> None:
    """End every process that a submission left behind, wherever it went: its environment has the mark.

    The kernel ends what was confined by itself, but not at once: then this waits for it.
    """
    for _ in range(20):  # what forks while we look is found the next time
        found = [process for process in psutil.process_iter() if _has_mark(process, mark)]
        if not found:
            return
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def _has_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.environ().get(MARK) == mark)
    except (psutil.Error, OSError):
        return False


def make_folder(folder: Path, number: int) -> Path:
    """A folder that is a submission's own; when root grades, it belongs to a user that owns nothing else."""
    user = FIRST_USER + number % 4000
    for path in (folder, folder / "tmp", folder / "work"):
        path.mkdir()
        path.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(path, user, user)
    return folder


def environment(folder: Path, mark: str) -> dict[str, str]:
    """What a submission sees of the instructor's environment: nothing but where programs are."""
    own, scratch = str(folder), f"{folder}/tmp"  # noqa: S108 a folder of its own
    places = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR",
              "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")  # fmt: skip
    return {name: f"{scratch}/{name.lower()}" for name in places} | {
        "HOME": own,
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": scratch,
        "WORKBOOK_WORK": f"{own}/work",
        MARK: mark,
    }


def read_json(path: Path) -> dict[str, object]:
    """What a submission wrote, if it is a plain file of JSON: never a link, a pipe, or too much."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return {}
        try:
            content = json.loads(file.read(MOST_BYTES + 1)[:MOST_BYTES])
        except (ValueError, RecursionError):
            return {}
    return content if isinstance(content, dict) else {}


def keep_notebook(source: Path, target: Path) -> None:
    """Keep the notebook as it ran, for the instructor to look at."""
    if content := read_json(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
