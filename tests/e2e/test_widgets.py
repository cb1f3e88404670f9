"""The upload dashboard as widgets in a real JupyterLab: by hand, and without harm to the notebook."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
READY = """async () => {
    const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
    await context.ready;
    await sessionContext.ready;
    await sessionContext.session.kernel.info; // until then "Run All Cells" is silently dropped
}"""


@pytest.fixture
def lab(tmp_path, built):
    """JupyterLab with folders of its own, on a notebook that shows the dashboard. Yields its address."""
    lines = ["from dashboard.widgets import UploadDashboard", f"UploadDashboard({built['api_url']!r})"]
    cells = [nbformat.v4.new_code_cell("\n".join(lines)), nbformat.v4.new_markdown_cell("The cell below.")]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "widgets.ipynb")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    labs = {f"JUPYTERLAB_{name}_DIR": str(tmp_path / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    options = [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={tmp_path / 'notebooks'}",
        "--IdentityProvider.token=test",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    command = [sys.executable, "-m", "jupyterlab", *options]
    environment = os.environ | folders | labs | {"PYTHONPATH": str(ROOT)}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token=test", process)
        yield f"http://127.0.0.1:{port}/lab/tree/widgets.ipynb?token=test"
    finally:
        process.terminate()  # JupyterLab stops its kernels itself
        process.wait(20)


def wait_for(address, process):
    for _ in range(300):
        assert process.poll() is None, "JupyterLab ended before it was ready"
        try:
            urllib.request.urlopen(address).close()
        except (urllib.error.URLError, ConnectionError):
            pass
        else:
            return
        time.sleep(0.1)
    raise AssertionError("JupyterLab was not ready within 30 seconds")


def test_the_dashboard_works_in_a_notebook_and_its_keys_stay_in_it(lab, files, page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(lab)
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context")
    page.evaluate(READY)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    shown = page.locator(".upload-dashboard")
    expect(shown).to_be_visible(timeout=15_000)
    expect(shown.get_by_text("0 of 0 loaded")).to_be_visible()

    with page.expect_file_chooser() as chooser:
        shown.get_by_role("button", name="Upload files").click()
    name = "Grüße <img src=x onerror=hacked=1>.txt"
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": b"hello"})
    status = shown.get_by_role("status")
    expect(status).to_contain_text("is uploaded and listed.")

    listed = shown.get_by_role("listbox")
    listed.select_option(index=0)
    expect(status).to_contain_text("its link opens for 5 minutes")
    link = shown.get_by_role("link", name="Open")
    assert page.request.get(link.get_attribute("href")).body() == b"hello"
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "widgets-in-jupyterlab.png")

    cells = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
    controls = shown.locator("button:visible, select:visible, input:visible, a[href]:visible")
    for number in range(controls.count()):
        controls.nth(number).focus()
        for key in ("x", "b", "a", "d", "d"):  # cut, insert below, insert above, delete
            page.keyboard.press(key)
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length") == cells

    shown.get_by_label("Filter").fill("")
    listed.select_option(index=0)
    shown.get_by_role("button", name="Delete").first.click()
    expect(status).to_contain_text("Nobody can bring it back")
    shown.get_by_role("button", name="Delete for good").click()
    expect(status).to_contain_text("Deleted")
    expect(shown.get_by_text("0 of 0 loaded")).to_be_visible()
    assert page.evaluate("window.hacked") is None
