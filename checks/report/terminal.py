"""Text for a terminal: six rows that fit on a screen, then what to do first."""

from __future__ import annotations

import io
import textwrap
from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from checks.findings import Finding, Report, RowResult, Status
from checks.report import BY_HARM, MARKS, WORDS, About, printable, printable_lines, worst_first

WIDTH = 100  # of a pipe, which has none
IN_FULL = 3  # findings that are told with all they say; the others in a line
GOOD_STATE_AT = 28  # the column
STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.NOT_YET: "blue",
    Status.ERROR: "bold yellow",
    Status.SKIP: "dim",
}


def write(report: Report, about: About, console: Console | None = None) -> str:
    """The report as text: without colour, unless a console with colour is given."""
    console = console or Console(width=WIDTH, color_system=None)
    page = io.StringIO()
    paper = Console(
        file=page,
        width=max(60, min(console.width, 120)),
        force_terminal=console.is_terminal,
        color_system=console.color_system,  # type: ignore[arg-type]
        highlight=False,
        legacy_windows=False,
    )
    for line in lines(report, about, paper.width):
        paper.print(line, soft_wrap=False, no_wrap=False)
    return page.getvalue()


def lines(report: Report, about: About, width: int) -> Iterator[Text]:
    yield Text.assemble(
        ("Hardening checklist", "bold"),
        f" of {printable(report.stack)}",
        (f" · {where(report)}", "dim"),
    )
    yield Text()
    rows = report.rows
    for row in rows:
        yield row_line(row, width)
    yield Text()
    if about.every:
        for finding in report.findings:
            yield from in_a_line(finding, width)
        yield Text()
    to_do = [one for one in worst_first(report.findings) if one.status in (Status.FAIL, Status.ERROR)]
    yield verdict(report)
    if any(finding.status is Status.FAIL for finding in to_do):
        yield Text("What to do first:", "bold")
    elif to_do:
        yield Text("Nothing failed, but not everything is known:", "bold")
    for finding in to_do[:IN_FULL]:
        yield from in_full(finding, width)
    if to_do[IN_FULL:] and not about.every:
        yield Text()
        for finding in to_do[IN_FULL:]:
            yield from in_a_line(finding, width)
    if to_do:
        yield Text()
    yield from not_built(report, width)
    yield from skipped(report, width)
    for notice in about.notices:
        yield Text(f"Note: {printable(notice)}", "yellow")
    yield from next_command(to_do, about)


def where(report: Report) -> str:
    cloud = "AWS" if report.cloud == "aws" else f"{report.cloud} cloud"
    return printable(f"{cloud}, account {report.account_id}, {report.region}")


def row_line(row: RowResult, width: int) -> Text:
    """A row: its mark, its word, how many of its findings went how, and its good state."""
    said = Counter(finding.status for finding in row.findings)
    line = Text.assemble((f" {MARKS[row.status]} {row.area:<11}", STYLES[row.status]))
    for status in BY_HARM:
        if said[status]:
            line.append(f"{MARKS[status]}{said[status]} ", STYLES[status])
    line.pad_right(max(GOOD_STATE_AT - line.cell_len, 1))
    line.append(printable(row.good_state), "dim")
    line.truncate(width, overflow="ellipsis")
    return line


def verdict(report: Report) -> Text:
    """How it went, with what the marks mean."""
    told = [status for status in BY_HARM if report.summary[status]]
    line = Text()
    for number, status in enumerate(told):
        line.append(", " if number else "")
        line.append(f"{MARKS[status]} {report.summary[status]} {WORDS[status]}", STYLES[status])
    line.append(". " if told else "Nothing was asked. ")
    if report.summary["PASS"] and report.exit_code == 0:
        line.append("Nothing failed. ", "bold green")
    if report.calls:
        line.append(f"{report.calls} calls, {report.seconds:.1f} s.", "dim")
    return line


def in_full(finding: Finding, width: int) -> Iterator[Text]:
    """A finding with all that helps: what was found where, what was expected, and the fix."""
    yield Text()
    yield Text.assemble(
        (f" {MARKS[finding.status]} {finding.id}", STYLES[finding.status]),
        (f" {finding.severity.value}", "bold" if finding.severity.value == "critical" else ""),
        f"  {printable(finding.title)}",
    )
    yield wrapped(f"{printable(finding.resource)}: {printable(finding.observed)}", width)
    if finding.expected:
        yield wrapped(f"expected: {printable(finding.expected)}", width, "dim")
    fix = finding.change.describe if finding.change else finding.fix  # --fix shows the calls
    for number, code in enumerate(printable_lines(fix) if fix else ()):
        yield wrapped(f"{'→' if number == 0 else ' '} {code}", width, "cyan")


def wrapped(text: str, width: int, style: str = "") -> Text:
    """Text below its heading; what does not fit goes on, a little further in."""
    filled = textwrap.fill(
        text, width, initial_indent="   ", subsequent_indent="     ",
        break_on_hyphens=False,
    )  # fmt: skip
    return Text(filled, style)


def in_a_line(finding: Finding, width: int) -> Iterator[Text]:
    line = Text.assemble(
        (f" {MARKS[finding.status]} {finding.id:<13}", STYLES[finding.status]),
        f"{finding.severity.value:<9}",
        f"{printable(finding.resource)}: {printable(finding.observed)}",
    )
    line.truncate(width, overflow="ellipsis")
    yield line


def not_built(report: Report, width: int) -> Iterator[Text]:
    ids = distinct(report, Status.NOT_YET)
    if ids:
        told = textwrap.fill(
            f"Not built yet, so not judged: {', '.join(ids)}.", width, subsequent_indent="  "
        )
        yield Text(told, STYLES[Status.NOT_YET])


def skipped(report: Report, width: int) -> Iterator[Text]:
    """Why something was not asked, each reason once."""
    reasons: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.status is Status.SKIP:
            ids = reasons.setdefault(printable(finding.observed), [])
            if finding.id not in ids:
                ids.append(finding.id)
    for reason, ids in reasons.items():
        yield Text(textwrap.fill(f"Skipped: {reason} {', '.join(ids)}", width, subsequent_indent="  "), "dim")


def distinct(report: Report, status: Status) -> list[str]:
    return list(dict.fromkeys(finding.id for finding in report.findings if finding.status is status))


def next_command(to_do: list[Finding], about: About) -> Iterator[Text]:
    if not to_do:
        return
    first = to_do[0]
    yield Text()
    if first.change is not None:
        yield Text.assemble(("Next: ", "bold"), f"{about.command} --fix {first.id}")
        yield Text(f"      {about.command} --explain {first.id}", "dim")
    else:
        yield Text.assemble(("Next: ", "bold"), f"{about.command} --explain {first.id}")
