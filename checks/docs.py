"""docs/checks.md, made from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator

from checks import baseline, config
from checks.explain import how
from checks.registry import ROWS
from checks.rule import Row, Rule

OPENING = """\
# The hardening checklist

<!-- Made by `python -m checks --docs`. A test compares the two: change the rules, then make it anew. -->

`python -m checks` asks these rules of the live resources of one dashboard, wherever it runs. It
only reads, unless `--live` or `--fix` is given. A rule says `PASS`, `FAIL` (only on evidence that
was retrieved), `NOT_YET` (not built), `ERROR` (could not be evaluated; the finding names the call
and the permission) or `SKIP` (with the reason).

| Exit code | Means |
|---|---|
| 0 | nothing failed |
| 1 | something failed |
| 2 | the command was not understood, or no cloud is there |
| 3 | nothing failed, but something could not be evaluated |
"""

CLOSING = """\
## Accepting a finding

`python -m checks --baseline accepted.toml` accepts findings, each for a reason and until a date.
What is accepted counts as skipped, with the reason. When the date has passed it fails again, and an
acceptance that matches nothing is said.

```toml
{accepted}```

## A dashboard that was built elsewhere

`python -m checks --config audit.toml` audits what the file names. A part that it does not name is skipped.

```toml
{configuration}```

## Mending

`python -m checks --fix ID` shows the difference, the calls and the side effects, asks, writes an
undo file into the current folder, changes that one thing, and asks the rule again. It does nothing
when the state has changed since it looked. `python -m checks --undo FILE` puts back what was, and
does nothing when somebody has changed it since.

## The auditor's permissions

`python -m checks --policy` prints the least policy with which the audit runs; with `--live` it has the few
more actions that the live rules need.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [OPENING, *index(), *(line for row in ROWS for line in section(row))]
    parts.append(CLOSING.format(accepted=baseline.EXAMPLE, configuration=config.EXAMPLE))
    return "\n".join(parts)


def index() -> Iterator[str]:
    """All rules on one screen."""
    yield "| Rule | Severity | Asked | Title |\n|---|---|---|---|"
    for row in ROWS:
        for rule in row.rules:
            when = "with `--live`" if rule.live else "more with `--live`" if rule.probe else "always"
            yield f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {when} | {cell(rule.title)} |"
    yield ""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def section(row: Row) -> Iterator[str]:
    yield f"## {row.title}\n\n{row.good_state.rstrip('.')}.\n"
    for rule in row.rules:
        yield entry(rule)


def entry(rule: Rule) -> str:
    calls = ", ".join(f"`{call}`" for call in rule.looks_at)
    return f"""\
### {rule.id}

**{rule.title}** ({rule.severity}; {how(rule)})

{rule.why}

- Looks at: {rule.looks}
- Good: {rule.expected}
- Calls: {calls}
- Fix: {rule.fix}
"""
