"""Whether an effect may still come: the embedded cloud knows what is under way, AWS does not say."""

from __future__ import annotations

import json
import time
import urllib.request

from checks.where import own_address

ANSWER_SECONDS = 5.0
PAUSE = 0.05  # seconds between two looks


def is_quiet() -> bool:
    """Whether nothing is under way: no event waits or is tried again, and no function runs.

    Then all that a request led to has happened, log lines too. False where nobody can tell, as on AWS.
    """
    cloud = own_address()
    if not cloud:
        return False
    try:
        with urllib.request.urlopen(f"{cloud}/_cloud/activity", timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            return bool(json.load(answer) == {"under_way": 0})
    except (OSError, ValueError):
        return False


def settle(seconds: float) -> None:
    """Wait until nothing is under way; where nobody can tell, so many seconds, which is also the longest."""
    until = time.monotonic() + seconds
    while not is_quiet() and time.monotonic() < until:
        time.sleep(PAUSE)
