"""The command: what it says, where, and with which exit code."""

import json
import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from checks.cli import main
from checks.registry import AREAS, RULES


@pytest.fixture
def ask(good_stack, tmp_path, monkeypatch):
    """Run the command on the good stack, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, name=good_stack.name, **more):
        named = ["--name", name] if name else []
        return CliRunner().invoke(main, [*named, *arguments], prog_name="python -m checks", **more)

    return run


@contextmanager
def without(stack, switch):
    """The stack with one public access switch off."""
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**before, switch: False})
    try:
        yield
    finally:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


# The exit codes


def test_nothing_failed_is_0_and_fits_on_one_screen(ask):
    said = ask()
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert "Nothing failed." in said.stdout
    assert said.stderr == ""


def test_something_failed_is_1_and_the_fix_is_the_next_command(ask, good_stack):
    with without(good_stack, "RestrictPublicBuckets"):
        said = ask("--row", "security")
    assert said.exit_code == 1
    assert "RestrictPublicBuckets off" in said.stdout
    assert f"Next: python -m checks --name {good_stack.name} --fix SECURITY-1" in said.stdout


def test_a_call_that_is_refused_is_3_and_names_the_permission(ask, good_stack):
    iam = good_stack.client("iam")
    iam.create_user(UserName="half")
    allowed = {"Effect": "Allow", "NotAction": "s3:GetBucketCORS", "Resource": "*"}
    iam.put_user_policy(UserName="half", PolicyName="most", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [allowed]}))  # fmt: skip
    key = iam.create_access_key(UserName="half")["AccessKey"]
    environment = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    command = [sys.executable, "-m", "checks", "--name", good_stack.name]
    said = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert said.returncode == 3
    assert "s3:GetBucketCORS" in said.stdout
    assert said.stderr == ""


def test_what_was_never_built_is_no_failure(ask):
    said = ask(name="never-built")
    assert said.exit_code == 0
    assert "not built yet" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--row", "securty"], "'securty' is not one of 'security', 'cors'"),
        (["--format", "pdf"], "'pdf' is not one of 'text', 'json'"),
        (["--explain", "SECURITY-99"], "There is no check 'SECURITY-99'. Did you mean SECURITY-9"),
        (["--fix", "secruity-1"], "There is no check 'secruity-1'. Did you mean SECURITY-1"),
        (["--fix", "CORS-1", "--explain", "CORS-1"], "--explain and --fix are different things to do"),
        (["--yes"], "--yes answers the question of --fix and --undo"),
        (["--output", "report.pdf"], "the suffix '.pdf' says no format"),
        (["--output", "nowhere/report.json"], "'nowhere/report.json' cannot be written"),
        (["--config", "nowhere.toml"], "nowhere.toml cannot be read: No such file or directory"),
        (["--baseline", "nowhere.toml"], "nowhere.toml cannot be read: No such file or directory"),
        (["--undo", "nowhere.json"], "'nowhere.json' cannot be read: No such file or directory"),
    ],
)
def test_usage_is_2_and_a_sentence(ask, arguments, says):
    named = {"name": None} if "--config" in arguments else {}
    said = ask(*arguments, **named)
    assert said.exit_code == (1 if "--undo" in arguments else 2)
    assert says in " ".join(said.stderr.split())
    assert "Traceback" not in said.stderr


def test_a_name_that_cannot_be_one_is_a_sentence(ask):
    said = ask(name="My Stack")
    assert said.exit_code == 2
    assert "'My Stack'" in said.stderr


def test_without_a_cloud_it_says_how_to_start_one(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["WORKBOOK_WORK"] = str(tmp_path)
    command = [sys.executable, "-m", "checks"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stderr.startswith("Error: No cloud is running. Start one with `make lab`")


# What it writes


def test_json_is_json_and_nothing_besides(ask):
    said = ask("--format", "json")
    report = json.loads(said.stdout)
    titles = ["Security", "CORS", "Safety", "API", "State", "Visibility"]
    assert [row["area"] for row in report["rows"]] == titles
    assert {one["id"] for row in report["rows"] for one in row["findings"]} == {rule.id for rule in RULES}
    assert said.stderr == ""


@pytest.mark.parametrize("area", AREAS)
def test_one_row_asks_that_row_alone_and_tells_every_finding(ask, area):
    said = ask("--row", area.upper())
    assert said.exit_code == 0
    told = {rule.id for rule in RULES if rule.id in said.stdout}
    assert told == {rule.id for rule in RULES if rule.area == area}


def test_the_suffix_of_a_file_says_the_format_and_text_goes_to_the_screen(ask, tmp_path):
    for name, begins in (
        ("r.json", "{"),
        ("r.xml", "<?xml"),
        ("r.sarif", "{"),
        ("r.html", "<!doctype html>"),
    ):
        said = ask("--row", "state", "--output", name)
        assert said.exit_code == 0
        assert (tmp_path / name).read_text().startswith(begins)
        assert "Hardening checklist" in said.stdout
        assert said.stderr == f"The report is in {name}.\n"
    ElementTree.parse(tmp_path / "r.xml")


def test_quiet_says_only_what_is_wrong(ask, good_stack):
    assert ask("--quiet", "--row", "security").output == ""
    with without(good_stack, "BlockPublicAcls"):
        said = ask("--quiet", "--row", "security")
    [line] = said.stdout.splitlines()
    assert line.startswith(f"FAIL SECURITY-1 {good_stack.upload_bucket}: BlockPublicAcls off")


def test_a_pipe_gets_neither_colour_nor_progress(good_stack):
    command = [sys.executable, "-m", "checks", "--name", good_stack.name, "--row", "cors"]
    environment = os.environ | {"TERM": "xterm-256color"}
    said = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert b"\x1b" not in said.stdout
    assert said.stderr == b""


def test_a_terminal_gets_progress_and_colour(good_stack):
    parent, child = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment["TERM"] = "xterm-256color"
    command = [sys.executable, "-m", "checks", "--name", good_stack.name, "--row", "cors"]
    said = subprocess.Popen(command, env=environment, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    try:
        while chunk := os.read(parent, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    assert said.wait(60) == 0
    assert b"Asking, 5 of 5: " in shown  # the last frame is always drawn
    assert b"\x1b[" in shown
    os.close(parent)


# Explaining, the policy, and the two files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_explained_without_a_cloud(rule):
    said = CliRunner().invoke(main, ["--explain", rule.id.lower()])
    assert said.exit_code == 0
    for heading in ("What is looked at", "Why it matters", "What good looks like", "Calls", "Fix"):
        told = said.stdout[said.stdout.index(f"{heading}\n") :].splitlines()[1]
        assert len(told.strip()) > 3, heading
    assert max(map(len, said.stdout.splitlines())) <= 100
    assert len(said.stdout.splitlines()) <= 30


def test_the_policy_is_one(ask):
    policy = json.loads(ask("--policy").stdout)
    assert policy["Version"] == "2012-10-17"
    assert policy["Statement"]


def test_a_configuration_is_audited_as_it_says(ask, good_stack, tmp_path):
    (tmp_path / "audit.toml").write_text(
        f'name = "elsewhere"\nupload_bucket = "{good_stack.upload_bucket}"\nprefix = "incoming/"\n'
    )
    said = ask("--config", "audit.toml", "--format", "json", name=None)
    report = json.loads(said.stdout)
    assert report["stack"] == "elsewhere"
    found = {one["id"]: one["status"] for row in report["rows"] for one in row["findings"]}
    assert found["SECURITY-1"] == "PASS"
    assert found["API-1"] == "SKIP"
    assert "audit.toml names no table" in said.stderr
    assert ask("--config", "audit.toml").exit_code == 2  # and a name


def test_a_baseline_accepts_and_says_what_it_no_longer_needs(ask, good_stack, tmp_path):
    entry = '[[accepted]]\nid = "SECURITY-1"\nreason = "r"\nuntil = 2999-12-31\n'
    (tmp_path / "accepted.toml").write_text(entry)
    with without(good_stack, "BlockPublicAcls"):
        said = ask("--row", "security", "--baseline", "accepted.toml")
    assert said.exit_code == 0
    assert "accepted until 2999-12-31: r." in " ".join(said.stdout.split())
    assert (
        "SECURITY-1 is accepted, but does not fail"
        in ask("--baseline", "accepted.toml", "--row", "security").stdout
    )


@pytest.mark.parametrize("option", ["--config", "--baseline"])
def test_an_example_can_be_printed_and_used(ask, tmp_path, option):
    (tmp_path / "example.toml").write_text(ask(option, "example", name=None).stdout)
    said = ask(option, "example.toml", "--row", "state", name=None)
    assert "example.toml" not in said.stderr
    assert said.exit_code in (0, 1)
