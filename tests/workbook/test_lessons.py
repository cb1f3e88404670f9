"""The lessons are made once: learners' copies follow from the solved ones, those from the dashboard."""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from workbook.exercises import LESSONS, find
from workbook.handler_parts import with_functions

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import make_notebooks  # noqa: E402 it lies in tools/

HANDLER = re.compile(r"%%writefile work/functions/(\w+)/lambda_function\.py\n")


ADDED = re.compile(r'^add_functions\("(\w+)", (.+)\)$', re.MULTILINE)


def functions_in(source: str) -> dict[str, str]:
    """The functions that a cell defines, each with its source."""
    source = TransformerManager().transform_cell(source)
    return {
        node.name: ast.get_source_segment(source, node)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


def cells(room: str, lesson: str) -> list:
    read = nbformat.read(ROOT / room / f"{lesson}.ipynb", as_version=4).cells
    return [cell for cell in read if cell.cell_type == "code"]


def solved_exercises() -> list[tuple[str, str]]:
    """Every solved exercise cell: its exercise and its source."""
    found = []
    for lesson in LESSONS:
        for cell in cells("solutions", lesson):
            if name := make_notebooks.exercise_of(cell):
                found.append((name, cell.source))
    return found


def without_docstrings(tree: ast.AST) -> str:
    """What code does, regardless of layout, comments and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def functions_of_the_stack() -> dict[str, str]:
    """Every function of ``dashboard/stack/``, as what it does."""
    found = {}
    for path in sorted((ROOT / "dashboard" / "stack").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name != "build":
                found[node.name] = without_docstrings(node)
    return found


def test_the_learners_copies_are_in_step(capsys):
    assert make_notebooks.main(["--check"]) == 0, capsys.readouterr().err


def test_every_lesson_is_there_in_both_rooms():
    for room in ("solutions", "notebooks"):
        assert sorted(path.stem for path in (ROOT / room).glob("*.ipynb")) == list(LESSONS)


def test_a_notebook_that_is_out_of_step_is_named(tmp_path, monkeypatch, capsys):
    lesson = LESSONS[0]
    monkeypatch.setattr(make_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(make_notebooks, "NOTEBOOKS", tmp_path / "notebooks")
    (tmp_path / "notebooks").mkdir()
    text = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text()
    (tmp_path / "notebooks" / f"{lesson}.ipynb").write_text(text.replace("stranger", "visitor"))
    assert make_notebooks.check([lesson]) == 1
    assert f"notebooks/{lesson}.ipynb" in capsys.readouterr().err


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_of_the_solved_lesson_was_executed(lesson):
    missing = [
        cell.id for cell in cells("solutions", lesson) if cell.source.strip() and not cell.execution_count
    ]
    assert missing == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_learners_notebook_contains_a_solution(lesson):
    learners = ["\n".join(words(cell.source)) for cell in cells("notebooks", lesson)]
    assert not any("# solution" in source for source in learners)
    for cell in cells("solutions", lesson):
        if make_notebooks.exercise_of(cell):
            for hidden in make_notebooks.divide(cell.source)[1]:
                assert not any("\n".join(words(hidden)) in source for source in learners), hidden
    assert all(cell.outputs == [] for cell in cells("notebooks", lesson))


def words(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines() if line.strip()]


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_nbgrader_reads_is_whole(lesson):
    ids, points = [], {}
    for cell in cells("notebooks", lesson):
        if told := cell.metadata.get("nbgrader"):
            assert told["schema_version"] == 3
            assert told["grade"] == told["locked"] != told["solution"]
            ids.append(told["grade_id"])
            if told["grade"]:
                points[told["grade_id"].removeprefix("check-")] = told["points"]
    assert len(ids) == len(set(ids)) == 2 * len(points)
    assert points == {name: find(name).points for name in points}


def test_solved_functions_are_those_of_the_dashboard():
    stack, compared, different = functions_of_the_stack(), [], []
    for name, source in solved_exercises():
        if HANDLER.match(source):
            continue
        tree = ast.parse(TransformerManager().transform_cell(source))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in stack:
                compared.append(node.name)
                if without_docstrings(node) != stack[node.name]:
                    different.append(f"{name}: {node.name}")
    assert different == []
    assert len(set(compared)) >= 10


def test_solved_handlers_are_those_of_the_dashboard():
    """The last time that the book writes a handler, it is whole."""
    last = {}
    for lesson in LESSONS:
        functions: dict[str, str] = {}
        for cell in cells("solutions", lesson):
            if written := HANDLER.match(cell.source):
                if make_notebooks.exercise_of(cell):
                    last[written[1]] = cell.source[written.end() :]
            elif added := ADDED.search(cell.source):
                parts = {name: functions[name] for name in added[2].split(", ")}
                last[added[1]] = with_functions(last[added[1]], parts)
            else:
                functions |= functions_in(cell.source)
    folders = {
        path.parent.name: path for path in (ROOT / "dashboard" / "functions").glob("*/lambda_function.py")
    }
    assert set(last) == set(folders)
    for short, path in folders.items():
        assert without_docstrings(ast.parse(last[short])) == without_docstrings(
            ast.parse(path.read_text())
        ), short


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_in_a_text_is_taken_for_a_formula(lesson):
    """Between two dollar signs, escaped or not, JupyterLab's MathJax sees one; it leaves code alone."""
    for cell in nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4).cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
            assert "$" not in text, f"{cell.id}: {text[max(text.find('$') - 40, 0) :][:80]!r}"


def test_prices_are_set_as_code():
    told = make_notebooks.prices_as_code(r"from $1 to `$2`, at most \$3.50, or \$1,000.")
    assert told == "from `$1` to `$2`, at most `$3.50`, or `$1,000`."


def test_the_cut_ends_where_the_indent_does():
    source = (
        "def one():\n    # solution\n    a = 1\n\n    return a\n\n\nprint(one())\n# solution\nx = 1\n\ny = 2"
    )
    assert make_notebooks.cut(source) == (
        "def one():\n    ...  # your code here\n\n\nprint(one())\n...  # your code here"
    )


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ({"source": "# solution\n1"}, "go together"),
        ({"source": "1", "tags": ["exercise"], "exercise": "storage-1"}, "go together"),
        (
            {"source": "# solution\n1", "tags": ["exercise"], "exercise": "storage-99"},
            "no exercise 'storage-99'",
        ),
        ({"source": "# solution\n1", "tags": ["exercise"], "exercise": "storage-1"}, 'check("storage-1")'),
        ({"source": "1", "id": "a" * 65}, "a cell's id"),
    ],
)
def test_a_cell_that_would_trip_somebody_is_named(cell, complaint):
    made = nbformat.v4.new_code_cell(cell["source"])
    made["id"] = cell.get("id", "one")
    made.metadata |= {"tags": cell.get("tags", []), "workbook": {"exercise": cell.get("exercise")}}
    with pytest.raises(make_notebooks.NotebookError, match=re.escape(complaint)):
        make_notebooks.examine("01_storage", nbformat.from_dict({"cells": [made]}))
