"""Metrics and alarms, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

from cloud.moto_side.core import backend


def put_metric(
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    value: float,
    unit: str,
    when: datetime,
) -> Any:
    """Begin a data point with one observation; ``grow_metric`` adds further ones."""
    pairs = [{"Name": key, "Value": item} for key, item in dimensions.items()]
    point = MetricAggregatedDatum(namespace, name, value, value, 1.0, value, pairs, when, unit)
    backend("cloudwatch", region).metric_data.append(point)
    return point


def grow_metric(point: Any, value: float) -> None:
    point.sum += value
    point.sample_count += 1
    point.min, point.max = min(point.min, value), max(point.max, value)


def drop_metrics(region: str, older_than: float) -> None:
    """Forget data points older than so many seconds."""
    oldest = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=older_than)
    cloudwatch = backend("cloudwatch", region)
    cloudwatch.metric_data = [point for point in cloudwatch.metric_data if point.timestamp >= oldest]


def metric_alarms(region: str) -> list[Any]:
    """The alarms: ``metric_name``, ``threshold``, ``state_value``, ``update_state()`` ..."""
    return list(backend("cloudwatch", region).alarms.values())


def metric_value(region: str, alarm: Any, start: datetime, period: int) -> float | None:
    """The statistic that an alarm looks at, over one period; None without data."""
    pairs = [{"Name": one.name, "Value": one.value} for one in alarm.dimensions]
    found = backend("cloudwatch", region).get_metric_statistics(
        alarm.namespace,
        alarm.metric_name,
        start,
        start + timedelta(seconds=period),
        period,
        [alarm.statistic],
        pairs,
    )
    value = found[0].get_statistics_for_type(alarm.statistic) if found else None
    return None if value is None else float(value)
