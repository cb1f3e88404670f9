"""What a row of the checklist is made of: rules, and the things that a rule can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checks.change import Change
from checks.findings import Severity, Status
from checks.rendering import boto3_text

Check = Callable[..., Iterator["Verdict"]]


@dataclass(frozen=True)
class Rule:
    """One thing that must hold, and why. ``check`` looks, and says what it saw."""

    id: str  # SECURITY-1
    area: str  # security
    title: str  # All four public access switches of the upload bucket are on
    severity: Severity
    why: str  # what goes wrong otherwise, for somebody who has not met it yet
    expected: str
    about: str  # the part of the target that it speaks of; "functions": asked of each of them
    layer: str  # the architecture layer that makes this part
    looks_at: tuple[str, ...]  # operations, like "s3:GetBucketCors", and "HTTP GET"
    fix: str  # what to do, in a sentence
    needs: tuple[str, ...]  # other parts of the target without which it can't be asked
    check: Check | None = field(default=None, repr=False, compare=False)  # only reads
    probe: Check | None = field(default=None, repr=False, compare=False)  # sends requests, with --live

    @property
    def live(self) -> bool:
        """Whether only --live can ask it."""
        return self.check is None

    @property
    def looks(self) -> str:
        """What it looks at, in the words of the check itself."""
        return " ".join(" ".join(one.__doc__ or "" for one in (self.check, self.probe) if one).split())


@dataclass(frozen=True)
class Verdict:
    """What a rule says of one resource, before it becomes a finding."""

    status: Status | None  # None: something is missing, and it depends on the layers what that means
    observed: str
    evidence: str = ""
    resource: str = ""
    fix: str = ""
    change: Change | None = None
    layer: str = ""


def passed(observed: str, evidence: str, resource: str = "") -> Verdict:
    return Verdict(Status.PASS, observed, evidence, resource)


def failed(
    observed: str, evidence: str, resource: str = "", *, fix: str = "", change: Change | None = None
) -> Verdict:
    """It does not hold. The fix is a change, or where a program can't make it, a sentence or two."""
    return Verdict(Status.FAIL, observed, evidence, resource, boto3_text(change) if change else fix, change)


def missing(
    observed: str,
    evidence: str,
    layer: str,
    resource: str = "",
    *,
    fix: str = "",
    change: Change | None = None,
) -> Verdict:
    """Something is not there: not built yet, or removed from a stack whose later layers stand."""
    return Verdict(None, observed, evidence, resource, boto3_text(change) if change else fix, change, layer)


def skipped(reason: str, resource: str = "") -> Verdict:
    return Verdict(Status.SKIP, reason, "not asked", resource)


class Row:
    """One row of the checklist: a module declares it, and its rules."""

    def __init__(self, area: str, title: str, good_state: str) -> None:
        self.area = area  # security
        self.title = title  # Security
        self.good_state = good_state
        self.rules: list[Rule] = []

    def rule(
        self,
        number: int,
        severity: Severity,
        title: str,
        *,
        expected: str,
        why: str,
        about: str,
        layer: str,
        looks_at: Sequence[str],
        fix: str,
        needs: Sequence[str] = (),
        live: bool = False,
    ) -> Callable[[Check], Check]:
        """Declare a rule of this row; what is decorated looks, and yields verdicts."""

        def declare(look: Check) -> Check:
            rule = Rule(
                f"{self.area.upper()}-{number}",
                self.area,
                title,
                severity,
                why,
                expected,
                about,
                layer,
                tuple(looks_at),
                fix,
                tuple(needs),
            )
            self.rules.append(replace(rule, probe=look) if live else replace(rule, check=look))
            return look

        return declare

    def probe(self, number: int) -> Callable[[Check], Check]:
        """Declare what --live adds to a rule that can be asked without."""

        def declare(probe: Check) -> Check:
            self.rules = [
                replace(rule, probe=probe) if rule.id == f"{self.area.upper()}-{number}" else rule
                for rule in self.rules
            ]
            return probe

        return declare


def listed(values: Sequence[Any]) -> str:
    """Values for people to read: in quotes, with commas; a word for none."""
    return ", ".join(repr(value) for value in values) or "none"
