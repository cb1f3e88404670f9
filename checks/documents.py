"""Policy documents, as services hand them out: as text, encoded or not, with one statement or many."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote


def statements(policy: str | None) -> list[dict[str, Any]]:
    """The statements of a policy document, which may hold one or many."""
    found = json.loads(policy).get("Statement", []) if policy else []
    return [found] if isinstance(found, dict) else list(found)


def document(policy: Any) -> Any:
    """A policy document, decoded where IAM has encoded it."""
    return json.loads(unquote(policy)) if isinstance(policy, str) else policy
