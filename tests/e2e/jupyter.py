"""A real JupyterLab for the browser tests: its own folders, and notebooks made on the spot."""

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
SLOW = 60_000  # milliseconds: a kernel that starts on a busy machine
READY = """async () => {
    const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
    await context.ready;
    await sessionContext.ready;
    await sessionContext.session.kernel.info; // until then "Run All Cells" is silently dropped
}"""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # else JupyterLab asks
NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'
DARK = "() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"


class Lab:
    """A running JupyterLab."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self._opened = itertools.count(1)

    def open(self, page: Page, name: str, *sources: str) -> "Notebook":
        """Write a notebook with these code cells, open it and run them all."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells.append(nbformat.v4.new_markdown_cell("The cell below."))
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
        nbformat.write(notebook, self.folder / f"{name}.ipynb")
        workspace = f"{name}-{next(self._opened)}"  # of its own, or the tabs of the last one come back
        page.goto(f"http://127.0.0.1:{self.port}/lab/workspaces/{workspace}/tree/{name}.ipynb?token=test")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context", timeout=SLOW)
        page.evaluate(READY)
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return Notebook(page)


class Notebook:
    """The notebook that is open in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sources(self) -> list[str]:
        """What the cells hold now: a key that reached the notebook has changed it."""
        cells = "window.jupyterapp.shell.currentWidget.content.widgets"
        return self.page.evaluate(f"() => {cells}.map(cell => cell.model.sharedModel.source)")

    def mode(self) -> str:
        return self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.mode")

    def photograph(self, shown: Locator, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        shown.screenshot(path=ARTIFACTS / f"{name}.png")

    def darken(self) -> None:
        self.page.evaluate(DARK)
        expect(self.page.locator("body[data-jp-theme-light='false']")).to_be_attached(timeout=SLOW)


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab with every folder of its own under ``folder``, and end it with its kernels."""
    (folder / "notebooks").mkdir()
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NO_NEWS)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {f"JUPYTERLAB_{name}_DIR": str(folder / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    options = [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder / 'notebooks'}",
        "--IdentityProvider.token=test",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    environment = os.environ | folders | {"PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/api/status?token=test", process)
        yield Lab(port, folder / "notebooks")
    finally:
        process.terminate()  # JupyterLab stops its kernels itself
        process.wait(60)


def wait_until_it_answers(address: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert process.poll() is None, "JupyterLab ended before it was ready"
        try:
            urllib.request.urlopen(address).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("JupyterLab was not ready within 90 seconds")


def press_shortcuts(page: Page, focusable: Sequence[Locator]) -> None:
    """On each of them press what would cut, insert and delete cells."""
    for one in focusable:
        one.focus()
        for key in ("x", "b", "a", "d", "d"):
            page.keyboard.press(key)
