"""The failure drill as a quiz: match each symptom to the place where one looks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import traitlets

from workbook.quiz_widget import QuizWidget, Said, listed, texts, the_one_meant, view


@dataclass(frozen=True)
class Pair:
    """A symptom and where to look first; ``elsewhere`` says of every other place why it is not the first."""

    symptom: str
    place: str
    why: str
    elsewhere: Mapping[str, str]


FAILURE_DRILL = tuple(Pair(**pair) for pair in texts("failure_drill")["pair"])


@dataclass(frozen=True)
class Attempt:
    """One answer, right or wrong."""

    symptom: str
    place: str
    right: bool


class Matching(QuizWidget):
    """Choose a symptom, then match it. ``matched`` is the state; the controls only show it.

    ``quiz.answer(symptom, place)`` does both steps from code; a part of either text is enough.
    """

    _esm = view("matching")
    symptoms = traitlets.List(traitlets.Unicode()).tag(sync=True)
    places = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    matched = traitlets.Dict().tag(sync=True)
    mistaken = traitlets.Unicode("").tag(sync=True)  # the place of the last answer, when that was wrong
    progress = traitlets.Unicode("").tag(sync=True)

    def __init__(self, pairs: Sequence[Pair] = FAILURE_DRILL) -> None:
        self._pairs = {pair.symptom: pair for pair in pairs}
        self.attempts: list[Attempt] = []
        super().__init__()
        self.symptoms = list(self._pairs)
        self.places = sorted(pair.place for pair in pairs)  # an order that tells nothing
        self._show()

    @property
    def complete(self) -> bool:
        return len(self.matched) == len(self._pairs)

    def choose(self, symptom: str) -> Said:
        """Choose one of the symptoms, to be matched next."""
        meant = the_one_meant(symptom, self.symptoms)
        if meant is None:
            return self.say(f"There is no one symptom {symptom!r}. They are: {'; '.join(self.symptoms)}.")
        if meant in self.matched:
            return self.say("That one is matched already. Choose another.")
        self.chosen, self.mistaken = meant, ""
        return self.say("")

    def match(self, place: str) -> Said:
        """Match the chosen symptom to a place. A wrong pair says why."""
        if not self.chosen:
            return self.say("All are matched." if self.complete else "Select an example first.")
        meant = the_one_meant(place, self.places)
        if meant is None:
            return self.say(f"There is no one place {place!r}. They are: {'; '.join(self.places)}.")
        if meant in self.matched.values():
            return self.say("That place is matched already. Choose another.")
        pair = self._pairs[self.chosen]
        self.attempts.append(Attempt(pair.symptom, meant, meant == pair.place))
        if meant != pair.place:
            self.mistaken = meant
            return self.say(f"Not there: {pair.elsewhere[meant]}")
        self.matched = {**self.matched, pair.symptom: meant}
        self.chosen = self.mistaken = ""
        self._show()
        return self.say(f"Right: {pair.why}")

    def answer(self, symptom: str, place: str) -> Said:
        """Choose a symptom and match it to a place. The controls do the same in two steps."""
        before = self.chosen
        said = self.choose(symptom)
        if said:
            self.chosen = before
            return said
        return self.match(place)

    def restart(self) -> None:
        """Forget every answer."""
        self.matched = {}
        self.attempts = []
        self.chosen = self.mistaken = self.message = ""
        self._show()

    def pressed(self, what: str, value: Any) -> None:
        steps: dict[str, Callable[[Any], object]] = {
            "choose": self.choose,
            "match": self.match,
            "restart": lambda _: self.restart(),
        }
        steps[what](value)

    def as_html(self) -> str:
        matched = [f"{symptom} → {place}" for symptom, place in self.matched.items()]
        return (
            "<p><strong>Match each symptom to the first place you should investigate.</strong> "
            f"{self.progress}</p><p>Examples</p>{listed(self.symptoms)}<p>Characteristics</p>"
            f"{listed(self.places)}{listed(matched) if matched else ''}"
            "<p>Run this cell to answer here, or in code: <code>quiz.answer(symptom, place)</code>.</p>"
        )

    def __repr__(self) -> str:
        return f"Matching: {len(self.matched)} of {len(self._pairs)} matched"

    def _show(self) -> None:
        soft = "." if self.complete else " so far."
        self.progress = f"{len(self.matched)} of {len(self._pairs)} matched{soft}"
