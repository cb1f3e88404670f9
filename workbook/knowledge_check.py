"""The knowledge check: five questions, one at a time, and every wrong choice is explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import traitlets

from workbook.quiz_widget import QuizWidget, Said, listed, texts, the_one_meant, view


@dataclass(frozen=True)
class Question:
    """A question, its choices in order, and what to say when one is chosen."""

    text: str
    right: str
    choices: Mapping[str, str]


FIVE_QUESTIONS = tuple(Question(**question) for question in texts("knowledge_check")["question"])


class KnowledgeCheck(QuizWidget):
    """One question after the other. ``right`` is the state; the controls only show it.

    ``quiz.answer(choice)`` answers the question that is shown; ``quiz.next()`` shows the next one.
    """

    _esm = view("knowledge_check")
    where = traitlets.Unicode("").tag(sync=True)  # 1 / 5
    question = traitlets.Unicode("").tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)  # of this question's choices: right or wrong
    answered = traitlets.Bool(False).tag(sync=True)
    last = traitlets.Bool(False).tag(sync=True)
    score = traitlets.Unicode("").tag(sync=True)

    def __init__(self, questions: Sequence[Question] = FIVE_QUESTIONS) -> None:
        self._questions = tuple(questions)
        self._tried: list[dict[str, str]] = [{} for _ in questions]
        self.position = 1  # of the question that is shown, from 1
        super().__init__()
        self._show()

    @property
    def right(self) -> int:
        """How many questions are answered rightly."""
        return sum("right" in tried.values() for tried in self._tried)

    @property
    def at_once(self) -> int:
        """How many of them at the first try."""
        return sum(tuple(tried.values()) == ("right",) for tried in self._tried)

    @property
    def complete(self) -> bool:
        return self.right == len(self._questions)

    def answer(self, choice: str) -> Said:
        """Answer the question that is shown. A wrong choice is explained, and can be followed by another."""
        asked, tried = self._questions[self.position - 1], self._tried[self.position - 1]
        if not str(choice).strip():
            return self.say("Choose an answer first.")
        if "right" in tried.values():
            return self.say("This one is answered." + ("" if self.last else " Go on to the next question."))
        meant = the_one_meant(choice, self.choices)
        if meant is None:
            return self.say(f"There is no one choice {choice!r}. They are: {'; '.join(self.choices)}.")
        good = meant == asked.right
        tried[meant] = "right" if good else "wrong"
        self._show()
        return self.say(f"{'Right' if good else 'Not quite'}: {asked.choices[meant]}")

    def next(self) -> Said:
        """Show the next question, once this one is answered."""
        if not self.answered:
            return self.say("Answer this question first.")
        if self.last:
            return self.say("This was the last question.")
        self.position += 1
        self._show()
        return self.say("")

    def restart(self) -> None:
        """Forget every answer, and begin with the first question."""
        self._tried = [{} for _ in self._questions]
        self.position, self.message = 1, ""
        self._show()

    def pressed(self, what: str, value: Any) -> None:
        steps: dict[str, Callable[[Any], object]] = {"answer": self.answer, "next": lambda _: self.next()}
        steps[what](value)

    def as_html(self) -> str:
        return (
            f"<p><strong>Knowledge Check</strong> {self.where}</p><p>{escape(self.question)}</p>"
            f"{listed(self.choices)}"
            "<p>Run this cell to answer here, or answer in code: <code>quiz.answer(choice)</code>, then "
            "<code>quiz.next()</code>.</p>"
        )

    def __repr__(self) -> str:
        return f"KnowledgeCheck: {self.position} / {len(self._questions)}, {self.right} answered"

    def _show(self) -> None:
        asked, tried = self._questions[self.position - 1], self._tried[self.position - 1]
        count = len(self._questions)
        with self.hold_sync():  # the browser sees a question together with its choices
            self.where, self.last = f"{self.position} / {count}", self.position == count
            self.choices, self.marks = list(asked.choices), dict(tried)
            self.answered = "right" in tried.values()
            self.score = f"{self.right} of {count} answered, {self.at_once} at once." if self.right else ""
            self.question = asked.text
