"""Copies of the handlers that learners write: a cell that is run again never destroys the only one."""

from __future__ import annotations

import ast
import base64
import hashlib
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from checks.where import work_folder
from dashboard.stack import Stack
from dashboard.stack.names import FUNCTIONS
from dashboard.stack.package import package

FILE = "lambda_function.py"


def handler_file(short: str) -> Path:
    """Where a learner writes a handler."""
    return work_folder() / "functions" / short / FILE


def keep(short: str) -> str:
    """Keep a copy of a handler as it is now, and return its digest; empty when there is no handler."""
    try:
        content = handler_file(short).read_bytes()
    except OSError:
        return ""
    if not content.strip():
        return ""
    digest = hashlib.sha256(content).hexdigest()[:12]
    copy = copy_of(short, digest)
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_suffix(".part")
        part.write_bytes(content)
        part.replace(copy)
    return digest


def keep_all() -> None:
    """Keep a copy of every handler as it is now."""
    for short in FUNCTIONS:
        keep(short)


def deployed(stack: Stack, short: str) -> str:
    """The digest of the copy that is deployed. A learner may have packed a zip of another make: then it is
    taken to hold the file as it is now.
    """
    now = keep(short)
    try:
        name = stack.functions[short].name
        sha256 = stack.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"]
    except (BotoCoreError, ClientError):
        return now
    for folder in sorted((work_folder() / "kept" / short).glob("*")):
        if base64.b64encode(hashlib.sha256(package(folder)).digest()).decode() == sha256:
            return folder.name
    return now


def copy_of(short: str, digest: str) -> Path:
    """The kept copy with that digest: a folder that can be packed as it lies."""
    return work_folder() / "kept" / short / digest / FILE


def bring_back(short: str, digest: str) -> bool:
    """Put a kept copy where nothing but a stub stands. Returns whether it did."""
    path, copy = handler_file(short), copy_of(short, digest)
    if not copy.exists() or (path.exists() and not is_stub(path.read_text(encoding="utf-8"))):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(copy.read_bytes())
    return True


def is_stub(source: str) -> bool:
    r"""Whether a handler is as the lesson gives it: a function that does nothing yet.

    >>> is_stub("def lambda_handler(event, context):\n    ...  # your code here")
    True
    """
    try:
        parts = ast.parse(source).body
    except (SyntaxError, ValueError):
        return False
    for part in parts:
        if isinstance(part, ast.FunctionDef) and part.name == "lambda_handler":
            done = part.body[1:] if ast.get_docstring(part) is not None else part.body
            return all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in done)
    return not source.strip()
