"""Following one upload through the layers: who did what, and how long it took, from what the system logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from html import escape

from dashboard.stack import Stack
from workbook.trace_drawing import picture
from workbook.trace_sources import CREATED, REMOVED, Invocation, Sources, moment
from workbook.waiting import wait_for_effect


class Kind(StrEnum):
    """What passes the time in a step."""

    START = "starting"  # an execution environment starts
    RUN = "running"  # code runs
    CARRY = "on its way"  # bytes or an event travel
    IDLE = "nobody asked"  # the system waits for a person


@dataclass(frozen=True)
class Step:
    """One step of an upload: ``begin`` and ``end`` in seconds since 1970."""

    name: str
    kind: Kind
    begin: float
    end: float
    where: str  # what tells so

    @property
    def ms(self) -> float:
        return max(0.0, self.end - self.begin) * 1000


class Trace:
    """What is known of one upload. ``steps`` is the state; the plot and the table show it."""

    def __init__(self, object_key: str, steps: Sequence[Step] = (), remarks: Sequence[str] = ()) -> None:
        self.object_key, self.steps, self.remarks = object_key, tuple(steps), tuple(remarks)

    @property
    def text(self) -> str:
        """The trace as a table, for a terminal."""
        if not self.steps:
            return " ".join(self.remarks)
        first, width = self.steps[0].begin, max(len(step.name) for step in self.steps)
        lines = [f"{'What'.ljust(width)}  {'begins at':>12}  {'takes':>12}  Known from"]
        for step in self.steps:
            begins, takes = duration((step.begin - first) * 1000), duration(step.ms)
            lines.append(f"{step.name.ljust(width)}  {begins:>12}  {takes:>12}  {step.where}")
        return "\n".join([*lines, *self.remarks])

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        name = self.object_key.rpartition("/")[2][:40]
        if not self.steps:
            return f"Trace of {name!r}: nothing is known"
        return f"Trace of {name!r}: followed through the layers"

    def _repr_html_(self) -> str:
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in self.remarks)
        body = (
            f'<img alt="{escape(self.described, quote=True)}" src="data:image/png;base64,{self.image}" '
            f'style="max-width: 100%; border-radius: 6px"/>{remarks}'
            f"<details><summary>The same as a table</summary>{self._table}</details>"
            if self.steps
            else remarks
        )
        return (
            f'<section class="workbook-card" aria-label="{escape(repr(self), quote=True)}">{body}</section>'
        )

    @cached_property
    def image(self) -> str:
        """The plot as PNG, in base64."""
        return picture(self.object_key, self.steps)

    @property
    def described(self) -> str:
        """The plot in a sentence, for those who do not see it."""
        parts = "; ".join(f"{step.name} {duration(step.ms)}" for step in self.steps)
        return f"Waterfall of one upload, in order: {parts}."

    @property
    def _table(self) -> str:
        first = self.steps[0].begin
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left">{escape(step.name)}</th>'
            f"<td>{duration((step.begin - first) * 1000)}</td><td>{duration(step.ms)}</td>"
            f'<td style="text-align: left">{escape(step.where)}</td></tr>'
            for step in self.steps
        )
        heads = "".join(
            f'<th scope="col">{head}</th>' for head in ("What", "Begins at", "Takes", "Known from")
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def trace(object_key: str, stack: Stack | None = None, *, seconds: float = 10.0) -> Trace:
    """Follow one upload through the layers, from what the system logs.

    Waits up to ``seconds`` for log lines that are still on their way; on AWS they take some seconds.
    """
    if not isinstance(object_key, str) or not object_key:
        remark = f"An object key is a text such as 'incoming/cat.png', not {object_key!r}."
        return Trace(str(object_key), remarks=[remark])
    sources = Sources(stack or Stack.named(), object_key)
    ticket, stored = sources.ticket(), sources.object()
    events = sources.events()
    if not (ticket or stored or events or sources.item()):
        nowhere = "no log tells of it, the bucket has no such object, and the table no such item."
        return Trace(object_key, remarks=[f"Nobody has uploaded {object_key!r}: {nowhere}"])
    if stored and not any(complete(event) for event in events):
        wait_for_effect(lambda: any(complete(event) for event in sources.events()), seconds)
        events = sources.events()
    return told(sources, ticket, events)


def complete(event: Invocation) -> bool:
    return bool(CREATED.search(event.line)) and event.ran is not None


def told(sources: Sources, ticket: Invocation | None, events: Sequence[Invocation]) -> Trace:
    """Put together what the sources say."""
    steps: list[Step] = []
    remarks: list[str] = []
    if ticket:
        steps += invoked("create_upload", ticket)
    else:
        remarks.append("No ticket: it was put into the bucket without the API, or create_upload may not log.")
    item, stored = sources.item(), sources.object()
    created = [event for event in events if CREATED.search(event.line)]
    wrote = [one for one in created if item and sequencer(one) == item["sequencer"]]
    event = next(iter(wrote or created[-1:]), None)
    if event is None:
        if stored:
            at = stored["LastModified"].timestamp()
            steps.append(Step("PUT to S3", Kind.CARRY, at, at, "LastModified of the object (whole seconds)"))
            remarks.append(
                "index_upload's log has no line for this key: S3 does not tell it, or it may not log."
            )
        elif ticket:
            remarks.append("The ticket was not used: the bucket has no such object.")
        return Trace(sources.key, steps, remarks)
    happened = moment(CREATED.search(event.line)["time"])  # type: ignore[index]
    if ticket:
        steps.append(Step("PUT to S3", Kind.CARRY, ticket.ended, happened, "until eventTime in S3's event"))
    else:
        steps.append(Step("PUT to S3", Kind.CARRY, happened, happened, "eventTime in S3's event"))
    arrived = event.started if event.started is not None else event.began
    steps.append(
        Step("S3's event", Kind.CARRY, happened, max(arrived, happened), "eventTime, first log line")
    )
    steps += invoked("index_upload", event)
    remarks += record(item, event, events)
    if item and (listing := sources.listing(event)):
        asked = listing.started if listing.started is not None else listing.began
        if asked > event.ended:
            steps.append(Step("nobody asks", Kind.IDLE, event.ended, asked, "list_files' log"))
        steps += invoked("list_files", listing)
    elif item:
        remarks.append("No list has been asked for since then.")
    return Trace(sources.key, steps, remarks)


def record(item: dict[str, str] | None, event: Invocation, events: Sequence[Invocation]) -> list[str]:
    """What the item says about this event."""
    if item is None:
        removed = any(REMOVED in one.line and one.began >= event.began for one in events)
        return [
            "It was deleted later: S3's event removed the item."
            if removed
            else "The table has no item for it."
        ]
    if sequencer(event) == item["sequencer"]:
        return ["The item carries this event's sequencer: this invocation wrote it."]
    return ["The item carries another sequencer: another event wrote it."]


def invoked(name: str, invocation: Invocation) -> list[Step]:
    """An invocation as one step, or two when its environment had to start first."""
    steps = []
    if invocation.started is not None:
        where = "INIT_START and START in its log"
        steps.append(Step(f"{name} starts", Kind.START, invocation.started, invocation.began, where))
    where = "START and REPORT in its log" if invocation.ran is not None else "START in its log"
    return [*steps, Step(f"{name} runs", Kind.RUN, invocation.began, invocation.ended, where)]


def sequencer(event: Invocation) -> str:
    """The event's sequencer as the item keeps it."""
    found = CREATED.search(event.line)
    return found["order"].ljust(32, "0") if found else ""


def duration(ms: float) -> str:
    """A duration for people.

    >>> duration(3.14159), duration(12_345), duration(600_000)
    ('3.1 ms', '12.3 s', '10.0 min')
    """
    if ms < 1000:
        return f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms"
    return f"{ms / 1000:.1f} s" if ms < 120_000 else f"{ms / 60_000:.1f} min"
