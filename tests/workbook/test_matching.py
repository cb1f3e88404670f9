"""The matching quiz, driven from Python as its controls drive it."""

import pytest

from workbook.matching import FAILURE_DRILL, Matching


@pytest.fixture
def quiz():
    return Matching()


def test_nothing_is_matched_at_first(quiz):
    assert quiz.progress == "0 of 4 matched so far."
    assert repr(quiz) == "Matching: 0 of 4 matched"
    assert len(quiz.symptoms) == len(quiz.places) == 4


def test_the_order_of_the_places_tells_nothing(quiz):
    rows = zip(quiz.symptoms, quiz.places, strict=True)
    pairs = {(pair.symptom, pair.place) for pair in FAILURE_DRILL}
    assert not pairs & set(rows)


def test_a_place_before_a_symptom_asks_for_a_symptom(quiz):
    assert quiz.match(quiz.places[0]) == "Select an example first."
    assert quiz.matched == {}


@pytest.mark.parametrize("pair", FAILURE_DRILL, ids=lambda pair: pair.place.split(":")[0])
def test_every_wrong_place_says_why_and_the_right_one_matches(quiz, pair):
    assert set(pair.elsewhere) == set(quiz.places) - {pair.place}
    for place, reason in pair.elsewhere.items():
        assert quiz.answer(pair.symptom, place) == f"Not there: {reason}"
        assert quiz.mistaken == place
    assert quiz.answer(pair.symptom, pair.place) == f"Right: {pair.why}"
    assert quiz.matched == {pair.symptom: pair.place}
    assert quiz.progress == "1 of 4 matched so far."
    assert quiz.chosen == quiz.mistaken == ""
    assert [attempt.right for attempt in quiz.attempts] == [False, False, False, True]


def test_all_four_make_it_complete(quiz):
    for pair in FAILURE_DRILL:
        quiz.answer(pair.symptom, pair.place)
    assert quiz.complete
    assert quiz.progress == "4 of 4 matched."
    assert quiz.match(quiz.places[0]) == "All are matched."


def test_a_part_of_a_text_is_enough(quiz):
    assert quiz.answer("blocked by cors", "API Gateway").startswith("Right")


@pytest.mark.parametrize("symptom", ["no such thing", "the", "", None, 7])
def test_what_names_no_symptom_is_answered_with_the_symptoms(quiz, symptom):
    said = quiz.answer(symptom, "API Gateway")
    assert said.startswith(f"There is no one symptom {symptom!r}")
    assert quiz.symptoms[0] in said


def test_what_names_no_place_is_answered_with_the_places(quiz):
    said = quiz.answer("blocked by CORS", "the moon")
    assert said.startswith("There is no one place 'the moon'")
    assert quiz.places[0] in said


def test_what_is_matched_stays_matched(quiz):
    quiz.answer("blocked by CORS", "API Gateway")
    assert "already" in quiz.answer("blocked by CORS", "CloudWatch")
    quiz.choose("answers 500")
    assert "already" in quiz.match("API Gateway")
    assert len(quiz.matched) == 1


def test_start_again_forgets_every_answer(quiz):
    quiz.answer("blocked by CORS", "API Gateway")
    quiz.restart()
    assert (quiz.matched, quiz.progress, quiz.message) == ({}, "0 of 4 matched so far.", "")


def test_the_controls_do_what_the_methods_do(quiz):
    pair = FAILURE_DRILL[0]
    quiz._receive({"choose": pair.symptom})
    quiz._receive({"match": pair.place})
    assert quiz.matched == {pair.symptom: pair.place}
    quiz._receive({"restart": True})
    assert quiz.matched == {}


def test_a_stumble_in_a_callback_is_told(quiz):
    quiz._receive({"juggle": "three balls"})
    assert quiz.message.startswith("The quiz stumbled: KeyError: 'juggle' (matching.py, line")


def test_it_reads_in_a_terminal_and_in_a_saved_notebook(quiz):
    data, _ = quiz._repr_mimebundle_()
    assert data["text/plain"] == "Matching: 0 of 4 matched"
    assert "blocked by CORS policy" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_answers_do_not_travel_to_the_browser(quiz):
    sent = str({name: value for name, value in quiz.get_state().items() if name not in ("_esm", "_css")})
    for pair in FAILURE_DRILL:
        assert pair.why not in sent
