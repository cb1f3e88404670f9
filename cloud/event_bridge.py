"""EventBridge's targets: what a rule sends, and to whom it may. moto keeps rules, and tells which ones match.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloud import moto_side
from cloud.functions.asynchronous import AsynchronousInvoker
from cloud.functions.environment import Invocation
from cloud.functions.lambda_service import LambdaService
from cloud.identity import policy as engine
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import service
from cloud.logs.patterns import MISSING, select

EVENTS = service("events.amazonaws.com")
MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
PLACEHOLDER = re.compile(r'"(?:\\.|[^"\\])*"|<([\w.-]+)>')
INSIDE = re.compile(r"<([\w.-]+)>")


class EventBridge:
    """Sends the events that match a rule to its functions, queues and topics, where their policies let it."""

    def __init__(
        self,
        functions: LambdaService,
        asynchronous: AsynchronousInvoker,
        authorizer: Authorizer,
        account: str,
    ) -> None:
        self._functions, self._asynchronous = functions, asynchronous
        self._authorizer, self._account = authorizer, account

    def deliver(self, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
        """Send an event to a target of a rule; False for moto's kinds: log groups, buses, archives.

        What a policy does not allow is not sent, and nobody is told, as on AWS.
        """
        arn = str(target["Arn"])
        kind = arn.split(":")[2] if arn.count(":") > 4 else ""
        if kind not in ("lambda", "sns", "sqs"):
            return False
        if self._may_send(kind, arn, rule_arn):
            text = text_for(target, shown(event), rule_arn)
            if kind == "lambda":
                self._asynchronous.submit(arn, Invocation(text.encode()))
            elif kind == "sqs":
                group = (target.get("SqsParameters") or {}).get("MessageGroupId")
                moto_side.send_message(arn, text, {}, group)
            else:
                moto_side.publish(arn, text)
        return True

    def _may_send(self, kind: str, arn: str, rule_arn: str) -> bool:
        context = {"aws:sourcearn": rule_arn, "aws:sourceaccount": self._account}
        if kind == "lambda":
            function = self._functions.find(arn)
            if function is None:
                return False
            ask = Ask(EVENTS, "lambda:InvokeFunction", (function.settings.arn,), context)
            return self._authorizer.decide(ask, [function.policy]).allowed
        action, text = (
            ("sqs:SendMessage", moto_side.queue_policy(arn))
            if kind == "sqs"
            else ("sns:Publish", moto_side.topic_policy(arn))
        )
        if text is None:
            return False
        ask = Ask(EVENTS, action, (arn,), context)
        return self._authorizer.decide(ask, [Policy(engine.parse(text), "resource", kind)]).allowed


def shown(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as targets get it: the documented members, the time in UTC to the second."""
    moment = datetime.fromtimestamp(float(event["time"]), UTC)
    return {name: event[name] for name in MEMBERS} | {"time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


def text_for(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """What a target gets: the event, a part of it, a constant, or a template filled in from it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "Input" in target:
        return str(target["Input"])
    if path := target.get("InputPath"):
        found = select(event, path)
        return json.dumps(None if found is MISSING else found)
    if transformer := target.get("InputTransformer"):
        values = {
            name: select(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()
        }
        rule = {"aws.events.rule-arn": rule_arn, "aws.events.rule-name": rule_arn.rpartition("/")[2]}
        whole = {"aws.events.event": event, "aws.events.event.json": event}
        return filled_in(str(transformer["InputTemplate"]), values | rule | whole)
    return json.dumps(event)


def filled_in(template: str, values: Mapping[str, Any]) -> str:
    """A template with its placeholders replaced: as JSON, but inside quotes as bare text.

    >>> filled_in('{"who": <name>, "say": "hello <name>"}', {"name": "Ann"})
    '{"who": "Ann", "say": "hello Ann"}'
    """

    def bare(found: re.Match[str]) -> str:
        value = values.get(found[1], MISSING)
        if value is MISSING:
            return ""
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(text)[1:-1]

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return INSIDE.sub(bare, found[0])
        value = values.get(found[1], MISSING)
        return json.dumps("" if value is MISSING else value)

    return PLACEHOLDER.sub(put, template)
