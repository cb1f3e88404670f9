"""The places of moto that we replace: few, and each under a test that fails when moto changes it."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.cloudwatch.models import Statistics
from moto.core.common_models import BaseModel
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.table import Table
from moto.events.models import Rule


def _untracked(cls: type, *_: Any, **__: Any) -> Any:
    return object.__new__(cls)


# moto keeps a list of all that it ever made, for its own dashboard: what is deleted would never be freed.
BaseModel.__new__ = staticmethod(_untracked)


def route_invocations_to(invoke: Callable[[str, str], tuple[str, bool]]) -> None:
    """Let moto's own events (those of log subscriptions, for one) run functions where we run them.

    ``invoke`` takes a function's ARN and an event as JSON, and returns the payload and whether it failed.
    """

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        payload, failed = invoke(self.function_arn, json.dumps({} if event is None else event))
        return payload, failed, ""

    LambdaFunction._invoke_lambda = run


_moto_send = Rule.send_to_targets


def deliver_events_with(deliver: Callable[[str, Any, Any], bool]) -> None:
    """Let the events that match a rule be sent by ``deliver``: the rule's ARN, a target, and the event.

    Where it returns False, moto sends the event; kinds of targets that moto does not know get nothing.
    """

    def send(self: Any, event: Any, transform_input: bool = True) -> None:
        if self.state != "ENABLED" or not self.event_pattern.matches_event(event):
            return
        for target in list(self.targets):
            if deliver(self.arn, target, event):
                continue
            alone = copy.copy(self)
            alone.targets = [target]
            try:
                _moto_send(alone, copy.deepcopy(event), transform_input)
            except NotImplementedError:
                print(f"cloud: EventBridge sends nothing to {target['Arn']}", file=sys.stderr)

    Rule.send_to_targets = send


_moto_query, _moto_scan = Table.query, Table.scan


def answer_reads_with(query: Callable[..., Any], scan: Callable[..., Any], refusal: type[Exception]) -> None:
    """Let queries and scans be answered by functions that take what moto's take; None leaves it to moto.

    A ``refusal`` that they raise becomes a ValidationException with that message.
    """

    def answering(ours: Callable[..., Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
        def answer(self: Any, *arguments: Any, **named: Any) -> Any:
            try:
                found = ours(self, *arguments, **named)
            except refusal as error:
                raise MockValidationException(str(error)) from None
            return theirs(self, *arguments, **named) if found is None else found

        return answer

    Table.query = answering(query, _moto_query)
    Table.scan = answering(scan, _moto_scan)


_moto_statistic = Statistics.get_statistics_for_type


def compute_statistics_with(compute: Callable[[str, list[Any]], float | None]) -> None:
    """Let ``compute`` find a statistic that moto has none of, from its name and the data points."""

    def statistic(self: Any, stat: str) -> Any:
        found = _moto_statistic(self, stat)
        return compute(stat, self.metric_data) if found is None else found

    Statistics.get_statistics_for_type = statistic
