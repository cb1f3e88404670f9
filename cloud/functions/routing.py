"""How an alias divides the traffic between two versions.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def weights_of(alias: Any) -> dict[str, float]:
    """The versions beside the first that an alias leads to, and the share of the traffic of each."""
    return dict((alias.routing_config or {}).get("AdditionalVersionWeights") or {})


def choose(first: str, weights: Mapping[str, float], drawn: float) -> str:
    """The version for one invocation. ``drawn`` is a random number from 0 up to, and without, 1.

    >>> choose("1", {"2": 0.25}, 0.2), choose("1", {"2": 0.25}, 0.25)
    ('2', '1')
    """
    for version, weight in weights.items():
        if drawn < weight:
            return version
        drawn -= weight
    return first
