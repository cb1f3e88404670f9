"""The waterfall of one upload as a plot. Long waits are cut short, and the cut is shown."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbook.tracing import Step

# Colours that people with any colour vision tell apart (Okabe and Ito), each with a hatch of its own.
LOOKS = {
    "starting": ("#e69f00", "///", "environment starts (cold)"),
    "running": ("#0072b2", "", "code runs"),
    "on its way": ("#56b4e9", "...", "on its way"),
    "nobody asked": ("#e4e4e4", "xx", "nobody asked yet"),
}
SHORTEST_CUT = 0.2  # seconds; shorter waits are drawn in full
THINNEST = 0.006  # of the width: what takes no time is seen too


class Axis:
    """Real time to places on the axis: an interval in which little happens takes no more than ``cut``."""

    def __init__(self, steps: Sequence[Step]) -> None:
        times = sorted({time for step in steps for time in (step.begin, step.end)})
        busy = sum(step.end - step.begin for step in steps if step.kind in ("starting", "running"))
        self.cut = max(SHORTEST_CUT, busy / 2)
        self.places = {times[0]: 0.0}
        self.cuts: list[float] = []
        for one, other in pairwise(times):
            length = min(other - one, self.cut)
            self.places[other] = self.places[one] + length
            if length < other - one:
                self.cuts.append(self.places[one] + length / 2)
        self.width = self.places[times[-1]] or 0.001


def picture(object_key: str, steps: Sequence[Step]) -> str:
    """The plot as PNG in base64."""
    from matplotlib.figure import Figure  # not pyplot: nothing of the notebook's own plots is touched
    from matplotlib.patches import Patch

    from workbook.tracing import duration

    axis = Axis(steps)
    figure = Figure(figsize=(9.2, 0.42 * len(steps) + 1.5), dpi=110, layout="constrained", facecolor="white")
    plot = figure.add_subplot()
    for row, step in enumerate(steps):
        colour, hatch, _ = LOOKS[step.kind]
        left = axis.places[step.begin]
        length = max(axis.places[step.end] - left, THINNEST * axis.width)
        plot.barh(
            row, length, left=left, height=0.62, color=colour, hatch=hatch, edgecolor="#333333", linewidth=0.6
        )
        plot.annotate(duration(step.ms), (left + length, row), xytext=(5, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip
        if row:
            plot.plot([left, left], [row - 1, row], color="#999999", linewidth=0.8, zorder=0)
    for place in axis.cuts:
        plot.axvline(place, color="#999999", linestyle=(0, (2, 3)), linewidth=1, zorder=0)
        plot.annotate("cut", (place, len(steps) - 0.45), ha="center", fontsize=8, color="#666666",
                      annotation_clip=False)  # fmt: skip
    plot.set_yticks(range(len(steps)), [step.name for step in steps], fontsize=10)
    plot.invert_yaxis()
    plot.set_xlim(0, axis.width * 1.12)
    first = steps[0].begin
    marks = well_apart(sorted(axis.places.items()), axis.width)
    plot.set_xticks(
        [place for _, place in marks], [duration((time - first) * 1000) for time, _ in marks], fontsize=8
    )
    plot.set_xlabel(
        "time since the first step" + (" (longer waits are cut)" if axis.cuts else ""), fontsize=9
    )
    plot.set_title(
        f"One upload through the layers: {object_key.rpartition('/')[2][:48]}", loc="left", fontsize=11
    )
    plot.spines[["top", "right"]].set_visible(False)
    seen = {step.kind for step in steps}
    legend = [Patch(facecolor=colour, hatch=hatch, edgecolor="#333333", label=label)
              for kind, (colour, hatch, label) in LOOKS.items() if kind in seen]  # fmt: skip
    figure.legend(handles=legend, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return base64.b64encode(content.getvalue()).decode()


def well_apart(places: Sequence[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """Of the moments, those whose words do not touch."""
    kept = [places[0]]
    for time, place in places[1:]:
        if place - kept[-1][1] > width * 0.09:
            kept.append((time, place))
    return kept
