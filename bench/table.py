"""One line of a benchmark: what was measured, beside what it should be and what others reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. ``target`` is what we promise; ``beside`` what others reached in the same run."""

    name: str
    value: float
    unit: str
    target: str = ""
    beside: str = ""

    def __str__(self) -> str:
        """One line for a terminal.

        >>> str(Row("cold start", 61.2, "ms", target="at most 150 ms"))
        'cold start: 61.2 ms (at most 150 ms)'
        """
        notes = "; ".join(note for note in (self.target, self.beside) if note)
        return f"{self.name}: {self.value:,.4g} {self.unit}" + (f" ({notes})" if notes else "")
