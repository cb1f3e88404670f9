"""HTML: one page, readable offline, that asks nothing of any other place and runs no code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from checks.findings import Finding, Report, RowResult, Status
from checks.report import BY_HARM, MARKS, WORDS, About, printable, printable_lines, worst_first
from checks.report.map import drawing

CSS = Path(__file__).with_name("page.css")
# Nothing is fetched and nothing runs, whatever a resource is called.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
TO_DO = (Status.FAIL, Status.ERROR)
FIRST = 5  # what to do first: as many as one remembers


def write(report: Report, about: About) -> str:
    """The report as one HTML page."""
    title = f"Hardening checklist of {printable(report.stack)}"
    return (
        "\n".join(
            [
                "<!doctype html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="referrer" content="no-referrer">',
                f"<title>{escape(title)}</title>",
                f"<style>\n{CSS.read_text(encoding='utf-8')}</style>",
                "</head>",
                "<body>",
                '<main class="sheet">',
                *head(report, about, title),
                *verdict(report),
                *counts(report),
                *picture(report),
                *what_first(report, about),
                *(line for row in report.rows for line in section(row)),
                *foot(report, about),
                "</main>",
                "</body>",
                "</html>",
            ]
        )
        + "\n"
    )


def text(value: str) -> str:
    """Text as HTML; what steers or hides is made visible first."""
    return escape(printable(value))


def code(value: str) -> str:
    return escape("\n".join(printable_lines(value)))


def pill(status: Status) -> str:
    return (
        f'<span class="pill {status}"><span aria-hidden="true">{MARKS[status]}</span> {WORDS[status]}</span>'
    )


def head(report: Report, about: About, title: str) -> Iterator[str]:
    cloud = "AWS" if report.cloud == "aws" else f"{report.cloud} cloud"
    facts = (
        ("Cloud", cloud),
        ("Account", report.account_id),
        ("Region", report.region),
        ("Asked", f"{about.when:%Y-%m-%d %H:%M} UTC"),
    )
    yield f"<header><h1>{escape(title)}</h1>"
    yield '<dl class="where">'
    yield from (f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    yield "</dl></header>"


def verdict(report: Report) -> Iterator[str]:
    """The answer, before anything else."""
    said = report.summary
    if said["FAIL"]:
        number = "One thing" if said["FAIL"] == 1 else f"{said['FAIL']} things"
        tone, line = Status.FAIL, f"{number} to mend"
        next_step = f"The worst: {worst_first(report.findings)[0].title}."
    elif said["ERROR"]:
        tone, line = Status.ERROR, "Nothing failed, but not everything is known"
        next_step = (
            "Some calls were not answered. Each finding names the call, and the permission that it needs."
        )
    elif said["NOT_YET"]:
        tone, line = Status.NOT_YET, "Nothing failed, and not everything is built yet"
        next_step = "What is not built yet is not judged."
    elif said["PASS"]:
        tone, line, next_step = Status.PASS, "Nothing failed", "Every rule that was asked holds."
    else:
        tone, line, next_step = Status.SKIP, "Nothing was asked", "The notes below say why."
    yield f'<div class="verdict {tone}">'
    yield f'<p class="said"><span aria-hidden="true">{MARKS[tone]}</span> {line}</p>'
    yield f"<p>{text(next_step)}</p></div>"


def counts(report: Report) -> Iterator[str]:
    yield '<ul class="counts" aria-label="Findings by status">'
    for status in BY_HARM:
        number = report.summary[status]
        yield (
            f'<li class="{status}{"" if number else " none"}"><strong>{number}</strong>'
            f'<span><span aria-hidden="true">{MARKS[status]}</span> {WORDS[status]}</span></li>'
        )
    yield "</ul>"


def picture(report: Report) -> Iterator[str]:
    statuses = {row.area: row.status for row in report.rows}
    yield '<section class="card" aria-labelledby="map">'
    yield '<header><h2 id="map">The dashboard, by row</h2></header>'
    yield f'<div class="map" tabindex="0" role="group" aria-label="Architecture">{drawing(statuses)}</div>'
    yield "</section>"


def what_first(report: Report, about: About) -> Iterator[str]:
    to_do = [one for one in worst_first(report.findings) if one.status in TO_DO]
    if not to_do:
        return
    yield '<section class="card" aria-labelledby="first">'
    yield '<header><h2 id="first">What to do first</h2></header>'
    yield '<ol class="first">'
    for finding in to_do[:FIRST]:
        what = finding.change.describe if finding.change else finding.title
        option = "fix" if finding.change else "explain"
        yield (
            f"<li>{text(what)}<br><code>{text(f'{about.command} --{option} {finding.id}')}</code> "
            f'<span class="soft">· {finding.severity}, {text(finding.resource)}</span></li>'
        )
    yield "</ol>"
    if len(to_do) > FIRST:
        yield f'<p class="soft">And {len(to_do) - FIRST} more, below.</p>'
    yield "</section>"


def section(row: RowResult) -> Iterator[str]:
    name = f"row-{row.area.lower()}"
    yield f'<section class="card" aria-labelledby="{escape(name)}">'
    yield f'<header><h2 id="{escape(name)}">{text(row.area)}</h2>'
    yield f"{pill(row.status)}<p>{text(row.good_state)}</p></header>"
    for findings in together(row):
        yield from told(findings)
    yield "</section>"


def together(row: RowResult) -> list[list[Finding]]:
    """What there is to do first, each by itself; then the rules in order, each with all its resources."""
    to_do = [[one] for one in worst_first(row.findings) if one.status in TO_DO]
    others: dict[tuple[str, Status], list[Finding]] = {}
    for finding in row.findings:
        if finding.status not in TO_DO:
            others.setdefault((finding.id, finding.status), []).append(finding)
    return [*to_do, *others.values()]


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """One rule and how it went; open when there is something to do about it."""
    first = findings[0]
    is_open = " open" if first.status in TO_DO else ""
    thing = text(first.resource) if len(findings) == 1 else f"{len(findings)} resources"
    yield f'<details class="finding"{is_open}><summary>'
    yield f'<span class="id">{text(first.id)}</span>{pill(first.status)}'
    yield f'<h3>{text(first.title)}</h3><span class="severity">{first.severity}</span>'
    yield f'<span class="thing">{thing}</span></summary>'
    for finding in findings:
        yield from facts(finding, named=len(findings) > 1)
    yield "</details>"


def facts(finding: Finding, *, named: bool) -> Iterator[str]:
    yield '<dl class="facts">'
    if named:
        yield f"<dt>Resource</dt><dd><strong>{text(finding.resource)}</strong></dd>"
    for label in ("observed", "expected", "evidence"):
        if value := getattr(finding, label):
            yield f"<dt>{label.capitalize()}</dt><dd>{text(value)}</dd>"
    if finding.fix:
        is_code = finding.change is not None or "\n" in finding.fix
        shown = f"<pre>{code(finding.fix)}</pre>" if is_code else text(finding.fix)
        yield f"<dt>Fix</dt><dd>{shown}</dd>"
    yield "</dl>"


def foot(report: Report, about: About) -> Iterator[str]:
    yield "<footer>"
    yield from (f"<p>Note: {text(notice)}</p>" for notice in about.notices)
    cost = f" It took {report.calls} calls and {report.seconds:.1f} seconds." if report.calls else ""
    yield f"<p>Asked with <code>{text(about.command)}</code>.{cost}</p>"
    yield "</footer>"
