"""The upload dashboard as widgets in a real JupyterLab: by hand, and without harm to the notebook."""

import pytest
from playwright.sync_api import expect

from tests.e2e.jupyter import SLOW, press_shortcuts

pytestmark = pytest.mark.e2e

NAME = "Grüße <img src=x onerror=hacked=1>.txt"


@pytest.fixture
def shown(lab, built, files, page):
    """The dashboard in a notebook, with nothing in it yet."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.on("filechooser", lambda _: None)  # from now on the browser asks us, and shows no window
    lines = ["from dashboard.widgets import UploadDashboard", f"UploadDashboard({built['api_url']!r})"]
    notebook = lab.open(page, "widgets", "\n".join(lines))
    dashboard = page.locator(".upload-dashboard")
    expect(dashboard.get_by_text("No files yet")).to_be_visible(timeout=SLOW)
    return notebook, dashboard


def test_a_file_is_uploaded_opened_and_deleted_and_keys_stay_in_the_dashboard(shown, files, page):
    notebook, dashboard = shown
    status, listed = dashboard.get_by_role("status"), dashboard.get_by_role("listbox")
    files.put("incoming/1/report 2026.pdf", b"x" * 2_000_000)
    files.put("incoming/2/photo.png", b"x" * 1536)
    files.settle(2)

    with page.expect_file_chooser() as chooser:
        dashboard.get_by_role("button", name="Upload files").click()
    chooser.value.set_files({"name": NAME, "mimeType": "text/plain", "buffer": b"hello"})
    expect(status).to_contain_text("is uploaded and listed.", timeout=SLOW)
    expect(listed.get_by_role("option")).to_have_count(3)
    notebook.photograph(dashboard, "widgets-list")

    dashboard.get_by_label("Filter").fill("gr\u00fc")
    expect(listed.get_by_role("option")).to_have_count(1)
    listed.select_option(index=0)
    expect(status).to_contain_text("its link opens for 5 minutes", timeout=SLOW)
    link = dashboard.get_by_role("link", name="Open")
    assert page.request.get(link.get_attribute("href")).body() == b"hello"
    notebook.photograph(dashboard, "widgets-details")
    notebook.darken()
    notebook.photograph(dashboard, "widgets-details-dark")

    before = notebook.sources()
    controls = dashboard.locator("button:visible, select:visible, input:visible, a[href]:visible").all()
    assert len(controls) >= 7
    press_shortcuts(page, controls)
    assert notebook.sources() == before

    dashboard.get_by_label("Filter").fill("")
    expect(listed.get_by_role("option")).to_have_count(3)
    listed.select_option(
        label=next(text for text in listed.get_by_role("option").all_text_contents() if "Gr" in text)
    )
    expect(status).to_contain_text("its link opens for 5 minutes", timeout=SLOW)
    dashboard.get_by_role("button", name="Delete").first.click()
    expect(status).to_contain_text("Nobody can bring it back", timeout=SLOW)
    notebook.photograph(dashboard, "widgets-question")
    dashboard.get_by_role("button", name="Delete for good").click()
    expect(status).to_contain_text("Deleted", timeout=SLOW)
    expect(listed.get_by_role("option")).to_have_count(2)
    assert page.evaluate("window.hacked") is None
