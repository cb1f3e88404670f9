"""The machine that functions run on: whichever Python runs the cloud, and whichever a function asks for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from cloud.functions.machine import OWN, interpreter_of, runtime_version, version_for
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


def test_functions_run_in_a_cloud_whose_environment_is_a_link(aws, tmp_path, monkeypatch):
    link = tmp_path / "environment"
    link.symlink_to(Path(sys.prefix), target_is_directory=True)
    command = [str(link / "bin" / "python"), "-m", "cloud", "--port", "0", "--json", "--with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        monkeypatch.setitem(os.environ, "AWS_ENDPOINT_URL", ready["endpoint_url"])
        monkeypatch.setitem(os.environ, "AWS_ACCESS_KEY_ID", ready["access_key_id"])
        monkeypatch.setitem(os.environ, "AWS_SECRET_ACCESS_KEY", ready["secret_access_key"])
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        name = make_function(
            "import boto3\ndef handler(event, context): return boto3.__version__", Role=make_role()
        )
        assert invoke(name)[0] == boto3.__version__
    finally:
        process.stdin.close()
        process.wait(20)
