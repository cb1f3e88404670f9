"""The audit in a notebook: a line that is the same every time, and a table for the eye."""

import pytest

from checks.findings import Status
from checks.notebook import Audit, audit
from tests.checks import defects as wrong
from tests.checks.reports import HOSTILE, bad, finding, good, hostile, report
from tests.checks.test_formats import Outline


def test_a_good_stack_is_one_line(good_stack):
    said = [repr(audit(good_stack, row="cors")) for _ in range(2)]
    assert said[0] == said[1] == "Audit: 5 passed, 1 skipped"


def test_a_bad_one_names_what_failed(good_stack):
    mend = wrong.api_cors(good_stack, AllowOrigins=["*"])
    try:
        found = audit(good_stack, row="cors")
    finally:
        mend()
    assert repr(found) == "Audit: 2 failed, 3 passed, 1 skipped (CORS-1, CORS-3)"
    assert [one.status for one in found["cors-1"]] == [Status.FAIL]


def test_the_line_is_short_however_much_failed():
    many = report(*(finding(f"SECURITY-{number}", Status.FAIL) for number in range(1, 40)))
    assert len(repr(Audit(many))) <= 110


@pytest.mark.parametrize("case", [good, bad, hostile])
def test_the_table_has_every_finding_and_is_well_formed(case):
    outline = Outline(Audit(case())._repr_html_())
    assert outline.open == []
    assert outline.tags.count("tr") == len(case().findings) + 1
    assert not {"script", "img", "link"} & set(outline.tags)


def test_the_table_says_status_in_words_and_what_to_do():
    shown = "".join(Outline(Audit(bad())._repr_html_()).text)
    for words in ("✘ failed", "✔ passed", "○ not built yet", "! could not be evaluated", "· skipped"):
        assert words in shown
    assert "→ Turn on all four public access switches of 'photos'" in shown


def test_the_table_shows_hostile_names_as_text():
    page = Audit(hostile())._repr_html_()
    assert HOSTILE[0] not in page
    assert HOSTILE[0] in "".join(Outline(page).text)
