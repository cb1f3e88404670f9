"""The lessons: run the solved ones in ``solutions/``, and derive from them what learners get.

    python tools/make_notebooks.py [NN ...]        derive notebooks/ (all, or the lessons of these numbers)
    python tools/make_notebooks.py --run [NN ...]  first execute the solutions in place, each in its own cloud
    python tools/make_notebooks.py --check         change nothing; fail when notebooks/ is not what is derived

An exercise cell carries the tag ``exercise`` and its id. What stands below its ``# solution`` line, as far
as it is indented as deep, becomes ``...  # your code here``. A cell with the tag ``check`` comes after it.
"""

import argparse
import copy
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from workbook.exercises import LESSONS, UnknownExerciseError, find  # noqa: E402 after the path is set

SOLUTIONS, NOTEBOOKS = ROOT / "solutions", ROOT / "notebooks"
SANITIZE = ROOT / "tests" / "nbval.cfg"
CELL_SECONDS = 120
MARK = re.compile(r"^([ \t]*)# solution[ \t]*$")
STUB = "...  # your code here"
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


class NotebookError(Exception):
    """A lesson that learners could not use; the message names the cell."""


def cut(source: str) -> str:
    r"""Replace what stands below each ``# solution`` line by a stub.

    >>> print(cut("def double(n):\n    # solution\n    return 2 * n\n\nprint(double(2))"))
    def double(n):
        ...  # your code here
    <BLANKLINE>
    print(double(2))
    """
    return divide(source)[0]


def divide(source: str) -> tuple[str, list[str]]:
    """What a learner gets of a cell, and each part that is hidden."""
    kept: list[str] = []
    parts: list[list[str]] = []
    indent: str | None = None  # of the solution that is being hidden
    for line in source.splitlines():
        if indent is not None and (indent == "" or not line.strip() or line.startswith(indent)):
            parts[-1].append(line)
            continue
        if indent is not None:
            indent = None
            while parts[-1] and not parts[-1][-1].strip():  # blank lines before what follows stay there
                kept.append(parts[-1].pop())
        if mark := MARK.match(line):
            indent = mark[1]
            kept.append(indent + STUB)
            parts.append([])
        else:
            kept.append(line)
    return "\n".join(kept), ["\n".join(part).rstrip() for part in parts]


def exercise_of(cell: NotebookNode) -> str | None:
    """The id of the exercise that a cell is; None for any other cell."""
    return cell.metadata.get("workbook", {}).get("exercise") if "exercise" in tags(cell) else None


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def examine(lesson: str, notebook: NotebookNode) -> None:
    """Raise NotebookError for what would trip a learner, an instructor or the tests."""
    seen: set[str] = set()
    cells = notebook.cells
    for number, cell in enumerate(cells):
        where = f"{lesson}, cell {cell.id!r}"
        if not CELL_ID.fullmatch(cell.id) or cell.id in seen:
            raise NotebookError(
                f"{where}: a cell's id is letters, digits, - and _, and no other cell has it."
            )
        seen.add(cell.id)
        marked = any(MARK.match(line) for line in cell.source.splitlines())
        name = exercise_of(cell)
        if marked != (name is not None):
            raise NotebookError(
                f"{where}: the tag 'exercise' with an id, and a '# solution' line, go together."
            )
        if name is None:
            continue
        try:
            find(name)
        except UnknownExerciseError as error:
            raise NotebookError(f"{where}: {error}") from None
        after = next((cell for cell in cells[number + 1 :] if {"check", "exercise"} & set(tags(cell))), None)
        if after is None or "check" not in tags(after) or f'check("{name}"' not in after.source:
            raise NotebookError(
                f"{where}: before the next exercise comes a cell with the tag 'check' that calls "
                f'check("{name}").'
            )


def learners(lesson: str, solved: NotebookNode) -> NotebookNode:
    """The notebook as the learner gets it: nothing solved, nothing run, and what nbgrader wants to know."""
    examine(lesson, solved)
    notebook = copy.deepcopy(solved)
    notebook.metadata = nbformat.from_dict(METADATA)
    checked = None
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if name := exercise_of(cell):
            cell.source = cut(cell.source)
            cell.metadata["nbgrader"] = nbgrader(name, solution=True)
            checked = name
        elif checked and "check" in tags(cell):
            cell.metadata["nbgrader"] = nbgrader(f"check-{checked}", grade=True) | {
                "points": find(checked).points
            }
            checked = None
    return notebook


def nbgrader(grade_id: str, *, solution: bool = False, grade: bool = False) -> dict:
    """What nbgrader wants to know of a cell (schema 3). It restores locked cells before it grades."""
    return {"grade": grade, "grade_id": grade_id, "locked": grade, "schema_version": 3, "solution": solution,
            "task": False}  # fmt: skip


