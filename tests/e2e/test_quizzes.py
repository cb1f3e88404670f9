"""The two quizzes in a real JupyterLab: by mouse, by keyboard alone, and without harm to the notebook."""

import pytest
from playwright.sync_api import expect

from tests.e2e.jupyter import SLOW, press_shortcuts

pytestmark = pytest.mark.e2e


@pytest.fixture
def matching(lab, page):
    page.set_viewport_size({"width": 1280, "height": 1000})
    notebook = lab.open(page, "matching", "from workbook import Matching\nquiz = Matching()\nquiz")
    shown = page.locator(".workbook-quiz")
    expect(shown).to_be_visible(timeout=SLOW)
    return notebook, shown


@pytest.fixture
def knowledge(lab, page):
    page.set_viewport_size({"width": 1280, "height": 1000})
    notebook = lab.open(
        page, "knowledge", "from workbook import KnowledgeCheck\nquiz = KnowledgeCheck()\nquiz"
    )
    shown = page.locator(".workbook-quiz")
    expect(shown).to_be_visible(timeout=SLOW)
    return notebook, shown


def test_symptoms_are_matched_with_the_mouse_and_keys_stay_in_the_quiz(matching):
    notebook, shown = matching
    before, status = notebook.sources(), shown.get_by_role("status")
    controls = shown.get_by_role("radio").all() + shown.get_by_role("button").all()
    assert len(controls) == 8
    press_shortcuts(notebook.page, controls)
    assert notebook.sources() == before
    expect(status).to_contain_text("0 of 4 matched so far.")
    expect(shown.get_by_text("Choose one, then match it on the right")).to_be_visible()
    expect(shown.get_by_text("Select an example first")).to_be_visible()
    notebook.photograph(shown, "quiz-matching-at-first")

    shown.get_by_role("button", name="API Gateway").click(force=True)  # aria-disabled, and says why
    expect(status).to_contain_text("Select an example first.")

    shown.get_by_text("blocked by CORS policy").click()
    expect(shown.get_by_text("Select an example first", exact=True)).to_be_hidden()
    shown.get_by_role("button", name="CloudWatch Logs").click()
    expect(status).to_contain_text("Not there: the function may have answered with 200")
    expect(shown.get_by_role("button", name="CloudWatch Logs")).to_contain_text("✗ not this one")
    shown.get_by_role("button", name="API Gateway").click()
    expect(status).to_contain_text("Right:")
    expect(status).to_contain_text("1 of 4 matched so far.")
    expect(shown.get_by_role("radio", name="blocked by CORS policy")).to_be_disabled()
    expect(shown.get_by_text("✓ pair 1")).to_have_count(2)
    notebook.photograph(shown, "quiz-matching-after-one")

    notebook.darken()
    shown.get_by_text("The API answers 500").click()
    shown.get_by_role("button", name="upload ticket").click()
    expect(status).to_contain_text("Not there:")
    notebook.photograph(shown, "quiz-matching-dark")
    shown.get_by_role("button", name="Start again").click()
    expect(status).to_contain_text("0 of 4 matched so far.")
    expect(shown.get_by_role("radio").first).to_be_focused()


def test_symptoms_are_matched_with_the_keyboard_alone(matching):
    notebook, shown = matching
    keyboard, cells = notebook.page.keyboard, notebook.sources()
    status = shown.get_by_role("status")
    places = ["CloudWatch Logs", "The upload ticket", "API Gateway", "S3: the upload bucket"]
    shown.get_by_role("radio").first.focus()
    for number, place in enumerate(places, start=1):
        keyboard.press("Space")  # the first symptom that is left
        for _ in range(8):
            keyboard.press("Tab")
            if notebook.page.evaluate("(p) => document.activeElement.textContent.startsWith(p)", place):
                break
        keyboard.press("Enter")
        expect(status).to_contain_text(f"{number} of 4 matched")
        if number < 4:
            for _ in range(8):
                keyboard.press("Shift+Tab")
                if notebook.page.evaluate("() => document.activeElement.type === 'radio'"):
                    break
            # Shift+Tab enters an unchecked group at its last radio; Home has no meaning there, so walk up
            while not notebook.page.evaluate(FIRST_LEFT):
                keyboard.press("ArrowDown")
    expect(status).to_contain_text("4 of 4 matched.")
    assert notebook.sources() == cells


FIRST_LEFT = """() => document.activeElement ===
    document.querySelector(".workbook-quiz input[type=radio]:enabled")"""


def test_five_questions_come_one_at_a_time(knowledge):
    notebook, shown = knowledge
    keyboard, before = notebook.page.keyboard, notebook.sources()
    status = shown.get_by_role("status")
    expect(shown.get_by_text("1 / 5")).to_be_visible()
    question = (
        "Which service is responsible for routing browser HTTP requests to the correct Lambda function?"
    )
    expect(shown.get_by_role("group", name=question)).to_be_visible()

    shown.get_by_role("button", name="Check answer").click()
    expect(status).to_contain_text("Choose an answer first.")
    shown.get_by_text("Amazon S3").click()
    shown.get_by_role("button", name="Check answer").click()
    expect(status).to_contain_text("Not quite: S3 serves the page's files")
    notebook.photograph(shown, "quiz-knowledge-wrong")

    shown.get_by_role("radio", name="Amazon S3").focus()  # from here on by keyboard
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(status).to_contain_text("Right:")
    expect(status).to_contain_text("1 of 5 answered, 0 at once.")
    expect(shown.get_by_role("button", name="Next question")).to_be_focused()
    keyboard.press("Enter")
    expect(shown.get_by_text("2 / 5")).to_be_visible()
    expect(shown.get_by_role("radio").first).to_be_focused()
    notebook.darken()
    notebook.photograph(shown, "quiz-knowledge-second-dark")
    press_shortcuts(notebook.page, [shown.get_by_role("radio").nth(2), shown.get_by_role("button").first])
    assert notebook.sources() == before
