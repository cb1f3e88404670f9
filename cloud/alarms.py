"""CloudWatch alarms: they look at their metric by themselves, change state, and tell topics of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Alarms.html
"""

from __future__ import annotations

import json
import operator
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.percentiles import share_of

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response

COMPARE: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}
MOST_HISTORY = 10_000  # changes of state that are remembered
LARGEST_PAGE = 100
STATISTICS = {"Average", "Maximum", "Minimum", "SampleCount", "Sum"}
ACTIONS = {
    "ALARM": "alarm_actions",
    "OK": "ok_actions",
    "INSUFFICIENT_DATA": "insufficient_data_actions",
}


@dataclass(frozen=True)
class Rule:
    """What an alarm looks for: so many of its last periods beyond a threshold."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"  # or breaching, notBreaching, ignore

    def state(self, values: Sequence[float | None]) -> str | None:
        """The state that the last periods call for, the newest first; None where it stays as it is.

        >>> Rule("GreaterThanThreshold", 0.0, 3, 2).state([1.0, None, 2.0])
        'ALARM'
        """
        compare, _ = COMPARE[self.comparison]
        found = [value for value in values if value is not None]
        breaching = sum(compare(value, self.threshold) for value in found)
        if self.missing == "breaching":
            breaching += len(values) - len(found)
        if breaching >= self.needed:
            return "ALARM"
        if found or self.missing in ("breaching", "notBreaching"):
            return "OK"
        return None if self.missing == "ignore" else "INSUFFICIENT_DATA"

    def reason(self, values: Sequence[float | None], state: str) -> str:
        """Why, in CloudWatch's words."""
        found = [value for value in values if value is not None]
        many = "s" if len(values) > 1 else ""
        if not found:
            verb = "were" if many else "was"
            return f"Insufficient Data: {len(values)} datapoint{many} {verb} unknown."
        shown, verb = ", ".join(map(str, found)), "were" if len(found) > 1 else "was"
        beyond = f"{'' if state == 'ALARM' else 'not '}{COMPARE[self.comparison][1]} the threshold"
        counted = f"{len(found)} datapoint{'s' if len(found) > 1 else ''}"
        return f"Threshold Crossed: {counted} [{shown}] {verb} {beyond} ({self.threshold})."


@dataclass(frozen=True)
class Change:
    """An alarm's way from one state to another: each with its reason."""

    alarm: str
    when: float  # seconds since 1970
    old: tuple[str, str]
    new: tuple[str, str]

    def described(self) -> dict[str, Any]:
        """As DescribeAlarmHistory tells it."""
        states = {"oldState": self.old, "newState": self.new}
        data = {name: {"stateValue": state, "stateReason": why} for name, (state, why) in states.items()}
        return {
            "AlarmName": self.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.fromtimestamp(self.when, UTC).replace(tzinfo=None),
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {self.old[0]} to {self.new[0]}",
            "HistoryData": json.dumps({"version": "1.0"} | data, separators=(",", ":")),
        }


