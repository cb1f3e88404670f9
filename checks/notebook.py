"""The audit inside a notebook: the same findings, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from checks.audit import audit as ask
from checks.findings import Finding, Report, Status
from checks.report import MARKS, WORDS, counted, printable, worst_first
from checks.target import Target

if TYPE_CHECKING:
    from dashboard.stack import Stack

# Notebooks have their own paper, light or dark; these read on both (contrast over 4.5 on white and on #111).
TONES = {
    Status.PASS: "#1a7f4b",
    Status.FAIL: "#d1382d",
    Status.NOT_YET: "#4a72c4",
    Status.ERROR: "#a86200",
    Status.SKIP: "#737b86",
}
CELL = "text-align:left;vertical-align:top;padding:.35em .7em"


class Audit:
    """A report that shows itself: one line as text, a table as HTML. ``report`` has everything."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @property
    def findings(self) -> list[Finding]:
        return self.report.findings

    def __getitem__(self, id_: str) -> list[Finding]:
        """The findings of one rule: ``audit()["SECURITY-1"]``."""
        return [finding for finding in self.findings if finding.id == id_.upper()]

    def __repr__(self) -> str:
        """One line that is the same for the same state of the stack."""
        failed = list(dict.fromkeys(f.id for f in worst_first(self.findings) if f.status is Status.FAIL))
        told = f" ({', '.join(failed)})" if failed else ""
        line = f"Audit: {counted(self.report)}{told}"
        return line if len(line) <= 110 else line[:107] + "..."

    def _repr_html_(self) -> str:
        return "\n".join(self._html())

    def _html(self) -> Iterator[str]:
        yield f"<p><strong>{escape(counted(self.report))}</strong></p>"
        yield '<table style="border-collapse:collapse"><thead><tr>'
        yield from (
            f'<th scope="col" style="{CELL}">{head}</th>'
            for head in ("Row", "Check", "Status", "What was found")
        )
        yield "</tr></thead><tbody>"
        for row in self.report.rows:
            for number, finding in enumerate(row.findings):
                spans = f'scope="rowgroup" rowspan="{len(row.findings)}"'
                area = f'<th {spans} style="{CELL}">{escape(row.area)}</th>' if number == 0 else ""
                yield f"<tr>{area}{line(finding)}</tr>"
        yield "</tbody></table>"


def line(finding: Finding) -> str:
    """A finding as cells: what to do about it only where there is something to do."""
    status = f'<span style="color:{TONES[finding.status]};font-weight:600;white-space:nowrap">'
    status += f"{MARKS[finding.status]} {WORDS[finding.status]}</span>"
    told = escape(printable(f"{finding.resource}: {finding.observed}"))
    if finding.status is Status.FAIL and finding.expected:
        told += f"<br><em>expected:</em> {escape(printable(finding.expected))}"
    fix = finding.change.describe if finding.change else finding.fix
    if finding.status in (Status.FAIL, Status.ERROR) and fix:
        told += f"<br>→ {escape(printable(' '.join(fix.split())))}"
    what = f"<strong>{finding.id}</strong><br>{escape(printable(finding.title))}"
    return "".join(f'<td style="{CELL}">{cell}</td>' for cell in (what, status, told))


def audit(stack: Stack | None = None, live: bool = False, row: str | None = None) -> Audit:
    """Ask the hardening checklist of a stack, by default the one that this notebook builds.

    ``row`` asks one row alone: security, cors, safety, api, state, visibility. ``live=True`` also sends
    requests, and removes what they wrote.
    """
    target = Target.of_stack(stack) if stack is not None else Target.named("upload-dashboard")
    return Audit(ask(target, areas=[row] if row else None, live=live))
