"""A handler in parts: functions that were tested in a notebook go into the file that Lambda gets."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from workbook.kept import handler_file


class NotInACellError(TypeError):
    """Something whose source cannot be copied into a handler's file."""

    def __init__(self, short: str, name: str) -> None:
        super().__init__(
            f"{name!r} is not a function that a cell of this notebook defines. Run the cell with its `def`, "
            f"then pass the function itself, such as add_functions({short!r}, safe_name)."
        )


class NotWrittenError(FileNotFoundError):
    """A handler's file that is not there yet."""

    def __init__(self, short: str) -> None:
        super().__init__(
            f"There is no work/functions/{short}/lambda_function.py yet. Run the cell that writes it, which "
            "begins with %%writefile."
        )


def add_functions(short: str, *functions: Callable[..., Any]) -> list[str]:
    """Copy functions of this notebook into a handler's file, and return the names of all that it has.

    Those that the file has already, from an earlier run, are replaced. Raises NotInACellError,
    NotWrittenError, and SyntaxError where the file is no Python.
    """
    path = handler_file(short)
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotWrittenError(short) from None
    source = with_functions(before, {name_of(one): source_of(one, short) for one in functions})
    path.write_text(source, encoding="utf-8")
    return [part.name for part in ast.parse(source).body if isinstance(part, ast.FunctionDef)]


def with_functions(source: str, functions: dict[str, str]) -> str:
    r"""A module with these functions at its end, and none of them twice.

    >>> print(with_functions("a = 1\n\n\ndef one(): return 0\n", {"one": "def one(): return 1"}), end="")
    a = 1
    <BLANKLINE>
    <BLANKLINE>
    def one(): return 1
    """
    lines = source.splitlines()
    for part in reversed(ast.parse(source, "lambda_function.py").body):
        if isinstance(part, ast.FunctionDef) and part.name in functions:
            first = min([part.lineno, *(one.lineno for one in part.decorator_list)])
            del lines[first - 1 : part.end_lineno]
    above = "\n".join(lines).rstrip()
    return "\n\n\n".join([above, *(text.strip() for text in functions.values())]) + "\n"


def name_of(function: object) -> str:
    return getattr(function, "__name__", repr(function))


def source_of(function: Callable[..., Any], short: str) -> str:
    """A function's source, as its cell has it. Raises NotInACellError."""
    try:
        if not inspect.isfunction(function):
            raise TypeError
        return inspect.getsource(function)
    except (OSError, TypeError):
        raise NotInACellError(short, name_of(function)) from None
