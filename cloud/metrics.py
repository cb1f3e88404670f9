"""CloudWatch metrics of functions and APIs, one data point a minute as on AWS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud import moto_side

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response

MINUTE = 60
KEPT_SECONDS = 15 * 86_400  # one-minute points live 15 days, as on AWS
Key = tuple[str, str, tuple[tuple[str, str], ...], int]


class Metrics:
    """Counts what happens. A metric's minute is one data point, which grows while the minute lasts."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._points: dict[Key, Any] = {}
        self._lock = threading.Lock()

    def record(
        self, namespace: str, dimensions: Mapping[str, str], values: Mapping[str, tuple[float, str]]
    ) -> None:
        """Add one observation of several metrics: name -> (value, unit)."""
        minute, named = int(time.time()) // MINUTE, tuple(dimensions.items())
        with self._lock:
            for name, (value, unit) in values.items():
                key = namespace, name, named, minute
                if key in self._points:
                    moto_side.grow_metric(self._points[key], value)
                else:
                    when = datetime.fromtimestamp(minute * MINUTE, UTC).replace(tzinfo=None)
                    self._points[key] = moto_side.put_metric(
                        self._region, namespace, name, dimensions, value, unit, when
                    )

    def sweep(self) -> None:
        """Forget data points that AWS would not keep either."""
        oldest = (int(time.time()) - KEPT_SECONDS) // MINUTE
        with self._lock:
            self._points = {key: point for key, point in self._points.items() if key[3] >= oldest}
        moto_side.drop_metrics(self._region, KEPT_SECONDS)

    def of_function(self, name: str, *, failed: bool, duration_ms: float, at_once: int) -> None:
        """Count one invocation of a function, while so many were running ``at_once``, it included."""
        values = {
            "Invocations": (1.0, "Count"),
            "Errors": (1.0 if failed else 0.0, "Count"),
            "Throttles": (0.0, "Count"),
            "Duration": (duration_ms, "Milliseconds"),
            "ConcurrentExecutions": (float(at_once), "Count"),
        }
        self.record("AWS/Lambda", {"FunctionName": name}, values)

    def of_throttle(self, name: str) -> None:
        self.record("AWS/Lambda", {"FunctionName": name}, {"Throttles": (1.0, "Count")})

    def of_dropped_loop(self, name: str) -> None:
        self.record("AWS/Lambda", {"FunctionName": name}, {"RecursiveInvocationsDropped": (1.0, "Count")})

    def of_api(self, api_id: str, status: int, latency_ms: float, integration_ms: float | None) -> None:
        values = {
            "Count": (1.0, "Count"),
            "4xx": (1.0 if 400 <= status < 500 else 0.0, "Count"),
            "5xx": (1.0 if status >= 500 else 0.0, "Count"),
            "Latency": (latency_ms, "Milliseconds"),
        }
        if integration_ms is not None:
            values["IntegrationLatency"] = (integration_ms, "Milliseconds")
        self.record("AWS/ApiGateway", {"ApiId": api_id}, values)


# ---- CloudWatch's operations on our side -------------------------------------------------------------------


def read_metrics(account: Account, call: Call) -> Response:
    """Read data points. CloudWatch rounds the beginning down to the full minute."""
    body = call.request.content
    if body.startswith(b"{"):
        asked = json.loads(body)
        if isinstance(asked.get("StartTime"), int | float):
            asked["StartTime"] = asked["StartTime"] // MINUTE * MINUTE
            return account.forward(call.with_content(json.dumps(asked).encode()))
    return account.forward(call)


HANDLERS = {
    "GetMetricData": read_metrics,
    "GetMetricStatistics": read_metrics,
}
