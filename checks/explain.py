"""One rule, explained: what is looked at, why it matters, and what good looks like."""

from __future__ import annotations

import textwrap

from checks.nearest import nearest
from checks.registry import RULES
from checks.rule import Rule


class UnknownRuleError(ValueError):
    """An id that no rule has."""

    def __init__(self, asked: str) -> None:
        ids = [rule.id for rule in RULES]
        close = nearest(asked, ids) or f" The ids are {ids[0]} to {ids[-1]}; docs/checks.md has them all."
        super().__init__(f"There is no check {asked!r}.{close}")


def find(asked: str) -> Rule:
    """The rule of that id, however it is capitalised. Raises UnknownRuleError with the nearest ids."""
    for rule in RULES:
        if rule.id == asked.strip().upper():
            return rule
    raise UnknownRuleError(asked)


def how(rule: Rule) -> str:
    """Whether it only reads."""
    if rule.live:
        return "asked with --live: it sends requests, and cleans up after itself"
    return "it only reads; more of it is seen with --live" if rule.probe else "it only reads"


def explain(rule: Rule, command: str = "python -m checks", width: int = 100) -> str:
    """The rule on one screen."""
    parts = [
        ("What is looked at", rule.looks),
        ("Why it matters", rule.why),
        ("What good looks like", rule.expected),
        ("Calls", ", ".join(rule.looks_at)),
        ("Fix", rule.fix),
    ]
    lines = [f"{rule.id} · {rule.severity} · {how(rule)}", rule.title, ""]
    for heading, text in parts:
        lines += [
            heading,
            *textwrap.wrap(
                text,
                width - 4,
                initial_indent="  ",
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            ),
            "",
        ]
    asked = f"{command} --row {rule.area}" + (" --live" if rule.probe else "")
    return "\n".join([*lines, f"Ask it: {asked}"]) + "\n"
