"""What README and CONTRIBUTING claim: the files are there, the commands exist, and the lists agree."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
]
VERBS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
HOW = re.compile(r"`([^`\n]+)`|^ {4}(\S.*)$", re.MULTILINE)  # code in a line, or a line of code


def said(document):
    """Every piece of code that a document shows."""
    return [one or line for one, line in HOW.findall((ROOT / document).read_text())]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document):
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", (ROOT / document).read_text())
    missing = [link for link in links if not ((ROOT / document).parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_verb_of_make_exists(document):
    named = {words.split()[1] for words in said(document) if re.match(r"make [a-z]+", words)}
    assert named <= VERBS | {"browser"}


def test_every_path_that_contributing_names_exists():
    made = ("work/", "test-artifacts/", ".venv/")  # these come into being by use
    paths = [
        words
        for words in said("CONTRIBUTING.md")
        if re.fullmatch(r"[\w.-]+/[\w./-]*|\w+\.(?:toml|lock|md|yml)", words)
    ]
    missing = [path for path in paths if not path.startswith(made) and not (ROOT / path).exists()]
    assert paths
    assert missing == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_python_program_that_is_named_exists(document):
    for words in said(document):
        for script in re.findall(r"python ((?:tools|tests)/\S+\.py)", words):
            assert (ROOT / script).exists(), words
        for module in re.findall(r"python -m (\w+)", words):
            assert module == "pytest" or (ROOT / module / "__main__.py").exists(), words
        for command in re.findall(r"(?:^|/)workbook (\w+)", words):
            assert command in workbook_commands(), words


def workbook_commands():
    from workbook.cli import main

    return set(main.commands)


def test_make_help_prints_every_verb_of_the_design():
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for verb in ("lab", "test", "ci", "lock", "notebooks", "audit", "bench", "lint", "clean"):
        assert re.search(rf"^  make {verb} +\S", printed, re.MULTILINE), verb


def test_the_readme_fits_on_a_screen_or_two():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 70


def test_the_stages_in_contributing_are_those_of_the_test_program():
    from tools.test import STAGES

    table = (ROOT / "CONTRIBUTING.md").read_text().split("| stage |")[1].split("\n\n")[0]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == list(STAGES)


def test_environment_yml_names_python_pip_and_the_project_and_nothing_else():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert conda["name"] == project["name"]
    python, pip, packages = conda["dependencies"]
    assert pip == "pip"
    assert packages == {"pip": ["-e ."]}
    oldest = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    assert tuple(map(int, python.removeprefix("python=").split("."))) >= oldest


def test_the_lock_has_every_package_that_the_project_names_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}(\[[\w,-]+\])?==", lock, re.MULTILINE), name
    assert "://" not in lock
    assert "--hash=sha256:" in lock


def test_continuous_integration_calls_the_verbs_that_everybody_has():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    runs = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert runs == ["make lint", "make test"]
    assert "make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("name", ["uv.lock", "package-lock.json", "poetry.lock"])
def test_no_lock_that_records_download_addresses_is_kept(name):
    assert not list(ROOT.glob(name))
