"""Functions that a notebook has tested go into a handler's file, and Lambda can load what comes of it."""

import ast

import pytest
from IPython.core.interactiveshell import InteractiveShell

from workbook import add_functions
from workbook.handler_parts import NotInACellError, NotWrittenError
from workbook.kept import handler_file

HEAD = "SIGN = '!'\n\n\ndef lambda_handler(event, context):\n    return greet(event) + SIGN\n"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A handler's file that calls a function which it does not have."""
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path))
    path = handler_file("create_upload")
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)
    return path


def in_a_cell(source: str):
    """Run a cell as a notebook does, and return the function ``greet`` that it defines."""
    shell = InteractiveShell.instance()
    shell.run_cell(source).raise_error()
    return shell.user_ns["greet"]


def answer_of(path) -> str:
    """What the handler in a file answers to Ada."""
    loaded: dict = {}
    exec(compile(path.read_text(), path, "exec"), loaded)  # as Lambda's runtime loads it, without its process
    return loaded["lambda_handler"]("Ada", None)


def test_the_handler_can_call_what_the_notebook_has_tested(file):
    greet = in_a_cell("def greet(name):\n    # solution\n    return f'Hello, {name}'\n\n\ngreet('you')")
    assert add_functions("create_upload", greet) == ["lambda_handler", "greet"]
    assert answer_of(file) == "Hello, Ada!"
    assert "greet('you')" not in file.read_text()


def test_a_function_that_is_added_again_takes_the_place_of_the_old_one(file):
    file.write_text(f"{HEAD}\n\n@loudly\ndef greet(name):\n    return 'Hi'\n\n\nSIGN = '.'\n")
    add_functions("create_upload", in_a_cell("def greet(name):\n    return 'Good day'"))
    assert answer_of(file) == "Good day."
    assert file.read_text().count("def greet") == 1
    assert "@" not in file.read_text()


def test_the_same_functions_give_the_same_bytes(file):
    greet = in_a_cell("def greet(name):\n    return 'Hi'")
    add_functions("create_upload", greet)
    once = file.read_bytes()
    add_functions("create_upload", greet)
    assert file.read_bytes() == once
    assert ast.parse(once)


@pytest.mark.parametrize("what", [len, 3, str.upper, int])
def test_what_no_cell_defines_is_named(file, what):
    with pytest.raises(NotInACellError, match="is not a function that a cell of this notebook defines"):
        add_functions("create_upload", what)
    assert file.read_text() == HEAD


def test_a_file_that_is_not_written_yet_is_named(file):
    greet = in_a_cell("def greet(name):\n    return 'Hi'")
    file.unlink()
    with pytest.raises(NotWrittenError, match=r"work/functions/create_upload/lambda_function\.py yet"):
        add_functions("create_upload", greet)
