"""Delivers S3's events: after the answer to the request that caused them, to functions that S3 may invoke."""

from __future__ import annotations

import json
import time

from cloud import moto_side
from cloud.functions.asynchronous import AsynchronousInvoker
from cloud.functions.environment import Invocation
from cloud.functions.lambda_service import LambdaService
from cloud.identity import policy as engine
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import service
from cloud.s3.buckets import Buckets
from cloud.s3.notifications import ObjectEvent, Rule, matching

S3 = service("s3.amazonaws.com")


class Delivery:
    """Finds who wants to know of an event, and tells them."""

    def __init__(
        self,
        functions: LambdaService,
        asynchronous: AsynchronousInvoker,
        authorizer: Authorizer,
        buckets: Buckets,
        account: str,
    ) -> None:
        self._functions, self._asynchronous = functions, asynchronous
        self._authorizer, self._buckets, self._account = authorizer, buckets, account

    def deliver(self, event: ObjectEvent) -> None:
        """Send an event to every rule of its bucket that matches, and to EventBridge if it is told."""
        if self._buckets.find(event.bucket) is None:
            return
        configuration = self._buckets.kept(event.bucket).notifications
        for rule in matching(configuration.rules, event):
            self._send(rule, event)
        told = event.event_bridge() if configuration.event_bridge else None
        if told is not None:
            kind, detail = told
            moto_side.put_service_event(event.region, "aws.s3", kind, f"arn:aws:s3:::{event.bucket}", detail)

    def may_invoke(self, bucket: str, function_arn: str) -> bool:
        """Whether a function exists and its policy lets S3 invoke it for a bucket."""
        function = self._functions.find(function_arn)
        if function is None:
            return False
        ask = Ask(S3, "lambda:InvokeFunction", (function.settings.arn,), self._context(bucket))
        return self._authorizer.decide(ask, [function.policy]).allowed

    def refuses(self, bucket: str, rule: Rule) -> str:
        """Why S3 may not send to a rule's destination for a bucket, in S3's words; empty when it may."""
        if rule.kind == "lambda":
            may = self.may_invoke(bucket, rule.arn)
            return "" if may else f"Not authorized to invoke function [{rule.arn}]"
        name, action, text = (
            ("queue", "sqs:SendMessage", moto_side.queue_policy(rule.arn))
            if rule.kind == "sqs"
            else ("topic", "sns:Publish", moto_side.topic_policy(rule.arn))
        )
        if text is None:
            return f"The destination {name} does not exist"
        ask = Ask(S3, action, (rule.arn,), self._context(bucket))
        if self._authorizer.decide(ask, [Policy(engine.parse(text), "resource", rule.kind)]).allowed:
            return ""
        return (
            f"Permissions on the destination {name} do not allow S3 to publish notifications from this bucket"
        )

    def test(self, bucket: str, rule: Rule, request_id: str, host_id: str) -> None:
        """Send the event with which S3 tries a new queue or topic."""
        if rule.kind != "lambda":
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": now, "Bucket": bucket}
            self._hand_over(rule, json.dumps(event | {"RequestId": request_id, "HostId": host_id}))

    def _context(self, bucket: str) -> dict[str, str]:
        return {"aws:sourcearn": f"arn:aws:s3:::{bucket}", "aws:sourceaccount": self._account}

    def _send(self, rule: Rule, event: ObjectEvent) -> None:
        if self.refuses(event.bucket, rule):
            return
        text = json.dumps({"Records": [event.record(rule.id)]})
        if rule.kind == "lambda":
            self._asynchronous.submit_traced(rule.arn, Invocation(text.encode(), trace=event.trace))
        else:
            self._hand_over(rule, text)

    def _hand_over(self, rule: Rule, text: str) -> None:
        if rule.kind == "sqs":
            moto_side.send_message(rule.arn, text, {})
        else:
            moto_side.publish(rule.arn, text, "Amazon S3 Notification")
