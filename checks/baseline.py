"""A baseline: findings that somebody accepts, for a reason and until a date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from checks.findings import Finding, Report, Status
from checks.nearest import nearest
from checks.toml_lines import TomlError, line_of_key, line_of_table, load

EXAMPLE = """\
# What `python -m checks --baseline accepted.toml` accepts, each for a reason and until a date. Until then it
# counts as skipped; after the date it fails again. Without a resource it is accepted for every resource.
[[accepted]]
id = "SAFETY-4"
resource = "upload-dashboard-index-upload"
reason = "the failure queue is shared, see our runbook"
until = 2030-01-31
"""


class BaselineError(TomlError):
    """A baseline that cannot be used; the message names the file and the line."""


@dataclass(frozen=True)
class Acceptance:
    """One finding, accepted."""

    id: str
    reason: str
    until: date  # the last day
    resource: str | None
    line: int

    def covers(self, finding: Finding) -> bool:
        return finding.id == self.id and self.resource in (None, finding.resource)


@dataclass(frozen=True)
class Judged:
    """A report with a baseline applied: what was accepted, and what is to be said about the baseline."""

    report: Report
    accepted: Mapping[Finding, str]  # the finding as it was, and why it is accepted
    notices: Sequence[str]


def read(path: Path, known: Collection[str]) -> list[Acceptance]:
    """The acceptances of a file. Raises BaselineError, naming the line, when it cannot mean what it says."""
    content, text = load(path, BaselineError)
    entries = content.pop("accepted", [])
    if content or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        wrong = next(iter(content), "accepted")
        raise BaselineError(
            f"{path}, line {line_of_key(text, wrong)}: {wrong!r} is not part of a baseline: it is a list of "
            "[[accepted]] tables, each with id, reason and until."
        )
    return [
        acceptance(entry, path, line_of_table(text, "accepted", number), known)
        for number, entry in enumerate(entries)
    ]


def acceptance(entry: Mapping[str, object], path: Path, line: int, known: Collection[str]) -> Acceptance:
    here = f"{path}, line {line}"
    if unknown := sorted(set(entry) - {"id", "resource", "reason", "until"}):
        raise BaselineError(
            f"{here}: {unknown[0]!r} is not part of [[accepted]], which has id, resource, reason, until."
        )
    rule, reason, until, resource = (entry.get(name) for name in ("id", "reason", "until", "resource"))
    if not isinstance(rule, str):
        raise BaselineError(f'{here}: say which finding is accepted: id = "SECURITY-1".')
    if rule not in known:
        raise BaselineError(f"{here}: there is no check {rule!r}.{nearest(rule, known)}")
    if not isinstance(reason, str) or not reason.strip():
        raise BaselineError(f'{here}: say why {rule} is accepted: reason = "...".')
    if not isinstance(until, date) or isinstance(until, datetime):
        raise BaselineError(
            f"{here}: say until when {rule} is accepted, as a date without quotes: until = 2030-01-31."
            + (f" It is {until!r}." if until is not None else "")
        )
    if resource is not None and not isinstance(resource, str):
        raise BaselineError(f"{here}: resource is a resource's name in quotes, not {resource!r}.")
    return Acceptance(rule, reason.strip(), until, resource, line)


def apply(report: Report, acceptances: Sequence[Acceptance], today: date) -> Judged:
    """The report with what is accepted skipped, and notices of acceptances that expired or match nothing."""
    accepted: dict[Finding, str] = {}

    def judged(finding: Finding) -> Finding:
        for one in acceptances:
            if finding.status is Status.FAIL and one.covers(finding) and today <= one.until:
                accepted[finding] = f"{one.reason} (until {one.until})"
                return replace(
                    finding,
                    status=Status.SKIP,
                    observed=f"accepted until {one.until}: {one.reason}. Found: {finding.observed}",
                )
        return finding

    rows = [replace(row, findings=[judged(finding) for finding in row.findings]) for row in report.rows]
    return Judged(replace(report, rows=rows), accepted, notices(report, acceptances, today))


def notices(report: Report, acceptances: Sequence[Acceptance], today: date) -> list[str]:
    """What is to be said: an acceptance ended, or there is nothing to accept any more."""
    said = []
    asked = {finding.id for finding in report.findings}
    for one in acceptances:
        what = f"{one.id} of {one.resource}" if one.resource else one.id
        failing = any(one.covers(finding) and finding.status is Status.FAIL for finding in report.findings)
        if today > one.until and failing:
            said.append(
                f"{what} was accepted until {one.until}, which has passed: it fails again (line {one.line})."
            )
        elif one.id in asked and not failing:
            said.append(f"{what} is accepted, but does not fail: take line {one.line} out of the baseline.")
    return said
