"""Waiting for what arrives later: events, log lines, rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], seconds: float = 30.0, every: float = 0.05) -> Found | None:
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
