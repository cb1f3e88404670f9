"""Whether Lambda finds a function's handler in its package.

A function's configuration names the handler and the package's hash. What lies in a package is only known when
it is one of ours, byte for byte. https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import symtable
import zipfile
from collections.abc import Mapping
from typing import Any

from checks import changes
from checks.asking import Answer
from checks.change import Call, Change

OURS = "lambda_function.lambda_handler"  # as the workbook's packages have it


def lost(function: Mapping[str, Any], short: str) -> str:
    """Why Lambda can't find the handler; empty when it can, or when that can't be told from outside."""
    handler = str(function.get("Handler") or "")
    if not str(function.get("Runtime", "")).startswith("python"):
        return ""
    module, dot, name = handler.rpartition(".")
    if not (module and dot and name):
        return f"the handler {handler!r} is not MODULE.FUNCTION"
    content = our_package(short)
    if function.get("CodeSha256") != base64.b64encode(hashlib.sha256(content).digest()).decode():
        return ""
    file = f"{module.replace('.', '/')}.py"
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        if file not in package.namelist():
            return f"the handler is {handler!r}, and the package has no {file}"
        if name not in defined(package.read(file).decode(), file):
            return f"the handler is {handler!r}, and {file} defines no {name}"
    return ""


def our_package(short: str) -> bytes:
    from dashboard.stack.package import package

    return package(short)


def defined(source: str, file: str) -> set[str]:
    """The names that a module has once it is imported.

    From the compiler's symbol table: the audit asks its rules side by side, and ``ast.parse`` in several
    threads at once fails now and then in Python 3.11 (https://github.com/python/cpython/issues/106905).
    """
    symbols = symtable.symtable(source, file, "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def found_again(function: Answer) -> Change:
    """The handler that the workbook's packages have."""
    asked = {"FunctionName": function["FunctionName"]}
    before = {name: value for name, value in function.items() if name != "Concurrency"}
    return changes.setting(
        f"Let {function['FunctionName']!r} start at {OURS}",
        Call("lambda", "get_function_configuration", asked),
        before,
        before | {"Handler": OURS},
        Call("lambda", "update_function_configuration", asked | {"Handler": OURS}),
        Call("lambda", "update_function_configuration", asked | {"Handler": function["Handler"]}),
        ["The function starts anew: its next request is a cold start."],
    )
