"""The audit's HTML report in a real browser: readable for everybody, offline, and on paper."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from checks.report import write
from tests.checks.reports import ABOUT, bad, good, hostile

pytestmark = pytest.mark.e2e
CASES = {"good": good, "bad": bad, "hostile": hostile}


@pytest.fixture(params=CASES)
def report_file(request, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(write(CASES[request.param](), "html", ABOUT), encoding="utf-8")
    return path


def test_axe_finds_nothing_to_complain_about(report_file, browser):
    page = browser.new_page()
    page.goto(report_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == [], scheme
    page.close()


def test_it_asks_nothing_of_any_place_and_runs_nothing(report_file, browser):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report_file.as_uri())
    page.wait_for_load_state("networkidle")
    assert asked == [report_file.as_uri()]
    assert said == []
    page.close()


def test_nothing_sticks_out_and_paper_has_it_all(report_file, browser):
    page = browser.new_page()
    page.goto(report_file.as_uri())
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('.facts')].filter(one => !one.checkVisibility()).length"
    )
    assert hidden == 0
    page.close()
