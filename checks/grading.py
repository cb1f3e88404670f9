"""A pytest plugin that asks the checklist of one stack once, and lets each rule be a test of it.

    pytest --pyargs checks --stack-name upload-dashboard

It comes with the package (entry point ``pytest11``); tests of your own may ask for the fixture ``hardening``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from checks.findings import Finding, Report, Status

NAME_OPTION, LIVE_OPTION, CLOUD_OPTION, NOT_YET_OPTION = (
    "--stack-name",
    "--live",
    "--stack-cloud",
    "--not-yet",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hardening", "the hardening checklist")
    group.addoption(
        NAME_OPTION, metavar="N", default="upload-dashboard", help="the stack to grade (default: %(default)s)"
    )
    group.addoption(
        LIVE_OPTION, action="store_true", help="also send requests; what they write is removed again"
    )
    group.addoption(
        CLOUD_OPTION, choices=["aws"], help="grade a stack in a real account, which is used only when named"
    )
    group.addoption(
        NOT_YET_OPTION,
        choices=["fail", "xfail"],
        default="fail",
        help="what a part that is not built yet is: a failure (default), or an expected one",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "hardening(id): a rule of the hardening checklist, asked of a live stack"
    )


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """Say which stack is graded, where one is."""
    if not any(item.get_closest_marker("hardening") for item in items):
        return []
    live = ", live" if config.getoption(LIVE_OPTION) else ""
    return [f"hardening checklist of stack {config.getoption(NAME_OPTION)!r}{live}"]


class Graded:
    """The findings of one stack, by rule."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._by_rule: dict[str, list[Finding]] = {}
        for finding in report.findings:
            self._by_rule.setdefault(finding.id, []).append(finding)

    def __getitem__(self, id_: str) -> Sequence[Finding]:
        return self._by_rule.get(id_.upper(), [])


@pytest.fixture(scope="session")
def hardening(request: pytest.FixtureRequest) -> Iterator[Graded]:
    """The checklist, asked of the stack that the options name, once in a session."""
    from checks.audit import audit
    from checks.target import Target
    from checks.where import NoCloudError, find

    before = dict(os.environ)
    try:
        find(request.config.getoption(CLOUD_OPTION)).enter()
        target = Target.named(request.config.getoption(NAME_OPTION))
    except (NoCloudError, ValueError) as error:  # StackNameError is a ValueError
        raise pytest.UsageError(str(error)) from None
    yield Graded(audit(target, live=request.config.getoption(LIVE_OPTION)))
    os.environ.clear()
    os.environ.update(before)


def evaluated(found: Sequence[Finding]) -> Sequence[Finding]:
    """The same. Raises CouldNotBeEvaluatedError when a call was refused, and nothing failed either."""
    said = {one.status for one in found}
    if Status.ERROR in said and Status.FAIL not in said:
        raise CouldNotBeEvaluatedError("\n\n".join(told(one) for one in found if one.status is Status.ERROR))
    return found


def grade(found: Sequence[Finding], not_yet: str = "fail") -> None:
    """Fail, skip or pass as the findings of one rule say."""
    by_status = {status: [one for one in found if one.status is status] for status in Status}
    if failed := by_status[Status.FAIL]:
        pytest.fail("\n\n".join(told(one) for one in failed), pytrace=False)
    if missing := by_status[Status.NOT_YET]:
        reason = "not built yet: " + "; ".join(one.observed for one in missing)
        if not_yet == "xfail":
            pytest.xfail(reason)
        pytest.fail(reason, pytrace=False)
    if not by_status[Status.PASS]:
        reasons = dict.fromkeys(one.observed for one in by_status[Status.SKIP])
        pytest.skip("; ".join(reasons) or "nothing of this stack was asked")


class CouldNotBeEvaluatedError(Exception):
    """A rule could not be asked: the stack is neither good nor bad in this."""


def told(finding: Finding) -> str:
    """What a student has to know to mend it."""
    lines = [
        f"{finding.id} {finding.title} ({finding.severity})",
        f"resource: {finding.resource}",
        f"observed: {finding.observed}",
        f"expected: {finding.expected}",
        f"evidence: {finding.evidence}",
        f"fix:      {finding.fix}" if finding.fix else "",
    ]
    return "\n".join(line for line in lines if line)
