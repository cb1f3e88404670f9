"""CloudWatch metrics of functions and APIs, one data point a minute as on AWS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloud import moto_side, percentiles
from cloud.aws_errors import AwsError

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
        self,
        namespace: str,
        dimensions: Mapping[str, str],
        values: Mapping[str, tuple[float, str]],
        when: float | None = None,
    ) -> None:
        """Add one observation of several metrics, name -> (value, unit), now or at another time."""
        moment = time.time() if when is None else when
        minute, named = int(moment) // MINUTE, tuple(dimensions.items())
        with self._lock:
            for name, (value, unit) in values.items():
                key = namespace, name, named, minute
                if key in self._points:
                    moto_side.grow_metric(self._points[key], value)
                else:
                    start = datetime.fromtimestamp(minute * MINUTE, UTC).replace(tzinfo=None)
                    self._points[key] = moto_side.put_metric(
                        self._region, namespace, name, dimensions, value, unit, start
                    )

    def sweep(self) -> None:
        """End the data points of minutes that are over, and forget those that AWS would not keep either.

        An observation that comes late begins a further data point of its minute; who reads adds them up.
        """
        minute = int(time.time()) // MINUTE
        with self._lock:
            for key in [key for key in self._points if key[3] < minute]:
                moto_side.end_metric(self._points.pop(key))
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


def get_metric_statistics(account: Account, call: Call) -> Response:
    """Read statistics of one metric. Percentiles are found here, moto has none."""
    response = read_metrics(account, call)
    asked = dict(call.parameters)
    extended = [str(name) for name in asked.get("ExtendedStatistics") or []]
    if response.status >= 300 or not extended:
        return response
    if refused := [name for name in extended if percentiles.share_of(name) is None]:
        message = f"The value {refused[0]} for parameter ExtendedStatistics is not supported."
        raise AwsError("InvalidParameterValue", message, 400)
    start = asked["StartTime"]
    asked["StartTime"] = start - timedelta(seconds=start.timestamp() % MINUTE)
    points = []
    for period in moto_side.metric_periods(account.region, asked):
        found = {name: percentile_of(name, period.counts) for name in extended}
        told = {name: value for name, value in found.items() if value is not None}
        when = {"Timestamp": period.start, "Unit": period.unit}
        points.append(period.statistics | when | ({"ExtendedStatistics": told} if told else {}))
    return call.answer({"Label": asked["MetricName"], "Datapoints": points})


def percentile_of(statistic: str, counts: Mapping[float, int]) -> float | None:
    """A percentile by its name; None when it is none, or nothing was observed."""
    share = percentiles.share_of(statistic)
    return None if share is None else percentiles.percentile(counts, share)


moto_side.compute_statistics_with(
    lambda statistic, points: percentile_of(statistic, moto_side.counts_of(points))
)
HANDLERS = {
    "GetMetricData": read_metrics,
    "GetMetricStatistics": get_metric_statistics,
}
