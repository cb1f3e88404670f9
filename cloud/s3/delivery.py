"""Delivers S3's events: after the answer to the request that caused them, to functions that S3 may invoke."""

from __future__ import annotations

import json

from cloud.functions.asynchronous import AsynchronousInvoker
from cloud.functions.environment import Invocation
from cloud.functions.lambda_service import LambdaService
from cloud.identity.authorization import Authorizer
from cloud.identity.policy import Ask
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
        """Send an event to every rule of its bucket that matches."""
        if self._buckets.find(event.bucket) is None:
            return
        for rule in matching(self._buckets.kept(event.bucket).notifications.rules, event):
            self._send(rule, event)

    def may_invoke(self, bucket: str, function_arn: str) -> bool:
        """Whether a function exists and its policy lets S3 invoke it for a bucket."""
        function = self._functions.find(function_arn)
        if function is None:
            return False
        context = {"aws:sourcearn": f"arn:aws:s3:::{bucket}", "aws:sourceaccount": self._account}
        ask = Ask(S3, "lambda:InvokeFunction", (function.settings.arn,), context)
        return self._authorizer.decide(ask, [function.policy]).allowed

    def _send(self, rule: Rule, event: ObjectEvent) -> None:
        payload = json.dumps({"Records": [event.record(rule.id)]}).encode()
        if rule.kind == "lambda" and self.may_invoke(event.bucket, rule.arn):
            self._asynchronous.submit(rule.arn, Invocation(payload, trace=event.trace))
