"""``check("storage-1")``: look at the live resources, and say in five parts how an exercise stands."""

from __future__ import annotations

import os
import traceback as tracebacks
from dataclasses import replace
from html import escape

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from workbook import kept, record, session
from workbook.card import as_html, as_text
from workbook.exercises import Exercise, Outcome, State, UnknownExerciseError, cannot_tell, find, not_yet

SIGNS = {  # never by colour alone
    State.NOT_YET: ("○", "quiet"),
    State.PARTLY: ("◐", "half"),
    State.PASSES: ("✓", "good"),
    State.REGRESSED: ("↺", "bad"),
    State.CANNOT_TELL: ("?", "info"),
}
NOT_THERE = ("NoSuch", "NotFound", "NonExistent", "404")  # as AWS's codes begin or end
FOUND = 300  # characters of a finding that the record keeps
STOPPED = "the cloud stopped answering"


class Report:
    """What a check says. In a notebook it is a card; ``print(report)`` gives the same as text."""

    def __init__(self, exercise: Exercise | None, outcome: Outcome, name: str) -> None:
        self.exercise, self.outcome, self.id = exercise, outcome, name

    @property
    def state(self) -> str:
        return self.outcome.state.value

    @property
    def passed(self) -> bool:
        return self.outcome.state is State.PASSES

    @property
    def points(self) -> float:
        """What a course would give for it."""
        whole = self.exercise.points if self.exercise else 0
        earned = round(whole * self.outcome.done, 2)
        return int(earned) if earned == int(earned) else earned

    @property
    def title(self) -> str:
        named = f": {self.exercise.title}" if self.exercise else ""
        return f"{SIGNS[self.outcome.state][0]} {self.id} {self.state}{named}"

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The five parts, in the order in which one wants to know them."""
        return [
            ("looked at", self.outcome.looked),
            ("found", self.outcome.found),
            ("why it matters", self.exercise.why if self.exercise else ""),
            ("next step", self.outcome.next_step),
            ("look again in", self.exercise.where if self.exercise else ""),
        ]

    def __repr__(self) -> str:
        return self.title.partition(" ")[2]

    def __str__(self) -> str:
        told = as_text(self.title, self.parts)
        return f"{told}\n\n{self.outcome.traceback}".rstrip() if self.outcome.traceback else told

    def _repr_html_(self) -> str:
        more = ""
        if self.outcome.traceback:
            more = (
                f'<pre style="white-space: pre-wrap; margin: 8px 0 0">{escape(self.outcome.traceback)}</pre>'
            )
        return as_html(self.title, self.parts, SIGNS[self.outcome.state][1], more)


def check(name: str, *given: object, traceback: bool = False) -> Report | float:
    """Look at what exercise ``name`` asks for, and say how it stands. Never raises.

    ``given`` are the values or functions that the exercise wants to see. ``traceback=True`` also shows
    where a check that cannot tell went wrong. When nbgrader runs the notebook, the points come back.
    """
    try:
        exercise = find(name)
    except UnknownExerciseError as error:
        missing = cannot_tell(f"the list of exercises for {name!r}", str(error), "Correct the name.")
        return Report(None, missing, str(name))
    outcome = _remember(exercise, _look(exercise, given))
    report = Report(exercise, outcome if traceback else outcome.but(traceback=""), exercise.id)
    if os.environ.get("NBGRADER_EXECUTION"):
        print(report)
        return report.points
    return report


def _look(exercise: Exercise, given: tuple[object, ...]) -> Outcome:
    """Let the exercise look, and turn whatever goes wrong into an outcome."""
    here = session.current()
    if here is None:
        begin = f"begin(lesson={int(exercise.lesson[:2])})"
        return cannot_tell(
            "which cloud this notebook works in", "none: the lesson was not begun", f"Run `{begin}`."
        )
    if any(value is ... for value in given):
        return not_yet(
            "your answer", "it is still `...`", "Put your answer in place of `...`, and run the cell."
        )
    try:
        outcome = exercise.look(here.stack, *given)
        if not isinstance(outcome, Outcome):
            raise TypeError(f"the check of {exercise.id} answered {outcome!r}")
        return outcome
    except ClientError as error:
        return _refused(error)
    except EndpointConnectionError:
        return cannot_tell("the cloud", STOPPED, f"Run `begin(lesson={int(exercise.lesson[:2])})` again.")
    except BotoCoreError as error:
        return cannot_tell(
            "the live resources", f"boto3 could not ask: {error}", "Run the cell above, then this one."
        )
    except Exception as error:  # a check reports, whatever a learner's code does
        found = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        ask = f"Look at your cell. `check({exercise.id!r}, ..., traceback=True)` shows where it happened."
        return cannot_tell(
            "your work", f"it raised {found}", ask, "".join(tracebacks.format_exception(error))
        )


def _refused(error: ClientError) -> Outcome:
    """AWS said no: what is not there yet is no mistake; anything else hides what we wanted to see."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    operation = error.operation_name
    if is_missing(error):
        return not_yet(
            f"`{operation}`", f"there is no such thing yet ({code})", "Run the cell above, then this one."
        )
    trace = "".join(tracebacks.format_exception(error))
    return cannot_tell(
        f"`{operation}`", f"it was refused: {code}: {message}", "Mend that first, then check again.", trace
    )


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that something does not exist."""
    code = str(error.response["Error"].get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 404 or any(word in code for word in NOT_THERE)


def _remember(exercise: Exercise, outcome: Outcome) -> Outcome:
    """Write the outcome down. What passed before in this very cloud, and does not now, has regressed."""
    before = record.of(exercise.id)
    cloud = session.cloud_mark()
    if before.passed and outcome.state in (State.NOT_YET, State.PARTLY):
        if before.cloud == cloud:
            outcome = outcome.but(state=State.REGRESSED, found=f"{outcome.found}. It passed before")
        else:
            outcome = outcome.but(found=f"{outcome.found}. It passed before, in another cloud")
    passed = outcome.state is State.PASSES
    here = session.current()
    handler = kept.deployed(here.stack, exercise.function) if passed and here and exercise.function else ""

    def noted(entry: record.Entry) -> record.Entry:
        return replace(
            entry,
            state=outcome.state.value,
            done=outcome.done,
            found=outcome.found[:FOUND],
            attempts=entry.attempts + 1,
            passed=entry.passed or passed,
            cloud=cloud if passed else entry.cloud,
            handler=handler or entry.handler,
        )

    try:
        record.note(exercise.id, noted)
    except OSError as error:  # a full or read-only disk costs the record, not the answer
        outcome = outcome.but(next_step=f"{outcome.next_step} (Your progress could not be saved: {error}.)")
    return outcome
