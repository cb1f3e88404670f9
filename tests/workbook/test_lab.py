"""``workbook lab``: a real JupyterLab beside a real cloud, and what happens when one of them ends."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds, on a machine that has much to do


class Lab:
    """One running lab, its words and its work folder."""

    def __init__(self, work: Path, *options: str) -> None:
        self.work = work
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment |= {"WORKBOOK_WORK": str(work), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbook.cli", "lab", "--no-browser", *options],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said += line

    def until_it_says(self, words: str) -> str:
        until(lambda: words in self.said or self.process.poll() is not None, self)
        assert words in self.said, self.said
        return self.said

    @property
    def facts(self) -> dict:
        return json.loads((self.work / ".lab" / "lab.json").read_text())

    def command(self, *words: str) -> subprocess.CompletedProcess:
        """Another terminal's command."""
        return subprocess.run(
            [sys.executable, "-m", "workbook.cli", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def start_kernel(self) -> None:
        address, token = (
            self.facts["jupyter_url"].split("/lab/")[0],
            self.facts["jupyter_url"].split("token=")[1],
        )
        asked = urllib.request.Request(
            f"{address}/api/kernels",
            b"{}",
            {"Authorization": f"token {token}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(asked, timeout=PATIENCE).close()

    def family(self) -> list[psutil.Process]:
        """Everything that the lab started, and what they started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


def command_of(process: psutil.Process) -> str:
    """What a process runs; nothing of one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def until(look, lab=None):
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, lab.said if lab else f"not so within {PATIENCE} s"
        time.sleep(0.05)


@pytest.fixture
def begin(tmp_path):
    """Start labs, in one folder if none is named; each is ended with the test."""
    begun = []

    def begin(*options: str, folder: str = ".") -> Lab:
        lab = Lab(tmp_path / folder / "work", *options)
        begun.append(lab)
        return lab

    yield begin
    for lab in begun:
        lab.end()


@pytest.fixture
def running(begin):
    lab = begin()
    lab.until_it_says("Ctrl-C ends both")
    return lab


def test_ctrl_c_leaves_no_process_behind_not_even_a_kernel(running):
    running.start_kernel()
    assert running.command("up", "--through", "events").returncode == 0  # so that functions may run too
    family = running.family()
    commands = [command_of(one) for one in family]
    for part in ("-m cloud", "jupyterlab", "ipykernel"):
        assert any(part in command for command in commands), commands
    assert running.end(signal.SIGINT) == 0
    assert "Traceback" not in running.said
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
    assert not (running.work / ".lab" / "lab.json").exists()


def test_a_lab_that_is_killed_takes_its_cloud_and_jupyterlab_with_it(running):
    family = running.family()
    running.end(signal.SIGKILL)
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
    said = running.command("status")  # the file it left behind names a process that is gone
    assert said.returncode == 1
    assert "No cloud is running. Start one with `make lab`" in said.stderr


def test_other_terminals_find_the_lab_and_a_second_one_is_not_started(running):
    file = running.work / ".lab" / "lab.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600  # it holds the keys of the cloud and of JupyterLab

    second = running.command("lab")
    assert second.returncode == 0
    assert second.stdout.startswith(f"A lab is running already: {running.facts['jupyter_url']}")

    lines = running.command("env").stdout.splitlines()
    exported = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    assert exported["AWS_ENDPOINT_URL"] == running.facts["AWS_ENDPOINT_URL"]

    built = json.loads(running.command("up", "--json", "--name", "two-terminals").stdout)
    assert urllib.request.urlopen(built["site_url"], timeout=PATIENCE).status == 200
    status = running.command("status", "--name", "two-terminals").stdout
    assert built["api_url"] in status
    assert running.facts["jupyter_url"] in status
    down = running.command("down", "--name", "two-terminals")
    assert down.stdout.strip().endswith("Looked again: nothing is left.")
    assert (
        running.command("down", "--name", "two-terminals").stdout
        == "Nothing named 'two-terminals' was there.\n"
    )

    [cloud] = [
        one for one in running.family() if "-m cloud" in command_of(one) and one.ppid() == running.process.pid
    ]
    cloud.kill()
    running.until_it_says("The embedded cloud has ended unexpectedly.")
    assert running.process.poll() is None  # notebooks can still be saved
    said = running.command("status")
    assert said.returncode == 1
    assert "does not answer: start it again with `make lab`" in said.stderr


def test_a_port_that_somebody_else_has_is_named_with_the_next_step(begin):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        lab = begin("--port", str(port))
        assert lab.process.wait(PATIENCE) == 1
    lab.end()
    assert lab.said.strip() == (
        f"Error: Port {port} is taken. Name another (--port {port + 1}), or none: a free one is found."
    )


def test_two_labs_that_start_at_one_moment_both_come_up(begin):
    """Both see the same port free; JupyterLab binds it seconds later, and then one of them has to move on."""
    labs = [begin(folder=name) for name in ("one", "other")]
    for lab in labs:
        lab.until_it_says("Ctrl-C ends both")
    addresses = [lab.facts["jupyter_url"].split("/lab/")[0] for lab in labs]
    assert addresses[0] != addresses[1]
    for lab, address in zip(labs, addresses, strict=True):
        token = lab.facts["jupyter_url"].split("token=")[1]
        asked = urllib.request.Request(f"{address}/api/status", headers={"Authorization": f"token {token}"})
        assert urllib.request.urlopen(asked, timeout=PATIENCE).status == 200
