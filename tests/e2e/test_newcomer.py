"""A newcomer opens JupyterLab as ``make lab`` does, runs a lesson unsolved, and solves it by keyboard."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.e2e.jupyter import ARTIFACTS, READY, ROOT, SLOW

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
]  # seconds: two lessons, on a machine that has much to do

ROOMS = ("checks", "cloud", "dashboard", "notebooks", "solutions", "workbook")
LESSON_SECONDS = 300
BEGIN = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
CELLS = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON().cells"
MODE = """(mode) => {
    const { content } = window.jupyterapp.shell.currentWidget;
    const focused = document.activeElement?.closest(mode === 'edit' ? '.cm-content' : '.jp-Notebook');
    return content.mode === mode && content.node.contains(focused);
}"""
COUNT = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
BUSY = """() => {
    const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
    const waits = cell => cell.model.type === 'code' && cell.prompt === '*';
    return sessionContext.session.kernel.status !== 'idle' || content.widgets.some(waits);
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """``workbook lab`` on a copy of the workbook, which JupyterLab may save into. Yields its address."""
    folder = tmp_path_factory.mktemp("newcomer")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    config = folder / "work" / ".lab" / "config"
    config.mkdir(parents=True)
    (config / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": str(folder), "WORKBOOK_WORK": str(folder / "work")}
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "workbook.cli", "lab", "--no-browser", "--port", str(port)],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = []
    for line in process.stdout:
        said.append(line)
        if "/lab/tree/" in line:
            break
    else:
        raise AssertionError("".join(said))
    threading.Thread(target=process.stdout.read, daemon=True).start()
    yield said[-1].strip()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


class Newcomer:
    """Somebody at the keyboard."""

    def __init__(self, page: Page, lab: str) -> None:
        self.page, self.lab = page, lab

    def open(self, lesson: str) -> None:
        self.page.set_viewport_size({"width": 1280, "height": 1000})
        address = self.lab.replace("/lab/tree/", f"/lab/workspaces/{lesson}/tree/")
        self.page.goto(address.replace("00_start_here", lesson))
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context", timeout=SLOW)
        self.page.evaluate(READY)

    def run_all(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait()

    def wait(self) -> None:
        """Until no cell runs or waits."""
        self.page.wait_for_function(f"() => !({BUSY})()", timeout=LESSON_SECONDS * 1000)

    def frame(self, address: str) -> Frame:
        """What an ``<object>`` shows. By its element, Playwright finds only what an ``<iframe>`` shows."""
        deadline = time.monotonic() + SLOW / 1000
        while time.monotonic() < deadline:
            for frame in self.page.frames:
                if frame.url.rstrip("/") == address.rstrip("/"):
                    return frame
            self.page.wait_for_timeout(100)  # milliseconds
        raise AssertionError(f"nothing shows {address}")

    def cells(self) -> list[dict]:
        return self.page.evaluate(CELLS)

    def said(self, cell_id: str) -> str:
        """What the cell's output says, as text."""
        cell = next(cell for cell in self.cells() if cell["id"] == cell_id)
        texts = [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
        return "".join("".join(text) for text in texts)

    def errors(self) -> list[str]:
        outputs = [(cell["id"], output) for cell in self.cells() for output in cell.get("outputs", [])]
        return [f"{name}: {output['evalue']}" for name, output in outputs if output["output_type"] == "error"]

    def go_to(self, number: int) -> None:
        """Move to a cell with the arrow keys, in command mode."""
        self.page.keyboard.press("Escape")
        self.page.wait_for_function(MODE, arg="command", timeout=SLOW)
        for _ in range(self.page.evaluate(COUNT) + 1):
            here = self.page.evaluate(BEGIN)
            if here == number:
                return
            self.page.keyboard.press("ArrowDown" if here < number else "ArrowUp")
        raise AssertionError(f"the keyboard does not reach cell {number}")

    def write(self, source: str) -> None:
        """Replace what the cell holds, key by key. The editor indents by itself: that goes first."""
        keyboard = self.page.keyboard
        keyboard.press("Enter")
        self.page.wait_for_function(MODE, arg="edit", timeout=SLOW)  # until then keys are commands
        keyboard.press("Control+a")
        for number, line in enumerate(source.splitlines()):
            if number:
                keyboard.press("Enter")
                keyboard.press("Shift+Home")
            keyboard.type(line) if line else keyboard.press("Delete")
        number = self.page.evaluate(BEGIN)
        assert "".join(self.cells()[number]["source"]).rstrip() == source.rstrip()

    def photograph(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"newcomer-{name}.png")


@pytest.fixture
def newcomer(page, lab) -> Newcomer:
    return Newcomer(page, lab)


def show(newcomer: Newcomer, number: int) -> None:
    """Bring a cell into view."""
    newcomer.go_to(number)
    newcomer.page.evaluate(
        "() => { const { content } = window.jupyterapp.shell.currentWidget;"
        " return content.scrollToItem(content.activeCellIndex, 'center'); }"
    )


def test_the_first_lesson_runs_to_the_bottom(newcomer):
    newcomer.open("00_start_here")
    newcomer.run_all()
    assert newcomer.errors() == []
    assert newcomer.said("start-delete") == "[204, 204]"
    assert newcomer.said("start-check-1").startswith("start_here-1 not yet")
    places = {cell["id"]: number for number, cell in enumerate(newcomer.cells())}
    show(newcomer, places["start-page"])
    address = newcomer.page.locator("object[title='The upload dashboard']").get_attribute(
        "data", timeout=SLOW
    )
    frame = newcomer.frame(address)
    expect(frame.get_by_role("heading", name="Files")).to_be_visible(timeout=SLOW)
    expect(newcomer.page.get_by_text("The page as it was")).to_be_hidden()  # it is there for later
    newcomer.photograph("00-page")
    for name in ("start-diagram", "start-check-1", "start-progress"):
        show(newcomer, places[name])
        if name == "start-diagram":
            expect(
                newcomer.page.locator(".jp-RenderedMermaid img, .jp-RenderedMermaid svg").first
            ).to_be_visible()
        newcomer.photograph(f"00-{name.removeprefix('start-')}")


def test_a_lesson_is_run_unsolved_and_then_solved_at_the_keyboard(newcomer):
    solved = {
        cell.id: "\n".join(line for line in cell.source.splitlines() if line.strip() != "# solution")
        for cell in nbformat.read(Path(ROOT / "solutions" / "01_storage.ipynb"), as_version=4).cells
        if "exercise" in cell.metadata.get("tags", [])
    }
    newcomer.open("01_storage")
    newcomer.run_all()
    assert newcomer.errors() == []
    cells = newcomer.cells()
    checks = [cell["id"] for cell in cells if "check" in cell["metadata"].get("tags", [])]
    assert len(checks) == len(solved) >= 4
    assert all(" not yet: " in newcomer.said(check) for check in checks)
    show(newcomer, [cell["id"] for cell in cells].index(checks[0]))
    newcomer.photograph("01-not-yet")

    newcomer.go_to(0)
    for number, cell in enumerate(cells):
        newcomer.go_to(number)
        if cell["id"] in solved:
            newcomer.write(solved[cell["id"]])
        newcomer.page.keyboard.press("Shift+Enter")
        if cell["id"] in checks:
            newcomer.wait()
            assert " passes: " in newcomer.said(cell["id"])
            if cell["id"] == checks[0]:
                show(newcomer, number)
                newcomer.photograph("01-passes")
    newcomer.wait()
    assert newcomer.errors() == []