def written(notebook: NotebookNode) -> str:
    """A notebook as the bytes that we commit."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def read(lesson: str) -> NotebookNode:
    """A solved lesson, with prices that stay prices in JupyterLab."""
    notebook = nbformat.read(SOLUTIONS / f"{lesson}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = prices_as_code(cell.source)
    return notebook


def prices_as_code(text: str) -> str:
    r"""Set prices as code. Between two dollar signs JupyterLab sees a formula, even where both are escaped:
    Markdown takes the backslashes away before MathJax looks, and MathJax looks into all but code.

    >>> print(prices_as_code("from $1 to `$2`, at most \$3.50."))
    from `$1` to `$2`, at most `$3.50`.
    """
    parts = re.split(r"(```.*?```|`[^`]*`)", text, flags=re.DOTALL)
    parts[::2] = [re.sub(r"\\?(\$\d(?:[\d.,]*\d)?)", r"`\1`", part) for part in parts[::2]]
    return "".join(parts)


def run(lesson: str) -> None:
    """Execute a solved lesson in place, as a learner would: no cloud runs yet, and ``work/`` is new."""
    before = read(lesson)
    examine(lesson, before)
    notebook = copy.deepcopy(before)
    with tempfile.TemporaryDirectory(prefix="workbook-run-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"WORKBOOK_WORK": str(Path(folder) / "work"), "PYTHONPATH": str(ROOT)}
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(SOLUTIONS)}},
        )
        try:
            client.execute(env=environment)
        except (CellExecutionError, CellTimeoutError) as error:
            raise NotebookError(f"{lesson} did not run to the bottom:\n{error}") from None
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            leave_out_views(output.get("data", {}))
    clean = patterns()
    was_run = all(cell.execution_count for cell in before.cells if cell.cell_type == "code")
    if was_run and sanitized(outputs_of(notebook), clean) == sanitized(outputs_of(before), clean):
        notebook = before  # only ids, ports and times differ: what is committed stays as it is
    notebook.metadata = nbformat.from_dict(METADATA)  # nbclient adds Python's version, and widgets' state
    (SOLUTIONS / f"{lesson}.ipynb").write_text(written(notebook), encoding="utf-8")


def outputs_of(notebook: NotebookNode) -> list:
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def leave_out_views(data: dict) -> None:
    """A saved notebook has no widget to show, so where there is an HTML form, it shows that."""
    if "text/html" in data:
        data.pop("application/vnd.jupyter.widget-view+json", None)


def patterns() -> list[tuple[re.Pattern[str], str]]:
    """What nbval overlooks when it compares outputs: the regular expressions of ``tests/nbval.cfg``."""
    if not SANITIZE.exists():
        return []
    found = get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8"))
    return [(re.compile(regex), replace) for regex, replace in found]


def sanitized(outputs: list, clean: list[tuple[re.Pattern[str], str]]) -> list:
    """Outputs as nbval compares them."""

    def plain(value: object) -> object:
        if isinstance(value, str):
            for regex, replace in clean:
                value = regex.sub(replace, value)
            return value
        if isinstance(value, dict):
            ignored = ("execution_count", "application/vnd.jupyter.widget-view+json")
            return {key: plain(part) for key, part in value.items() if key not in ignored}
        return [plain(part) for part in value] if isinstance(value, list) else value

    return [plain(output) for output in outputs]


def chosen(numbers: list[str]) -> list[str]:
    """The lessons of these numbers that have a solution; all of them for no number."""
    there = [lesson for lesson in LESSONS if (SOLUTIONS / f"{lesson}.ipynb").exists()]
    if not numbers:
        return there
    for number in numbers:
        if not any(lesson.startswith(number) for lesson in there):
            raise NotebookError(
                f"There is no solved lesson {number!r}. There are: {', '.join(there) or 'none'}."
            )
    return [lesson for lesson in there if any(lesson.startswith(number) for number in numbers)]


def check(lessons: list[str]) -> int:
    """Say which learner's notebooks differ from what is derived. Returns the exit code."""
    wrong = []
    for lesson in lessons:
        path = NOTEBOOKS / f"{lesson}.ipynb"
        if not path.exists() or path.read_bytes() != written(learners(lesson, read(lesson))).encode():
            wrong.append(path)
    wrong += [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem not in LESSONS]
    for path in wrong:
        print(f"{path.relative_to(ROOT)} is not what solutions/ gives. Run: make notebooks", file=sys.stderr)
    return 1 if wrong else 0


def main(asked: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make_notebooks.py", description="Derive notebooks/ from solutions/."
    )
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lesson numbers, such as 01; all by default")
    parser.add_argument("--run", action="store_true", help="first execute the solutions, in place")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when something is out of step"
    )
    options = parser.parse_args(asked)
    try:
        lessons = chosen(options.lessons)
        if options.check:
            return check(lessons)
        NOTEBOOKS.mkdir(exist_ok=True)
        for lesson in lessons:
            if options.run:
                run(lesson)
            solved = read(lesson)
            derived = written(learners(lesson, solved))
            for folder, text in ((SOLUTIONS, written(solved)), (NOTEBOOKS, derived)):
                path = folder / f"{lesson}.ipynb"
                if not path.exists() or path.read_text(encoding="utf-8") != text:
                    path.write_text(text, encoding="utf-8")
                    print(f"{path.relative_to(ROOT)} written")
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
