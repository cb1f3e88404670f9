"""The checklist as tests: ``pytest --pyargs checks --stack-name N``. One rule, one test."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from checks.findings import Finding
from checks.grading import NOT_YET_OPTION, Graded, evaluated, grade
from checks.registry import RULES


@pytest.fixture
def findings(request: pytest.FixtureRequest, hardening: Graded) -> Sequence[Finding]:
    """What a rule found. When it could not be asked, the test is an error, and no failure of the stack."""
    return evaluated(hardening[request.param])


@pytest.mark.hardening
@pytest.mark.parametrize("findings", [rule.id for rule in RULES], indirect=True)
def test_hardening(findings: Sequence[Finding], request: pytest.FixtureRequest) -> None:
    grade(findings, request.config.getoption(NOT_YET_OPTION))
