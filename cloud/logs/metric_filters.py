"""Metric filters: log events that match a pattern become data points of a metric.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.logs import patterns
from cloud.logs.conditions import number_of
from cloud.metrics import MINUTE, Metrics

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response

OLDEST, NEWEST = 14 * 86_400, 2 * 3600  # seconds back and ahead: what PutLogEvents takes
EXCLUSIVE = "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
LogEvent = tuple[int, str]  # milliseconds since 1970, text


class MetricFilters:
    """The metric filters of one region at work."""

    def __init__(self, region: str, metrics: Metrics) -> None:
        self._region, self._metrics = region, metrics
        self._told: dict[tuple[str, str], int] = {}  # group and filter: the last minute that has a value
        self._lock = threading.Lock()

    def apply(self, group: str, events: Iterable[LogEvent]) -> None:
        """Let every filter of a log group look at new events."""
        filters, now = moto_side.metric_filters(self._region, group), time.time()
        if not filters:
            return
        taken = [event for event in events if now - OLDEST <= event[0] / 1000 <= now + NEWEST]
        for one in filters:
            try:
                self._apply(group, one, taken)
            except patterns.PatternError:  # kept from before patterns were looked at
                continue

    def _apply(self, group: str, one: Mapping[str, Any], events: Iterable[LogEvent]) -> None:
        [transformation] = one["metricTransformations"]
        matches, values_of = patterns.compiled(one["filterPattern"]), patterns.values_of(one["filterPattern"])
        key, silent = (group, str(one["filterName"])), set[int]()
        for timestamp, text in events:
            minute = timestamp // 1000 // MINUTE
            if not matches(text):
                silent.add(minute)
            elif self._record(transformation, values_of(text), timestamp / 1000):
                self._told[key] = max(minute, self._told.get(key, 0))
        default = number_of(transformation.get("defaultValue"))
        for minute in sorted(silent) if default is not None else ():
            with self._lock:
                if minute <= self._told.get(key, 0):
                    continue
                self._told[key] = minute
            self._put(transformation, {}, default or 0.0, minute * MINUTE)

    def _record(self, transformation: Mapping[str, Any], values: patterns.Values, when: float) -> bool:
        """Add what one event says, if it is a number and has all dimensions; whether it did."""
        wanted = str(transformation.get("metricValue", ""))
        number = number_of(values(wanted) if wanted.startswith("$") else wanted)
        dimensions = {name: values(where) for name, where in (transformation.get("dimensions") or {}).items()}
        if number is None or any(value is patterns.MISSING for value in dimensions.values()):
            return False
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in dimensions.items()
        }
        self._put(transformation, texts, number, when)
        return True

    def _put(
        self, transformation: Mapping[str, Any], dimensions: Mapping[str, str], value: float, when: float
    ) -> None:
        values = {str(transformation["metricName"]): (value, str(transformation.get("unit") or "None"))}
        self._metrics.record(str(transformation["metricNamespace"]), dimensions, values, when)


def put_log_events(account: Account, call: Call) -> Response:
    """Store events, and let the group's metric filters look at them."""
    response = account.forward(call)
    if response.status < 300:
        asked = call.parameters
        events = [(int(one["timestamp"]), str(one["message"])) for one in asked["logEvents"]]
        account.metric_filters.apply(str(asked["logGroupName"]), events)
    return response


def put_metric_filter(account: Account, call: Call) -> Response:
    """Keep a filter, in the place of one of its name. Its pattern must be one."""
    asked = call.parameters
    group, name = str(asked.get("logGroupName")), str(asked.get("filterName"))
    if not moto_side.log_exists(account.region, group):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    _compiled(str(asked.get("filterPattern") or ""))
    if any(
        one.get("dimensions") and one.get("defaultValue") is not None
        for one in asked.get("metricTransformations") or ()
    ):
        raise AwsError("InvalidParameterException", EXCLUSIVE)
    response = account.forward(call)
    if response.status < 300:
        moto_side.keep_newest_metric_filter(account.region, group, name)
    return response


def try_metric_filter(_: Account, call: Call) -> Response:
    """Which of some messages a pattern matches, and the values that it names in them."""
    pattern = str(call.parameters.get("filterPattern") or "")
    matches, values_of = _compiled(pattern), patterns.values_of(pattern)
    found = []
    for number, message in enumerate(call.parameters.get("logEventMessages") or ()):
        if matches(message):
            values = {name: values_of(message)(name) for name in patterns.names_in(pattern)}
            texts = {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in values.items()
                if value is not patterns.MISSING
            }
            found.append({"eventNumber": number, "eventMessage": message, "extractedValues": texts})
    return call.answer({"matches": found})


def _compiled(pattern: str) -> patterns.Matcher:
    try:
        return patterns.compiled(pattern)
    except patterns.PatternError:
        raise AwsError("InvalidParameterException", "Invalid metric filter pattern") from None


HANDLERS = {
    "PutLogEvents": put_log_events,
    "PutMetricFilter": put_metric_filter,
    "TestMetricFilter": try_metric_filter,
}
