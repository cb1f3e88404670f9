"""What the audit says: findings, each about one resource, gathered in the checklist's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from checks.change import Change


class Status(StrEnum):
    """What can be said of a rule. FAIL only on evidence that was retrieved."""

    PASS = "PASS"  # noqa: S105 not a password
    FAIL = "FAIL"
    NOT_YET = "NOT_YET"  # not built
    ERROR = "ERROR"  # could not be evaluated; the finding names the call and the permission
    SKIP = "SKIP"  # not asked; the finding says why


class Severity(StrEnum):
    """How much harm a failure can do."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


WORST_FIRST = (Status.FAIL, Status.ERROR, Status.NOT_YET, Status.SKIP, Status.PASS)


@dataclass(frozen=True)
class Finding:
    """One rule, asked of one resource."""

    id: str  # SECURITY-1
    title: str
    severity: Severity
    status: Status
    resource: str
    observed: str
    expected: str
    evidence: str  # the call, and what it answered
    fix: str  # boto3 that changes one thing; empty where there is nothing to change
    change: Change | None = field(default=None, compare=False, repr=False)  # the same, for ``--fix``

    def as_dict(self) -> dict[str, str]:
        """The finding in the shape that programs rely on."""
        return {name: str(getattr(self, name)) for name in SHOWN}


SHOWN = ("id", "title", "severity", "status", "resource", "observed", "expected", "evidence", "fix")


@dataclass(frozen=True)
class RowResult:
    """One row of the checklist, judged."""

    area: str
    good_state: str
    findings: Sequence[Finding]

    @property
    def status(self) -> Status:
        """The row's worst finding; a skipped rule beside passed ones does not spoil the row."""
        found = {finding.status for finding in self.findings}
        if found == {Status.PASS, Status.SKIP}:
            return Status.PASS
        return next((status for status in WORST_FIRST if status in found), Status.SKIP)


@dataclass(frozen=True)
class Report:
    """The whole checklist for one dashboard."""

    stack: str
    cloud: str  # "embedded" or "aws"
    account_id: str
    region: str
    rows: Sequence[RowResult]
    calls: int = field(default=0, compare=False)  # to AWS, that it took
    seconds: float = field(default=0.0, compare=False)

    @property
    def findings(self) -> list[Finding]:
        return [finding for row in self.rows for finding in row.findings]

    @property
    def summary(self) -> dict[str, int]:
        counted = Counter(finding.status for finding in self.findings)
        return {status.value: counted[status] for status in Status}

    @property
    def exit_code(self) -> int:
        """0 nothing failed, 1 something failed, 3 nothing failed but something could not be evaluated."""
        counted = self.summary
        return 1 if counted["FAIL"] else 3 if counted["ERROR"] else 0

    def as_dict(self) -> dict[str, Any]:
        """The report in the shape that programs rely on."""
        rows = [
            {
                "area": row.area,
                "good_state": row.good_state,
                "status": row.status.value,
                "findings": [finding.as_dict() for finding in row.findings],
            }
            for row in self.rows
        ]
        return {
            "stack": self.stack,
            "cloud": self.cloud,
            "account_id": self.account_id,
            "region": self.region,
            "summary": self.summary,
            "rows": rows,
        }
