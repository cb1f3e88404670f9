"""What a notebook imports: ``from workbook import begin``."""

from __future__ import annotations

import importlib
from typing import Any

HOMES = {"begin": "session", "wait_for": "waiting", "show": "display", "page": "display"}
__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    """Import on first use: a command such as ``workbook up`` needs none of the notebook's parts."""
    if name not in HOMES:
        raise AttributeError(f"module 'workbook' has no attribute {name!r}; it has {', '.join(HOMES)}")
    return getattr(importlib.import_module(f"workbook.{HOMES[name]}"), name)
