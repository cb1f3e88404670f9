"""``workbook lab``: the embedded cloud and JupyterLab, started together and ended together."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from checks.where import ROOT, lab_file, read_lab, work_folder
from cloud import Cloud, CloudError, start

FIRST_PORT, LAST_PORT = 8888, 8988
READY_SECONDS = 60
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1
NOTEBOOKS = ROOT / "notebooks"
QUIET = [
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.open_browser=False",
    "--ServerApp.use_redirect_file=False",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]


CLOUD_HAS_ENDED = (
    "The embedded cloud has ended unexpectedly. JupyterLab still runs: save your notebooks, press Ctrl-C "
    "here, and start both again with `make lab`. What was built in the cloud has to be built again."
)


class LabError(Exception):
    """The lab cannot start; the message says why, and the next step."""


def run(port: int | None = None, *, browser: bool | None = None) -> int:
    """Start both, say where they are, and stay until Ctrl-C or a signal. Returns the exit code."""
    if running := read_lab():
        print(f"A lab is running already: {running['jupyter_url']}")
        print("To start anew, end that one with Ctrl-C first.")
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        raise LabError("JupyterLab is not installed in this Python. Run `make venv`, then `make lab`.")
    stop = threading.Event()
    with stopping_on_signals(stop):
        chosen = choose_port(port)
        try:
            cloud = start()
        except CloudError as error:
            raise LabError(str(error)) from None
        jupyter = None
        try:
            token = secrets.token_hex(24)
            while True:
                jupyter = start_jupyter(chosen, token, cloud)
                url = f"http://127.0.0.1:{chosen}/lab/tree/00_start_here.ipynb?token={token}"
                write_lab_file(cloud, url)
                if has_its_port(jupyter, chosen, token, stop):
                    break
                chosen = choose_port(port)
            if not stop.is_set():
                announce(cloud, url, browser=browser)
            return stay(jupyter, cloud, stop)
        finally:
            lab_file().unlink(missing_ok=True)
            if jupyter is not None:
                end(jupyter)
            cloud.stop()


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, a closed terminal and a polite kill end the lab in good order."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def choose_port(named: int | None) -> int:
    """The port that was asked for, or the first free one. Raises LabError when it is taken."""
    if named is not None:
        if not is_free(named):
            raise LabError(
                f"Port {named} is taken. Name another (--port {named + 1}), or none: a free one is found."
            )
        return named
    for port in range(FIRST_PORT, LAST_PORT):
        if is_free(port):
            if port != FIRST_PORT:
                print(f"Port {FIRST_PORT} is taken by another program, so JupyterLab uses {port}.")
            return port
    raise LabError(
        f"No port from {FIRST_PORT} to {LAST_PORT - 1} is free. Name one: workbook lab --port 9999."
    )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start_jupyter(port: int, token: str, cloud: Cloud) -> subprocess.Popen[bytes]:
    """Start JupyterLab on the notebooks, with settings of its own, and nothing that calls the network."""
    own = work_folder() / ".lab"
    settings = own / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}\n'
    )
    environment = os.environ | {
        "WORKBOOK_LAB": cloud.endpoint_url,  # a notebook knows from it whose cloud it was, should that end
        "JUPYTER_TOKEN": token,  # not on the command line, where others could read it
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "jupyterlab", *QUIET, f"--ServerApp.port={port}",
               f"--ServerApp.root_dir={NOTEBOOKS}"]  # fmt: skip
    if os.geteuid() == 0:
        command.append("--allow-root")
    log = own / "jupyter.log"
    with log.open("wb") as said:
        log.chmod(0o600)
        return subprocess.Popen(  # noqa: S603 our own interpreter
            command,
            env=environment | cloud.environ(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,  # Ctrl-C is for us; we then end JupyterLab in good order
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, even by kill -9. prctl(2)"""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def write_lab_file(cloud: Cloud, url: str) -> None:
    """Tell other terminals how to reach this lab; only this user may read it."""
    path = lab_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 for the mode
        started = psutil.Process().create_time()
        json.dump({"pid": os.getpid(), "started": started, "jupyter_url": url} | cloud.environ(), file)


def has_its_port(jupyter: subprocess.Popen[bytes], port: int, token: str, stop: threading.Event) -> bool:
    """Wait until JupyterLab answers, or the lab is to stop: True. False when another program took its port.

    JupyterLab binds the port seconds after it was seen to be free. Raises LabError with its last words when
    it does not start for another reason.
    """
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"}
    )
    until = time.monotonic() + READY_SECONDS
    while not stop.wait(0.1):
        if jupyter.poll() is not None or time.monotonic() > until:
            break
        with suppress(OSError):
            urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310
            return True
    if stop.is_set():
        return True
    if jupyter.poll() is not None and not is_free(port):
        return False
    log = work_folder() / ".lab" / "jupyter.log"
    last = " ".join(log.read_text(errors="replace").split())[-400:]
    raise LabError(f"JupyterLab did not start: {last or 'it said nothing'}. All of it: {log}")


def announce(cloud: Cloud, url: str, *, browser: bool | None) -> None:
    """Say where everything is, and open a browser where there is a screen."""
    print(f"The embedded cloud runs at {cloud.endpoint_url}, account {cloud.account_id}.")
    print(f"JupyterLab runs. Open this address, and keep this terminal:\n\n    {url}\n")
    print("Ctrl-C ends both. Your notebooks stay; what you built in the cloud does not.", flush=True)
    has_screen = sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if browser or (browser is None and has_screen):
        webbrowser.open(url)


def stay(jupyter: subprocess.Popen[bytes], cloud: Cloud, stop: threading.Event) -> int:
    """Wait for the end: a signal, or one of the two that stops by itself."""
    told = False
    while not stop.wait(0.3):
        if jupyter.poll() is not None:
            print("JupyterLab has ended, so the cloud ends too. Start both again: make lab")
            return 0 if jupyter.returncode == 0 else 1
        if not cloud.running and not told:
            told = True
            print(CLOUD_HAS_ENDED, flush=True)
    print("\nEnding JupyterLab and the cloud ...", flush=True)
    return 0


def end(jupyter: subprocess.Popen[bytes]) -> None:
    """End JupyterLab and its kernels: politely, then not."""
    jupyter.terminate()
    try:
        jupyter.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(jupyter.pid, signal.SIGKILL)
        jupyter.wait()


def notebooks() -> list[Path]:
    """The lessons, in order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))
