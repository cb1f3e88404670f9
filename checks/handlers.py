"""Whether Lambda finds a function's handler in its package.

A function's configuration names the handler and the package's hash. What lies in a package is only known when
it is one of ours, byte for byte. https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
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
        if name not in defined(ast.parse(package.read(file))):
            return f"the handler is {handler!r}, and {file} defines no {name}"
    return ""


def our_package(short: str) -> bytes:
    from dashboard.stack.package import package

    return package(short)


def defined(module: ast.Module) -> Iterator[str]:
    """The names that a module has once it is imported."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


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
