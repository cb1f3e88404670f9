"""Percentiles of metrics, from how often each value was observed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

NAME = re.compile(r"p(100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)")


def share_of(statistic: str) -> float | None:
    """The share, in percent, that a statistic like ``p99.9`` names; None when it is no percentile.

    >>> share_of("p99.9"), share_of("p100"), share_of("tm90")
    (99.9, 100.0, None)
    """
    found = NAME.fullmatch(statistic)
    return float(found[1]) if found else None


def rounded(value: float) -> float:
    """A value as it is counted: to three digits, so that however many there are take bounded memory.

    >>> rounded(123.456), rounded(0.0)
    (123.0, 0.0)
    """
    return float(f"{value:.3g}")


def percentile(counts: Mapping[float, int], share: float) -> float | None:
    """The smallest value that at least a share of the observations, in percent, do not exceed.

    >>> percentile({1.0: 98, 20.0: 1, 300.0: 1}, 99)
    20.0
    """
    rank = max(1, math.ceil(sum(counts.values()) * share / 100 - 1e-9))
    for value, count in sorted(counts.items()):
        rank -= count
        if rank <= 0:
            return value
    return None
