"""JSON: the shape that programs rely on."""

from __future__ import annotations

import json

from checks.findings import Report
from checks.report import About


def write(report: Report, about: About) -> str:  # noqa: ARG001 every format takes the same two
    """The report as the contract has it."""
    return json.dumps(report.as_dict(), indent=2) + "\n"  # in ASCII: any file and any pipe can carry it
