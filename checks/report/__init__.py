"""The report, written for a terminal, for programs, and as one page."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checks.findings import WORST_FIRST, Finding, Report, Severity, Status

FORMATS = {
    "text": "terminal",
    "json": "data",
    "junit": "junit",
    "sarif": "sarif",
    "html": "page",
}  # and its module
BY_SUFFIX = {
    ".json": "json",
    ".xml": "junit",
    ".sarif": "sarif",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}

# A status is never told by colour alone: a mark and a word go with it.
MARKS = {
    Status.PASS: "✔",
    Status.FAIL: "✘",
    Status.NOT_YET: "○",
    Status.ERROR: "!",
    Status.SKIP: "·",
}
WORDS = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.NOT_YET: "not built yet",
    Status.ERROR: "could not be evaluated",
    Status.SKIP: "skipped",
}

BY_HARM = (Status.FAIL, Status.ERROR, Status.NOT_YET, Status.PASS, Status.SKIP)


@dataclass(frozen=True)
class About:
    """What a report's reader wants to know beside the findings."""

    when: datetime
    command: str = "python -m checks"  # as it was asked, so that the next command can be copied
    accepted: Mapping[Finding, str] = field(
        default_factory=dict
    )  # the finding as it stands, and why that is accepted
    notices: Sequence[str] = ()  # of the baseline and the configuration
    every: bool = False  # whether to tell every finding: somebody asked for one row


def write(report: Report, kind: str, about: About) -> str:
    """The report in one of FORMATS. Each ends with a line end."""
    module = importlib.import_module(
        f"checks.report.{FORMATS[kind]}"
    )  # only the one that is asked for costs time
    written: str = module.write(report, about)
    return written


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """What to look at first: failures before doubts, and among them those that can do most harm."""
    harm = list(Severity)
    return sorted(findings, key=lambda one: (WORST_FIRST.index(one.status), harm.index(one.severity)))


def counted(report: Report) -> str:
    """How the report went, in one line, worst first.

    >>> counted(Report("n", "embedded", "1", "r", []))
    'nothing was asked'
    """
    said = report.summary
    return (
        ", ".join(f"{said[status]} {WORDS[status]}" for status in BY_HARM if said[status])
        or "nothing was asked"
    )


def printable(text: str) -> str:
    r"""The text with everything that steers a terminal or hides in a page made visible.

    Names of buckets' objects are anybody's choice, and a report must not obey them.

    >>> printable("cat\x1b[2J\u202egnp.exe")
    'cat\\x1b[2J\\u202egnp.exe'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def printable_lines(text: str) -> list[str]:
    """The same for text of several lines, such as code."""
    return [printable(line.expandtabs(4)) for line in text.split("\n")]
