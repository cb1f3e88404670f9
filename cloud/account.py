"""The one AWS account that the embedded cloud is: its state and services, put together."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cloud import inputs, moto_side
from cloud.alarms import Alarms
from cloud.aws_errors import AwsError
from cloud.calls import Call
from cloud.clock import Clock
from cloud.dynamodb.expiry import expire_items
from cloud.event_bridge import EventBridge
from cloud.functions.asynchronous import AsynchronousInvoker
from cloud.functions.depositing import deposit
from cloud.functions.environment import Invocation
from cloud.functions.fleet import Fleet
from cloud.functions.lambda_service import LambdaService
from cloud.functions.log_writer import LogWriter
from cloud.functions.mappings import Mappings
from cloud.functions.polling import Poller
from cloud.functions.queues import Queues
from cloud.functions.streams import Streams
from cloud.housekeeping import Housekeeper
from cloud.http_api.deployments import Deployments
from cloud.http_api.gateway import Gateway
from cloud.identity import actions
from cloud.identity import policy as engine
from cloud.identity.authentication import Authenticator
from cloud.identity.authorization import Authorizer
from cloud.identity.context import Values, global_context
from cloud.identity.credentials import Credential, Keyring
from cloud.identity.need import Where
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import Principal
from cloud.logs.metric_filters import MetricFilters
from cloud.metrics import Metrics
from cloud.s3 import expiry
from cloud.s3.buckets import Buckets
from cloud.s3.delivery import Delivery
from cloud.wire import Request, Response


class Account:
    """Everything that the front needs to answer. ``folder`` is the cloud's own, removed when it stops."""

    def __init__(self, folder: Path, region: str, open_door: Callable[[], int], isolation: str = "") -> None:
        self.id, self.region = moto_side.ACCOUNT_ID, region
        self.clock = Clock()
        self.keyring = Keyring(self.id)
        self.authenticator = Authenticator(self.keyring, self.clock, region)
        self.authorizer = Authorizer()
        self.buckets = Buckets()
        self.doors = Doors(open_door)
        self.endpoint_url = ""  # known once the server listens
        self.metrics = Metrics(region)
        self.metric_filters = MetricFilters(region, self.metrics)
        self.logs = LogWriter(self.authorizer, self.id, self.metric_filters.apply)
        self.fleet = Fleet(
            folder, lambda: self.endpoint_url, self._begin_role_session, self.keyring.end_session, isolation
        )
        self.alarms = Alarms(region)
        self.functions = LambdaService(region, self.id, self.fleet, self.logs, self.metrics)
        self.asynchronous = AsynchronousInvoker(
            self.functions, self.clock, self.authorizer, partial(deposit, self)
        )
        self.mappings = Mappings()
        self.streams = Streams(self)
        self.poller = Poller(self.mappings, {"sqs": Queues(self), "dynamodb": self.streams})
        self.delivery = Delivery(self.functions, self.asynchronous, self.authorizer, self.buckets, self.id)
        self.event_bridge = EventBridge(self.functions, self.asynchronous, self.authorizer, self.id)
        self.deployments = Deployments()
        self.gateway = Gateway(
            self.functions, self.authenticator, self.authorizer, self.deployments, self.logs, self.metrics
        )
        moto_side.route_invocations_to(self._invoke_for_moto)
        moto_side.deliver_events_with(self.event_bridge.deliver)
        self.housekeeper = Housekeeper(
            self.fleet.sweep,
            self.metrics.sweep,
            self.alarms.evaluate,
            lambda: expire_items(region),
            lambda: expiry.sweep(self),
            self.streams.sweep,
        )

    def context(self, call: Call) -> Values:
        """The condition keys that every service sends."""
        return global_context(call.caller, call.request, self.region)

    def permit(self, call: Call) -> None:
        """Let a call pass, or raise AwsError as its service refuses. S3 has its own rules: ``s3.access``."""
        for need in actions.needs(call, Where(self.region, self.id)):
            ask = Ask(call.caller, need.action, need.resources, self.context(call) | need.context)
            decision = self.authorizer.decide(ask, self._resource_policies(call))
            if not decision.allowed:
                code = "AccessDenied" if call.protocol == "query" else "AccessDeniedException"
                raise AwsError(code, engine.denial(ask, decision), 403)

    def _resource_policies(self, call: Call) -> list[Policy]:
        """The policy of the resource itself, where the embedded cloud knows one: functions."""
        if call.service != "lambda" or "FunctionName" not in call.path_parameters:
            return []
        function = self.functions.find(call.path_parameters["FunctionName"])
        return [function.policy] if function else []

    def http_api(self, api_id: str) -> Any | None:
        """Moto's HTTP API of that id, or None."""
        return moto_side.http_apis(self.region).get(api_id)

    def forward(self, call: Call) -> Response:
        """Let moto answer a call."""
        return self.forward_request(call.request, call.service)

    def forward_request(self, request: Request, service: str) -> Response:
        """Let moto answer a request. Raises AwsError where moto stumbles over the input."""
        try:
            response = moto_side.forward(request, service, self.region, self.keyring.owner.access_key_id)
        except Exception as error:  # whatever moto trips over, AWS would have refused
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"cloud: moto stumbled at {place.name}, line {place.lineno}: {error!r}", file=sys.stderr)
            raise inputs.stumbled(service, error) from error
        return inputs.worded(response, service)

    def _invoke_for_moto(self, function_arn: str, event: str) -> tuple[str, bool]:
        """Run a function for an event of moto's own: a log subscription's, for one."""
        function = self.functions.find(function_arn)
        if function is None:
            return "", True
        outcome = self.functions.run(function, Invocation(event.encode()))
        return outcome.payload.decode("utf-8", "replace"), bool(outcome.error)

    def stop(self) -> None:
        self.housekeeper.stop()
        self.asynchronous.stop()
        self.poller.stop()
        self.fleet.stop()
        self.logs.stop()

    def _begin_role_session(self, role_arn: str, session: str, seconds: float) -> Credential:
        name = role_arn.rsplit("/", 1)[-1]
        role = moto_side.iam_role(name)
        role_id = role.id if role else "AROA"
        arn = f"arn:aws:sts::{self.id}:assumed-role/{name}/{session}"
        tags = moto_side.iam_tags(role) if role else {}
        principal = Principal(
            "session", arn, self.id, f"{role_id}:{session}", name, session, tags,
            function_arn=self.functions.arn(session),
        )  # fmt: skip
        return self.keyring.begin_session(principal, seconds)


class Doors:
    """Which port leads to which API or website. A name keeps its port for as long as the cloud runs."""

    def __init__(self, open_door: Callable[[], int]) -> None:
        self._open_door = open_door
        self._ports: dict[tuple[str, str], int] = {}
        self._places: dict[int, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def url(self, kind: str, name: str) -> str:
        """The address of an API or a website, on an origin of its own."""
        with self._lock:
            if (kind, name) not in self._ports:
                port = self._ports[kind, name] = self._open_door()
                self._places[port] = kind, name
            return f"http://127.0.0.1:{self._ports[kind, name]}"

    def place(self, port: int) -> tuple[str, str] | None:
        """What a port leads to, or None for the main port."""
        return self._places.get(port)
