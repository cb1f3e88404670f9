"""Throttling: a token bucket a route, as a stage sets it. https://en.wikipedia.org/wiki/Token_bucket"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any


class Throttle:
    """Knows how many requests each route of each stage may still take."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}  # (tokens, when)
        self._lock = threading.Lock()

    def admits(self, api_id: str, stage: Any, route_key: str) -> bool:
        """Whether one more request may pass now."""
        settings = limits(stage, route_key)
        if settings is None:
            return True
        rate, burst = settings
        key, now = (api_id, stage.name, route_key), time.monotonic()
        with self._lock:
            tokens, then = self._buckets.get(key, (burst, now))
            tokens = min(burst, tokens + (now - then) * rate)
            admitted = tokens >= 1
            self._buckets[key] = tokens - 1 if admitted else tokens, now
        return admitted


def limits(stage: Any, route_key: str) -> tuple[float, float] | None:
    """Requests a second and at once, as the route's own settings or the stage's say; None without any."""
    for settings in ((stage.route_settings or {}).get(route_key), stage.default_route_settings):
        found = _limits(settings or {})
        if found is not None:
            return found
    return None


def _limits(settings: Mapping[str, Any]) -> tuple[float, float] | None:
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    if rate is None and burst is None:
        return None
    rate = float(rate if rate is not None else burst or 0)
    return rate, float(burst if burst is not None else rate)
