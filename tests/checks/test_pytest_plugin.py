"""``pytest --pyargs checks``: each rule is a test, and a stack is graded by them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checks.findings import Status
from checks.grading import CouldNotBeEvaluatedError, evaluated, grade
from checks.registry import RULES
from tests.checks import defects as wrong
from tests.checks.reports import finding

pytest_plugins = ["pytester"]


@pytest.fixture
def graded(good_stack, pytester):
    """Grade the good stack, as an instructor would: elsewhere, with pytest alone."""

    def run(*arguments, name=good_stack.name):
        alone = ("-p", "no:playwright")  # it does not bear one pytest inside another
        return pytester.runpytest_inprocess("--pyargs", "checks", *alone, "--stack-name", name, *arguments)

    return run


def test_a_failure_tells_a_student_what_to_mend(graded, good_stack):
    mend = wrong.api_cors(good_stack, AllowOrigins=["*"])
    try:
        said = graded("-k", "CORS-1 or CORS-2")
    finally:
        mend()
    said.assert_outcomes(failed=1, passed=1, deselected=len(RULES) - 2)
    said.stdout.fnmatch_lines(["observed: *", "expected: *", "evidence: *", "fix:      *"])
    said.stdout.no_fnmatch_line("*Traceback*")


def test_what_is_not_built_fails_or_is_expected_as_one_says(graded):
    strict = graded("-k", "SECURITY-1", name="never-built")
    strict.assert_outcomes(failed=1, deselected=len(RULES) - 1)
    strict.stdout.fnmatch_lines(["not built yet: *"])
    lax = graded("-k", "SECURITY-1", "--not-yet", "xfail", name="never-built")
    lax.assert_outcomes(xfailed=1, deselected=len(RULES) - 1)


def test_a_name_that_cannot_be_one_is_a_sentence(graded):
    said = graded("-k", "SECURITY-1", name="My Stack")
    assert said.ret != 0
    said.stdout.fnmatch_lines(["*'My Stack'*"])


def test_in_a_process_of_its_own_a_good_stack_passes(good_stack, tmp_path):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "checks",
        "--stack-name",
        good_stack.name,
        "-rs",
        "-v",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    passed, skipped = map(int, re.search(r"= (\d+) passed, (\d+) skipped in", said.stdout).groups())
    assert passed + skipped == len(RULES)
    assert skipped >= sum(rule.live for rule in RULES)
    assert f"hardening checklist of stack '{good_stack.name}'" in said.stdout
    assert "ask with --live" in said.stdout
    for rule in RULES:
        assert f"test_hardening[{rule.id}]" in said.stdout


def test_an_error_is_no_failure():
    found = [finding("CORS-1", Status.ERROR), finding("CORS-1")]
    with pytest.raises(CouldNotBeEvaluatedError, match="CORS-1"):
        evaluated(found)
    worse = [*found, finding("CORS-1", Status.FAIL)]
    assert evaluated(worse) is worse


def test_one_skipped_resource_beside_a_passed_one_passes():
    grade([finding("CORS-1"), finding("CORS-1", Status.SKIP)])
    with pytest.raises(pytest.skip.Exception, match="because"):
        grade([finding("CORS-1", Status.SKIP, observed="because")])
