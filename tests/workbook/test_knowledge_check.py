"""The knowledge check, driven from Python as its controls drive it."""

import pytest

from workbook.knowledge_check import FIVE_QUESTIONS, KnowledgeCheck


@pytest.fixture
def quiz():
    return KnowledgeCheck()


def test_it_begins_with_the_question_of_routing(quiz):
    routing = "Which service is responsible for routing browser HTTP requests to the correct Lambda function?"
    assert (quiz.where, quiz.question) == ("1 / 5", routing)
    assert repr(quiz) == "KnowledgeCheck: 1 / 5, 0 answered"


@pytest.mark.parametrize("position", range(5))
def test_every_wrong_choice_is_explained_before_the_right_one(quiz, position):
    asked = FIVE_QUESTIONS[position]
    for earlier in FIVE_QUESTIONS[:position]:
        quiz.answer(earlier.right)
        quiz.next()
    assert quiz.where == f"{position + 1} / 5"
    assert len(quiz.choices) == 4
    for wrong in set(quiz.choices) - {asked.right}:
        assert quiz.answer(wrong) == f"Not quite: {asked.choices[wrong]}"
        assert quiz.marks[wrong] == "wrong"
        assert not quiz.answered
    assert quiz.answer(asked.right) == f"Right: {asked.choices[asked.right]}"
    assert quiz.answered


def test_the_next_question_waits_for_this_one(quiz):
    assert quiz.next() == "Answer this question first."
    quiz.answer("API Gateway")
    assert quiz.answer("Amazon S3") == "This one is answered. Go on to the next question."
    assert quiz.next() == ""
    assert (quiz.where, quiz.marks, quiz.answered) == ("2 / 5", {}, False)


def test_five_right_answers_complete_it(quiz):
    quiz.answer("Amazon S3")
    for question in FIVE_QUESTIONS:
        quiz.answer(question.right)
        quiz.next()
    assert quiz.complete
    assert quiz.last
    assert quiz.score == "5 of 5 answered, 4 at once."
    assert quiz.next() == "This was the last question."


def test_nothing_and_nonsense_are_answered_kindly(quiz):
    assert quiz.answer("") == "Choose an answer first."
    assert quiz.answer("a toaster").startswith("There is no one choice 'a toaster'. They are: Amazon S3;")
    assert quiz.marks == {}


def test_the_controls_do_what_the_methods_do(quiz):
    quiz._receive({"answer": "Amazon API Gateway"})
    quiz._receive({"next": True})
    assert quiz.position == 2
    quiz.restart()
    assert (quiz.position, quiz.right, quiz.score) == (1, 0, "")


def test_right_answers_stand_in_different_places():
    places = [list(question.choices).index(question.right) for question in FIVE_QUESTIONS]
    assert len(set(places)) > 1


def test_it_reads_in_a_saved_notebook(quiz):
    data, _ = quiz._repr_mimebundle_()
    assert "1 / 5" in data["text/html"]
    assert "Amazon DynamoDB" in data["text/html"]
