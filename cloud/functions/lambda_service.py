"""Lambda at work, whoever asks: the function's record, an environment from the fleet, its logs behind it."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cloud import moto_side
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import Fleet, ThrottledError
from cloud.functions.kept import EventInvokeConfig, Kept, KeptSettings, KeptVersion
from cloud.functions.log_writer import Batch, LogWriter
from cloud.functions.names import LATEST, Reference, parse
from cloud.functions.routing import choose, weights_of
from cloud.functions.settings import FunctionSettings
from cloud.identity.policy import Policy
from cloud.identity.principals import Principal
from cloud.metrics import Metrics


@dataclass(frozen=True)
class Function:
    """A function as it is at this moment: what runs, moto's record of it, and what we keep beside that."""

    settings: FunctionSettings
    record: Any  # of the version
    latest: Any  # moto's record of the function itself
    kept: Kept
    kept_version: KeptVersion
    qualifier: str

    @property
    def event_config(self) -> EventInvokeConfig:
        """How asynchronous events of this function are handled."""
        return self.kept.event_config(self.qualifier)

    @property
    def role(self) -> Principal:
        """The function as its execution role: who it is when it sends, writes or calls."""
        return session_of(self.settings.role, self.settings.account, self.settings.name)

    @property
    def reserved_concurrency(self) -> int | None:
        reserved = self.latest.reserved_concurrency
        return None if reserved is None else int(reserved)

    @property
    def policy(self) -> Policy:
        """The resource policies of the function, its versions and aliases: who may invoke."""
        document = {"Version": "2012-10-17", "Statement": self.latest.policy.statements}
        return Policy(document, "resource", "function policy")


def session_of(role_arn: str, account: str, session: str) -> Principal:
    """The session that a function has of its role."""
    name = role_arn.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return Principal("session", arn, account, f"AROA:{session}", name, session)


class LambdaService:
    """Finds functions and runs them."""

    def __init__(
        self,
        region: str,
        account: str,
        fleet: Fleet,
        logs: LogWriter,
        metrics: Metrics,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """``draw`` gives random numbers from 0 up to, and without, 1: by them an alias divides traffic."""
        self.region, self.account, self._draw = region, account, draw
        self.fleet, self.logs, self.metrics = fleet, logs, metrics
        self.kept = KeptSettings()
        self._changes: Counter[str] = Counter()  # of code and configuration, by name
        self._revisions: Counter[tuple[str, str]] = Counter()  # of anything, by name and qualifier

    def find(self, reference: str, qualifier: str | None = None) -> Function | None:
        """The function that a name, partial or full ARN means, or None."""
        named = parse(reference)
        if named is None or named.account not in (None, self.account):
            return None
        if named.region not in (None, self.region):
            return None
        name, qualifier = named.name, named.qualifier or qualifier
        record = latest = moto_side.lambda_function(name, None, self.region)
        if qualifier is not None:
            record = moto_side.lambda_function(name, qualifier, self.region)
        if record is None:
            return None
        kept = self.kept.of(name)
        version = kept.version(str(record.version))
        settings = self._settings(record, qualifier, version)
        return Function(settings, record, latest, kept, version, qualifier or LATEST)

    def arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def role(self, role_arn: str, name: str) -> Principal:
        """Who a function is while it runs under a role."""
        return session_of(role_arn, self.account, name)

    def revision_id(self, name: str, qualifier: str | None = None) -> str:
        """The revision of a function, a version or an alias: another one after every change."""
        key = name, qualifier or LATEST
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.arn(name)}:{key[1]}:{self._revisions[key]}"))

    def revise(self, reference: Reference) -> None:
        """Something of a function, a version or an alias has changed."""
        self._revisions[reference.name, reference.qualifier or LATEST] += 1

    def replace_environments(self, name: str) -> None:
        """A function's code or configuration has changed: what is warm runs the old one no more."""
        self._changes[name] += 1
        self.revise(Reference(name))
        self.fleet.retire(self.arn(name))

    def run(self, function: Function, invocation: Invocation) -> Outcome:
        """Run a function once, in the version that its alias leads to this time. Raises ThrottledError."""
        function = self._routed(function)
        settings = function.settings
        at_once = self.fleet.busy(settings.arn) + 1
        try:
            outcome = self.fleet.invoke(
                settings, function.record.code_bytes, invocation, function.reserved_concurrency
            )
        except ThrottledError:
            self.metrics.of_throttle(settings.name)
            raise
        self.metrics.of_function(
            settings.name, failed=bool(outcome.error), duration_ms=outcome.duration_ms, at_once=at_once
        )
        self.logs.write(Batch(outcome.role, self.region, settings.log_group, outcome.stream, outcome.events))
        return outcome

    def _routed(self, function: Function) -> Function:
        """The version that gets an invocation of an alias with weights."""
        name = function.settings.name
        alias = moto_side.lambda_aliases(name, self.region).get(function.qualifier)
        weights = weights_of(alias) if alias is not None else {}
        if alias is None or not weights:
            return function
        chosen = self.find(name, choose(alias.function_version, weights, self._draw()))
        return replace(chosen, qualifier=function.qualifier) if chosen else function

    def _settings(self, record: Any, qualifier: str | None, kept: KeptVersion) -> FunctionSettings:
        number = str(record.version)
        latest = number == LATEST or qualifier in (None, LATEST)
        base = self.arn(record.function_name)
        return FunctionSettings(
            name=record.function_name,
            arn=base if latest else f"{base}:{number}",
            version=LATEST if latest else number,
            runtime=record.run_time or "",
            handler=record.handler or "",
            role=record.role,
            timeout=int(record.timeout),
            memory=int(record.memory_size),
            code_sha256=record.code_sha_256,
            revision=str(self._changes[record.function_name]),
            environment=dict(record.environment_vars or {}),
            log_group=kept.log_group or f"/aws/lambda/{record.function_name}",
            log_format=kept.log_format,
            application_log_level=kept.application_log_level if kept.log_format == "JSON" else "",
            system_log_level=kept.system_log_level,
            ephemeral_storage=int(record.ephemeral_storage),
        )
