"""What a notebook imports: ``from workbook import begin``."""

from __future__ import annotations

import importlib
from typing import Any

# A module never has the name of a function here: importing it would put the module in the function's place.
HOMES = {
    "begin": "workbook.session",
    "reset": "workbook.resetting",
    "add_functions": "workbook.handler_parts",
    "check": "workbook.checking",
    "hint": "workbook.helping",
    "solution": "workbook.helping",
    "progress": "workbook.standing",
    "wait_for": "workbook.waiting",
    "attempt": "workbook.attempts",
    "let_time_pass": "workbook.cloud_time",
    "show": "workbook.display",
    "page": "workbook.display",
    "trace": "workbook.tracing",
    "architecture": "workbook.architecture_map",
    "KnowledgeCheck": "workbook.knowledge_check",
    "Matching": "workbook.matching",
    "explain_project": "workbook.explain",
    "break_something": "workbook.drilling",
    "mend": "workbook.drilling",
    "drills": "workbook.drilling",
    "audit": "checks.notebook",
}
__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    """Import on first use: a command such as ``workbook up`` needs none of the notebook's parts."""
    if name not in HOMES:
        raise AttributeError(f"module 'workbook' has no attribute {name!r}; it has {', '.join(HOMES)}")
    return getattr(importlib.import_module(HOMES[name]), name)
