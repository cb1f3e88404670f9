"""What ``stats`` of an Insights query computes over the rows of a group.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cloud.logs.conditions import Row, number_of
from cloud.percentiles import percentile

OF_NUMBERS: dict[str, Callable[[list[float]], float]] = {
    "avg": statistics.fmean,
    "max": max,
    "median": statistics.median,
    "min": min,
    "stddev": statistics.pstdev,
    "sum": sum,
}
WITH_SHARE = {"pct", "percentile"}  # the second argument says of how many percent
KNOWN = {"count", "count_distinct", "earliest", "latest", "sortsfirst", "sortslast", *OF_NUMBERS, *WITH_SHARE}


def of(kind: str, name: str, rows: Sequence[Row], share: float = 0) -> Any:
    """One statistic of a field; None where no row has a value for it."""
    if name in ("*", ""):
        return len(rows)
    having = [row for row in rows if row.get(name) is not None]
    values = [row[name] for row in having]
    match kind:
        case "count":
            return len(values)
        case "count_distinct":
            return len(set(map(str, values)))
        case "earliest" | "latest":
            ends = min if kind == "earliest" else max
            return ends(having, key=lambda row: row["@timestamp"])[name] if having else None
        case "sortsfirst" | "sortslast":
            ends = min if kind == "sortsfirst" else max
            return ends(map(str, values)) if values else None
    numbers = [number for value in values if (number := number_of(value)) is not None]
    if not numbers:
        return None
    return percentile(Counter(numbers), share) if kind in WITH_SHARE else OF_NUMBERS[kind](numbers)
