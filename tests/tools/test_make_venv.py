"""The virtual environment: made once, and a sentence when it cannot be."""

import os
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

import botocore
import pytest

ROOT = Path(__file__).parents[2]


def test_the_second_time_there_is_nothing_to_do():
    if not (ROOT / ".venv" / ".installed").exists():
        pytest.skip("this Python is not the one of make venv")
    asked = subprocess.run(["make", "-q", "venv"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, "make venv would install again"


def test_what_functions_import_is_compiled_already():
    if not (ROOT / ".venv" / ".installed").exists():
        pytest.skip("this Python is not the one of make venv")
    modules = list(Path(botocore.__path__[0]).rglob("*.py"))  # some of them nothing ever imports
    assert len(modules) > 50
    assert [module for module in modules if not Path(util.cache_from_source(module)).exists()] == []


def test_without_a_network_it_says_so_and_what_to_do(tmp_path):
    alone = ["unshare", "-rn"]  # a network of its own, with nothing in it
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("this kernel gives no network namespaces to us")
    program = [sys.executable, str(ROOT / "tools" / "make_venv.py"), str(tmp_path / "venv")]
    environment = os.environ | {"PIP_RETRIES": "0"}  # where there is nothing, pip's waits change nothing
    said = subprocess.run(
        [*alone, *program], env=environment, capture_output=True, text=True, timeout=170, check=False
    )
    assert said.returncode == 1
    assert said.stderr.strip().endswith(
        "The first installation needs the network: check the connection, then run the same command again."
    )
    assert "Traceback" not in said.stderr
