"""The checklist: six rows, and their rules in order. Importing it makes no client and reads no account."""

from __future__ import annotations

from collections.abc import Sequence

from checks import api, cors, safety, security, state, visibility
from checks.rule import Row, Rule

ROWS: tuple[Row, ...] = (security.ROW, cors.ROW, safety.ROW, api.ROW, state.ROW, visibility.ROW)
AREAS: dict[str, str] = {row.area: row.good_state for row in ROWS}
RULES: tuple[Rule, ...] = tuple(rule for row in ROWS for rule in row.rules)


class UnknownRuleError(LookupError):
    """An id that no rule has."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"There is no rule {id_!r}. The rules are: {', '.join(rule.id for rule in RULES)}.")


class UnknownRowError(LookupError):
    """A row that the checklist does not have."""

    def __init__(self, area: str) -> None:
        super().__init__(f"There is no row {area!r}. The rows are: {', '.join(AREAS)}.")


def rule(id_: str) -> Rule:
    """The rule of an id, like SECURITY-1; upper or lower case. Raises UnknownRuleError."""
    for one in RULES:
        if one.id == id_.upper():
            return one
    raise UnknownRuleError(id_)


def rows(areas: Sequence[str] | None = None) -> list[Row]:
    """The rows of these areas, in the checklist's order; all of them without. Raises UnknownRowError."""
    wanted = list(AREAS) if areas is None else [area.lower() for area in areas]
    for area in wanted:
        if area not in AREAS:
            raise UnknownRowError(area)
    return [row for row in ROWS if row.area in wanted]