class Alarms:
    """The alarms of one region."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._lock = threading.Lock()
        self.history: deque[Change] = deque(maxlen=MOST_HISTORY)

    def find(self, name: str) -> Any | None:
        """The alarm of that name, or None."""
        return next((one for one in moto_side.metric_alarms(self._region) if one.name == name), None)

    def evaluate(self) -> None:
        """Look at every alarm's metric, and give each alarm the state that it calls for."""
        with self._lock:
            for alarm in moto_side.metric_alarms(self._region):
                self._evaluate(alarm)

    def _evaluate(self, alarm: Any) -> None:
        statistic = alarm.statistic or alarm.extended_statistic or ""
        if not alarm.metric_name or (statistic not in STATISTICS and share_of(statistic) is None):
            return
        if alarm.comparison_operator not in COMPARE:
            return
        periods = int(alarm.evaluation_periods)
        rule = Rule(
            alarm.comparison_operator,
            float(alarm.threshold),
            periods,
            int(alarm.datapoints_to_alarm or periods),
            alarm.treat_missing_data or "missing",
        )
        values = self._values(alarm, periods)
        before, new = alarm.state_reason, alarm.state_reason.startswith("Unchecked")
        state, old = rule.state(values), "INSUFFICIENT_DATA" if new else alarm.state_value
        if state is None or (state == old and not new):
            return
        alarm.update_state(rule.reason(values, state), "{}", state)
        self.changed(alarm, old, before)

    def changed(self, alarm: Any, old: str, reason: str) -> None:
        """Note that an alarm has left a state that it was in for a reason, and tell its topics."""
        state = alarm.state_value
        if state == old:
            return
        self.history.append(Change(alarm.name, time.time(), (old, reason), (state, alarm.state_reason)))
        if alarm.actions_enabled is not False:
            for target in getattr(alarm, ACTIONS[state]) or ():
                if target.startswith("arn:aws:sns:"):
                    moto_side.publish(target, json.dumps(notice(alarm, old, self._region)))

    def _values(self, alarm: Any, periods: int) -> list[float | None]:
        """The statistic in each of the last periods, the one that is not over first."""
        period = int(alarm.period)
        end = datetime.fromtimestamp((int(time.time()) // period + 1) * period, UTC).replace(tzinfo=None)
        starts = (end - timedelta(seconds=period * (back + 1)) for back in range(periods))
        return [moto_side.metric_value(self._region, alarm, start, period) for start in starts]


def notice(alarm: Any, old_state: str, region: str) -> dict[str, Any]:
    """What a topic is told when an alarm changes state."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": moto_side.ACCOUNT_ID,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": when,
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old_state,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Statistic": (alarm.statistic or alarm.extended_statistic or "").upper(),
            "Dimensions": [{"name": one.name, "value": one.value} for one in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
        },
    }


def describe_alarms(account: Account, call: Call) -> Response:
    """Look at every alarm's metric first, so that its state is that of now."""
    account.alarms.evaluate()
    return account.forward(call)


def set_alarm_state(account: Account, call: Call) -> Response:
    """Put an alarm into a state; at the next look it has the one that its metric calls for."""
    alarm = account.alarms.find(str(call.parameters.get("AlarmName")))
    before = (alarm.state_value, alarm.state_reason) if alarm is not None else ("", "")
    response = account.forward(call)
    if response.status < 300 and alarm is not None:
        account.alarms.changed(alarm, *before)
    return response


def describe_alarm_history(account: Account, call: Call) -> Response:
    """How alarms have changed state, the last change first.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    account.alarms.evaluate()
    asked = call.parameters
    first, last = (asked[name].timestamp() if name in asked else None for name in ("StartDate", "EndDate"))
    found = [
        change
        for change in list(account.alarms.history)
        if asked.get("AlarmName") in (None, change.alarm)
        and asked.get("HistoryItemType", "StateUpdate") == "StateUpdate"
        and "MetricAlarm" in asked.get("AlarmTypes", ["MetricAlarm"])
        and (first is None or change.when >= first)
        and (last is None or change.when <= last)
    ]
    if asked.get("ScanBy") != "TimestampAscending":
        found.reverse()
    token, most = str(asked.get("NextToken") or "0"), int(asked.get("MaxRecords") or LARGEST_PAGE)
    if not token.isdecimal():
        raise AwsError("InvalidNextToken", f"The next token {token!r} is not valid.", 400)
    begin = int(token)
    told: dict[str, Any] = {
        "AlarmHistoryItems": [change.described() for change in found[begin : begin + most]]
    }
    if begin + most < len(found):
        told["NextToken"] = str(begin + most)
    return call.answer(told)


HANDLERS = {
    "DescribeAlarmHistory": describe_alarm_history,
    "DescribeAlarms": describe_alarms,
    "DescribeAlarmsForMetric": describe_alarms,
    "SetAlarmState": set_alarm_state,
}
