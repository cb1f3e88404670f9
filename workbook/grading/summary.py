"""The summary as one HTML page: who passed what, and which wrong answers the class shares."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from workbook.exercises import LESSONS, find
from workbook.grading.results import Result, Row, shared_mistakes
from workbook.standing import LEGEND, SIGNS

STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #2e7d32; --half: #b26a00; --bad: #c62828 }
@media (prefers-color-scheme: dark) { :root { --good: #81c784; --half: #ffb74d; --bad: #ef9a9a } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border-bottom: 1px solid var(--line); padding: .3em .8em .3em 0; text-align: left }
td, tbody th { vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.passes { color: var(--good) } .partly { color: var(--half) } .regressed { color: var(--bad) }
.scroll { overflow-x: auto }
.quiet { opacity: .75 }
"""


def write_summary(results: Sequence[Result], path: Path, confined: bool) -> None:
    path.write_text(page(results, confined), encoding="utf-8")


def page(results: Sequence[Result], confined: bool) -> str:
    """The page. Every text that comes from a submission is escaped."""
    graded = [one for one in results if one.rows]
    lessons = [lesson for lesson in LESSONS if any(one.lesson == lesson for one in graded)]
    how = (
        "confined to itself: no network, no files but its own" if confined else "NOT confined (--unconfined)"
    )
    whole = sum(one.is_whole for one in graded)
    parts = [
        f"<h1>Results of {len({one.learner for one in results})} learners</h1>",
        f"<p>{len(results)} notebooks, {whole} of them ran to the bottom. Each ran {how}.</p>",
        f'<p class="quiet">{LEGEND}</p>',
        *[who_passed_what(lesson, [one for one in graded if one.lesson == lesson]) for lesson in lessons],
        what_is_shared(results),
        what_went_wrong([one for one in results if not one.is_whole]),
    ]
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Workbook results</title><style>{STYLE}</style>\n<main>{''.join(parts)}</main></html>\n"
    )


def who_passed_what(lesson: str, results: Sequence[Result]) -> str:
    names = [row.exercise for row in results[0].rows]
    heads = "".join(
        f'<th scope="col" title="{escape(find(name).title, quote=True)}">{escape(name)}</th>'
        for name in names
    )
    lines = "".join(
        f'<tr><th scope="row">{escape(one.learner)}</th>{"".join(cell(row) for row in one.rows)}'
        f'<td class="number">{one.points:g} of {one.of_points}</td></tr>'
        for one in results
    )
    passed = "".join(
        f"<td>{sum(one.rows[at].passed for one in results)} of {len(results)}</td>"
        for at in range(len(names))
    )
    return (
        f'<h2>{escape(lesson)}</h2><div class="scroll"><table><thead><tr><th scope="col">Learner</th>{heads}'
        f'<th scope="col">Points</th></tr></thead><tbody>{lines}</tbody>'
        f'<tfoot><tr><th scope="row">passed</th>{passed}<td></td></tr></tfoot></table></div>'
    )


def cell(row: Row) -> str:
    told = escape(f"{row.state}: {row.found}" if row.found else row.state, quote=True)
    state = escape(row.state)
    return f'<td class="{state.replace(" ", "-")}" title="{told}">{SIGNS.get(row.state, "·")} {state}</td>'


def what_is_shared(results: Sequence[Result]) -> str:
    """Wrong answers by exercise: what two or more have in common is worth a word in class."""
    lines = "".join(
        f"<tr><td>{escape(exercise)}</td><td>{escape(text)}</td>"
        f'<td class="number">{len(learners)}</td><td>{escape(", ".join(learners))}</td></tr>'
        for exercise, found in shared_mistakes(results).items()
        for text, learners in found
    )
    if not lines:
        return "<h2>Wrong answers</h2><p>None.</p>"
    return (
        f"<h2>Wrong answers, and who shares them</h2>"
        f'<div class="scroll"><table>{head("Exercise", "The check found", "How many", "Who")}'
        f"<tbody>{lines}</tbody></table></div>"
    )


def what_went_wrong(results: Sequence[Result]) -> str:
    if not results:
        return ""
    lines = "".join(
        f"<tr><td>{escape(one.learner)}</td><td>{escape(one.lesson or Path(one.file).name)}</td>"
        f"<td>{escape(one.ended)}</td></tr>"
        for one in results
    )
    return (
        f"<h2>Did not run to the bottom</h2>"
        f"<table>{head('Learner', 'Notebook', 'What happened')}<tbody>{lines}</tbody></table>"
    )


def head(*names: str) -> str:
    return f"<thead><tr>{''.join(f'<th scope=col>{name}</th>' for name in names)}</tr></thead>"
