"""The machine that functions run on: whichever Python runs the cloud, and whichever a function asks for."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
import venv
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from cloud.functions.machine import (
    NOBODY,
    OWN,
    PACKAGES,
    Machine,
    interpreter_of,
    runtime_version,
    version_for,
)
from tests.cloud.functions.making import invoke, log_events, make_function, make_role


def test_a_runtime_runs_on_the_python_that_it_names_or_on_the_server_s():
    assert version_for(f"python{OWN}") == OWN
    assert version_for("python3.99") == OWN
    assert interpreter_of("3.99") is None
    assert runtime_version("python3.99").startswith(f"python:{OWN}.v")


@pytest.mark.parametrize("runtime", ["python3.9", "python3.13"])
def test_a_function_of_another_version_runs_and_says_on_which(aws, runtime):
    code = "import sys\ndef handler(event, context): return '%d.%d' % sys.version_info[:2]"
    name = make_function(code, Runtime=runtime)
    assert invoke(name)[0] == version_for(runtime)
    assert f"Runtime Version: python:{version_for(runtime)}." in log_events(name, "REPORT")[0]


@contextmanager
def cloud_of(python, monkeypatch, *options):
    """A cloud that another interpreter runs; boto3 speaks to it."""
    command = [str(python), "-m", "cloud", "--port", "0", "--json", "--with-parent", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        monkeypatch.setitem(os.environ, "AWS_ENDPOINT_URL", ready["endpoint_url"])
        monkeypatch.setitem(os.environ, "AWS_ACCESS_KEY_ID", ready["access_key_id"])
        monkeypatch.setitem(os.environ, "AWS_SECRET_ACCESS_KEY", ready["secret_access_key"])
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


VERSION = "import boto3\ndef handler(event, context): return boto3.__version__"


def test_functions_run_in_a_cloud_whose_environment_is_a_link(aws, tmp_path, monkeypatch):
    link = tmp_path / "environment"
    link.symlink_to(Path(sys.prefix), target_is_directory=True)
    with cloud_of(link / "bin" / "python", monkeypatch):
        assert invoke(make_function(VERSION, Role=make_role()))[0] == boto3.__version__


def test_functions_run_in_a_cloud_whose_environment_lies_under_tmp(aws, monkeypatch):
    """A function has a /tmp of its own, which must not hide what the runtime needs."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        venv.create(folder, symlinks=True)
        with cloud_of(furnished(folder), monkeypatch):
            assert invoke(make_function(VERSION, Role=make_role()))[0] == boto3.__version__


def furnished(folder):
    """The Python of an environment, which now has what functions need, and finds the rest where ours does."""
    site = Path(sysconfig.get_paths("venv", vars={"base": folder, "platbase": folder})["purelib"])
    real = Path(sysconfig.get_paths()["purelib"])
    for path in [*map(real.joinpath, PACKAGES), *real.glob("runtime_client.*.so")]:
        if path.exists():
            (shutil.copytree if path.is_dir() else shutil.copy)(path, site / path.name)
    (site / "others.pth").write_text(f"{real}\n")
    return Path(folder, "bin", "python")


RIGHTS = """
import os
def handler(event, context):
    def attempt(what, *how):
        try:
            return bool(what(*how))
        except OSError as error:
            return type(error).__name__
    with open(os.environ["TMPDIR"] + "/mine", "w") as mine:
        mine.write("kept")
    return [os.getuid(), os.getgroups(), attempt(open, "/etc/shadow"), attempt(os.kill, event, 0)]
"""


def python_for_everybody():
    """A Python of our version that a user without rights may start, if this machine has one."""
    for path in (f"/usr/bin/python{OWN}", f"/usr/local/bin/python{OWN}", sys.executable):
        try:
            subprocess.run([path, "-c", "import ssl, venv"], user=NOBODY, cwd="/", check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return path
    return None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up being root")
def test_where_nothing_keeps_them_apart_root_s_functions_are_nobody_s(aws, monkeypatch):
    python = python_for_everybody()
    if python is None:
        pytest.skip("no Python here may be started by a user without rights")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
        with cloud_of(furnished(folder), monkeypatch, "--isolation", "none"):
            health = json.load(urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_cloud/health"))
            assert (health["isolation"], health["functions_are_root"]) == ("none", False)
            found = invoke(make_function(RIGHTS, Role=make_role()), os.getpid())[0]
    assert found == [NOBODY, [], "PermissionError", "PermissionError"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root's functions could be root")
def test_a_cloud_says_whether_its_functions_are_root(aws, tmp_path):
    """As where root's Python lies in a folder that nobody else may read."""
    assert not Machine(tmp_path, "namespaces").functions_are_root
    tmp_path.chmod(0o700)  # and so is pytest's folder around it
    machine = Machine(tmp_path, "none")
    assert (machine.user, machine.functions_are_root) == (None, True)


def test_a_function_finds_the_sdk_as_on_lambda_and_nothing_else_of_ours(aws):
    with urllib.request.urlopen(f"{aws.endpoint_url}/_cloud/health") as answer:
        if json.load(answer)["isolation"] != "namespaces":
            pytest.skip("without namespaces a function sees the host's own names for its folders")
    real = sysconfig.get_paths()["purelib"]
    code = (
        "import os, sys, boto3\n"
        "def handler(event, context):\n"
        "    return [boto3.__file__, os.path.exists(event), os.path.exists('/var/runtime/moto')]\n"
    )
    found, sees_ours, has_moto = invoke(make_function(code, Role=make_role()), real)[0]
    assert (sees_ours, has_moto) == (False, False)
    assert found == "/var/runtime/boto3/__init__.py"
