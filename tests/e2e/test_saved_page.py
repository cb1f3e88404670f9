"""A notebook that was saved, and is opened where the page it showed is gone."""

import socket

import nbformat
import pytest
from playwright.sync_api import expect

from tests.e2e.jupyter import ARTIFACTS, KERNEL, READY, SLOW
from workbook import page as page_of
from workbook.page_copy import GONE, TITLE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]  # seconds


@pytest.fixture(scope="module")
def saved() -> str:
    """The output of a cell that showed a page, whose address nothing answers any more."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    return page_of(address)._repr_html_()


def test_a_browser_shows_the_copy_in_the_place_of_the_page(browser, saved):
    page = browser.new_page()
    page.set_content(saved)
    expect(page.get_by_text(TITLE)).to_be_visible()
    expect(page.get_by_text(GONE)).to_be_visible()
    assert page.locator("object").bounding_box()["height"] < 300  # pixels: no empty box around it
    page.close()


def test_jupyterlab_shows_the_copy_of_a_notebook_that_it_does_not_trust(page, lab, saved):
    shown = nbformat.v4.new_output("execute_result", {"text/html": saved, "text/plain": "Your page"})
    cell = nbformat.v4.new_code_cell("page(site_url(stack))", execution_count=1, outputs=[shown])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL)
    nbformat.write(notebook, lab.folder / "colleague.ipynb")
    page.goto(f"http://127.0.0.1:{lab.port}/lab/workspaces/colleague/tree/colleague.ipynb?token=test")
    copy = page.locator(".jp-OutputArea").get_by_text(GONE)
    expect(copy).to_be_visible(timeout=SLOW)
    page.evaluate(READY)  # JupyterLab ends slowly while a kernel still starts
    page.screenshot(path=ARTIFACTS / "saved-page.png")
