"""The pages about the checklist say what the code does."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from checks import baseline, config, docs
from checks.cli import main
from checks.registry import RULES

ROOT = Path(__file__).parents[2]
IN_CI = (ROOT / "docs" / "audit-in-ci.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"python -m checks((?: +[^\s`>|]+)*)", IN_CI)


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", IN_CI, re.DOTALL)


def test_the_list_of_checks_is_the_one_that_the_code_makes():
    written = (ROOT / "docs" / "checks.md").read_bytes()
    assert written == docs.page().encode(), "run: python -m checks --docs > docs/checks.md"


def test_the_command_prints_the_same_page():
    said = CliRunner().invoke(main, ["--docs"])
    assert said.exit_code == 0
    assert said.stdout == docs.page()


def test_every_rule_has_a_place_that_links_lead_to():
    page = docs.page()
    for rule in RULES:
        assert f"[{rule.id}](#{rule.id.lower()})" in page
        assert f"\n### {rule.id}\n" in page


def test_the_examples_in_the_page_are_those_that_are_tested():
    assert baseline.EXAMPLE in docs.page()
    assert config.EXAMPLE in docs.page()


def test_there_are_commands_to_read():
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_the_page_about_ci_is_understood(command):
    with click.Context(main) as context:
        given = main.make_parser(context).parse_args(args=shlex.split(command))[1]
    assert given == [], "no argument is left over"


def test_the_workflow_asks_for_the_permissions_that_its_steps_need():
    [workflow] = blocks("yaml")
    asked = dict(re.findall(r"^  ([a-z-]+): (read|write)", workflow, re.MULTILINE))
    assert asked == {"contents": "read", "id-token": "write", "security-events": "write"}
    assert re.search(r"--output (\S+)", workflow)[1] == re.search(r"sarif_file: (\S+)", workflow)[1]


def test_the_trust_policy_is_bound_to_one_repository_and_branch():
    [trust] = [json.loads(block) for block in blocks("json")]
    [statement] = trust["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    equals = statement["Condition"]["StringEquals"]
    assert equals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    assert "*" not in equals["token.actions.githubusercontent.com:sub"]


@pytest.mark.parametrize("option", [option for one in main.params for option in one.opts])
def test_every_option_is_told_in_the_help(option):
    assert option in CliRunner().invoke(main, ["--help"]).stdout


def test_the_help_names_every_exit_code():
    said = CliRunner().invoke(main, ["--help"]).stdout
    assert re.search(r"0 nothing failed, 1 something failed, 2 usage,\s+3 nothing failed but", said)
