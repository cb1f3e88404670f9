"""Metrics and alarms, as moto keeps them."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from moto.cloudwatch.models import Dimension, MetricAggregatedDatum, MetricDatum

from cloud.moto_side.core import backend
from cloud.percentiles import rounded


def put_metric(
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    value: float,
    unit: str,
    when: datetime,
) -> Any:
    """Begin a data point with one observation. ``grow_metric`` adds others, until ``end_metric``."""
    point = MetricAggregatedDatum(namespace, name, value, value, 1.0, value, [], when, unit)
    point.dimensions = _dimensions(tuple(dimensions.items()))
    point.counts = {rounded(value): 1}
    backend("cloudwatch", region).metric_data.append(point)
    return point


@lru_cache
def _dimensions(pairs: tuple[tuple[str, str], ...]) -> list[Dimension]:
    """Dimensions as moto keeps them, the same ones for all data points of a metric."""
    return [Dimension(name, value) for name, value in pairs]


def grow_metric(point: Any, value: float) -> None:
    """Add one observation to a data point that has not ended."""
    point.sum += value
    point.sample_count += 1
    point.min, point.max = min(point.min, value), max(point.max, value)
    kept = rounded(value)
    point.counts[kept] = point.counts.get(kept, 0) + 1


def end_metric(point: Any) -> None:
    """Nothing is added to a data point any more: it is kept for days, so what it counted is packed."""
    point.counts = zlib.compress(marshal.dumps(point.counts)) if point.min < point.max else None


def counts_of(points: Iterable[Any]) -> dict[float, int]:
    """How often each value was observed in some data points; nothing where one tells only of its sum."""
    found: dict[float, int] = {}
    for point in points:
        single = isinstance(point, MetricDatum)
        if single or point.min == point.max:
            counts = {point.value: 1} if single else {point.min: int(point.sample_count)}
        else:
            counts = getattr(point, "counts", {})
            if isinstance(counts, bytes):
                counts = marshal.loads(zlib.decompress(counts))  # noqa: S302 end_metric's own bytes
            if not counts:
                return {}
        for value, count in counts.items():
            found[value] = found.get(value, 0) + count
    return found


@dataclass(frozen=True)
class Period:
    """The data of a metric in one period: statistics by name, and how often each value was observed."""

    start: datetime
    unit: str
    statistics: dict[str, float]
    counts: dict[float, int]


def metric_periods(region: str, asked: Mapping[str, Any]) -> list[Period]:
    """The periods with data that a GetMetricStatistics asks for."""
    wanted = list(asked.get("Statistics") or [])
    found = backend("cloudwatch", region).get_metric_statistics(
        asked["Namespace"],
        asked["MetricName"],
        *(asked[name].astimezone(UTC).replace(tzinfo=None) for name in ("StartTime", "EndTime")),
        int(asked["Period"]),
        wanted,
        asked.get("Dimensions") or [],
        asked.get("Unit"),
    )
    return [
        Period(
            one.timestamp,
            str(one.unit or "None"),
            {name: float(one.get_statistics_for_type(name)) for name in wanted},
            counts_of(one.metric_data),
        )
        for one in found
    ]


def drop_metrics(region: str, older_than: float) -> None:
    """Forget data points older than so many seconds."""
    oldest = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=older_than)
    kept = backend("cloudwatch", region).metric_data
    for point in [point for point in kept if point.timestamp < oldest]:
        kept.remove(point)  # in place: others append meanwhile


def metric_alarms(region: str) -> list[Any]:
    """The alarms: ``metric_name``, ``threshold``, ``state_value``, ``update_state()`` ..."""
    return list(backend("cloudwatch", region).alarms.values())


def metric_value(region: str, alarm: Any, start: datetime, period: int) -> float | None:
    """The statistic that an alarm looks at, over one period; None without data."""
    pairs = [{"Name": one.name, "Value": one.value} for one in alarm.dimensions]
    statistic = alarm.statistic or alarm.extended_statistic
    found = backend("cloudwatch", region).get_metric_statistics(
        alarm.namespace,
        alarm.metric_name,
        start,
        start + timedelta(seconds=period),
        period,
        [statistic],
        pairs,
    )
    value = found[0].get_statistics_for_type(statistic) if found else None
    return None if value is None else float(value)
