"""Waiting for what arrives later: events, log lines, rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from checks.quiet import is_quiet

Found = TypeVar("Found")
EVERY = 0.05  # seconds between two looks


def wait_for(look: Callable[[], Found | None], seconds: float = 30.0, every: float = EVERY) -> Found | None:
    """Call ``look`` until it finds something, and return that; None when it found nothing in time.

    On AWS, events take a second or so, and log lines some seconds more.

    >>> wait_for(iter([None, "a row"]).__next__)
    'a row'
    """
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            return None
        time.sleep(every)
    return found


def wait_for_effect(look: Callable[[], Found | None], seconds: float = 30.0) -> Found | None:
    """As ``wait_for``, for what a request led to; ends sooner when nothing is under way in the cloud."""
    until = time.monotonic() + seconds
    while True:
        last = is_quiet() or time.monotonic() > until  # asked first: what ends between the two is still seen
        if (found := look()) or last:
            return found or None
        time.sleep(EVERY)
