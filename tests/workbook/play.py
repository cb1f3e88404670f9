"""Plays one solved lesson as learners would: untouched, wrongly, rightly in other words, and solved.

    python tests/workbook/play.py 01_storage          prints what each check said, as JSON

It starts with no cloud and a new work folder, in its own process. ``test_exercises.py`` judges the result.
"""

import contextlib
import io
import json
import os
import runpy
import sys
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
HERE = Path(__file__).parent


def wrong_answers(lesson: str) -> dict[str, list[tuple[str, ...]]]:
    """The mistakes kept for a lesson: by exercise, what is wrong, the cell, and perhaps what undoes it."""
    return kept("wrong_answers", lesson, "WRONG")


def right_answers(lesson: str) -> dict[str, list[tuple[str, ...]]]:
    """Other right answers: by exercise, what is different, the cell, and what makes it wrong again."""
    return kept("right_answers", lesson, "RIGHT")


def kept(folder: str, lesson: str, name: str) -> dict:
    path = HERE / folder / f"{lesson.partition('_')[2]}.py"
    return runpy.run_path(str(path))[name] if path.exists() else {}


class Player:
    """An IPython shell that runs cells and remembers what they raised."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        self.shell = InteractiveShell.instance()

    def run(self, source: str):
        """Run a cell: its value, and what it raised as one line, or an empty text."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            result = self.shell.run_cell(source)
        raised = result.error_before_exec or result.error_in_exec
        return result.result, f"{type(raised).__name__}: {raised}" if raised else ""


def play(lesson: str) -> dict:
    """Everything that happened, in the order in which it did."""
    import make_notebooks

    from workbook import record

    cells = nbformat.read(ROOT / "solutions" / f"{lesson}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    wrong, right, player = wrong_answers(lesson), right_answers(lesson), Player()
    answers, broken, number = [], [], 0
    while number < len(code):
        cell = code[number]
        name = make_notebooks.exercise_of(cell)
        if name is None:
            if raised := player.run(cell.source)[1]:
                broken.append(f"cell {cell.id}: {raised}")
            number += 1
            continue
        end = next(at for at in range(number, len(code)) if "check" in make_notebooks.tags(code[at]))
        variants = [
            ("untouched", make_notebooks.cut(cell.source), False),
            *((what, source, False, *again) for what, source, *again in wrong.get(name, [])),
            *((what, source, True, *again) for what, source, *again in right.get(name, [])),
            ("solved", cell.source, True),
        ]
        for variant, source, passes, *again in variants:
            began = time.monotonic()
            raised = [
                player.run(text)[1]
                for text in (source, *(between.source for between in code[number + 1 : end]))
            ]
            report, failed = player.run(code[end].source)
            answers.append(
                {
                    "exercise": name,
                    "variant": variant,
                    "right": passes,
                    "state": getattr(report, "state", None) or record.of(name).state,
                    "said": str(report),
                    "raised": "; ".join(line for line in raised if line),
                    "check_raised": failed,
                    "seconds": round(time.monotonic() - began, 2),
                }
            )
            for text in again:
                player.run(text)
        number = end + 1
    return {"lesson": lesson, "answers": answers, "broken": broken}


if __name__ == "__main__":
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[variable]
    os.environ["MPLBACKEND"] = "agg"
    os.chdir(ROOT / "solutions")
    print(json.dumps(play(sys.argv[1])))
