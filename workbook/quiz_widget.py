"""What both quizzes share: a widget whose answers are in Python, and that also reads without a kernel."""

from __future__ import annotations

import tomllib
import traceback
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

QUIZZES = Path(__file__).resolve().parent / "quizzes"  # texts in TOML; the browser's half in JavaScript
SHORTEST_PART = 3  # letters, below which a part of a text names nothing


def view(name: str) -> str:
    """The browser's half of a quiz: what both share, and its own."""
    return (QUIZZES / "quiz.js").read_text(encoding="utf-8") + (QUIZZES / f"{name}.js").read_text(
        encoding="utf-8"
    )


def texts(name: str) -> dict[str, Any]:
    """What a quiz asks, and what it says to each answer."""
    return tomllib.loads((QUIZZES / f"{name}.toml").read_text(encoding="utf-8"))


class Said(str):
    """A sentence for a person: a notebook shows it without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class QuizWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """Controls send what was pressed; ``pressed`` grades it; ``message`` says how it went."""

    _css = (QUIZZES / "quiz.css").read_text(encoding="utf-8")
    message = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(lambda _, content, __: self._receive(content))

    def pressed(self, what: str, value: Any) -> None:
        """Do what a control asks. Quizzes say what that means."""
        raise NotImplementedError

    def as_html(self) -> str:
        """The quiz as it reads in a saved notebook, without a kernel."""
        raise NotImplementedError

    def say(self, text: str) -> Said:
        self.message = text
        return Said(text)

    def _receive(self, content: dict[str, Any]) -> None:
        """Nobody would see an exception here, so the status line tells of it."""
        try:
            for what, value in content.items():
                self.pressed(what, value)
        except Exception as error:  # whatever it is, the person at the page should know
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__}: {error}"
            self.message = f"The quiz stumbled: {name} ({Path(where.filename).name}, line {where.lineno})."

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, with a text form for terminals and an HTML form for saved notebooks."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "text/html": self.as_html()}, metadata


def the_one_meant(given: object, texts: Sequence[str]) -> str | None:
    """The text that is given whole, or by a part that no other has; None when none or several are meant.

    >>> the_one_meant("gateway", ["API Gateway", "Lambda"]), the_one_meant("a", ["API Gateway", "Lambda"])
    ('API Gateway', None)
    """
    part = str(given).strip().casefold()
    meant = [text for text in texts if text.casefold() == part]
    if not meant and len(part) >= SHORTEST_PART:
        meant = [text for text in texts if part in text.casefold()]
    return meant[0] if len(meant) == 1 else None


def listed(texts: Sequence[str]) -> str:
    return "<ol>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ol>"
