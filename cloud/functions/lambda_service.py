"""Lambda at work, whoever asks: the function's record, an environment from the fleet, its logs behind it."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from cloud import moto_side
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import Fleet, ThrottledError
from cloud.functions.kept import LATEST, EventInvokeConfig, Kept, KeptSettings
from cloud.functions.log_writer import Batch, LogWriter
from cloud.functions.settings import FunctionSettings
from cloud.identity.policy import Policy
from cloud.identity.principals import Principal
from cloud.metrics import Metrics

REFERENCE = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>[A-Za-z0-9_$-]+))?"
)


@dataclass(frozen=True)
class Function:
    """A function as it is at this moment: what runs, moto's record of it, and what we keep beside that."""

    settings: FunctionSettings
    record: Any
    kept: Kept
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
        reserved = self.record.reserved_concurrency
        return None if reserved is None else int(reserved)

    @property
    def policy(self) -> Policy:
        """The resource policy: who may invoke."""
        statements = [
            statement | {"Principal": {"AWS": named}}  # moto keeps the ARN of a role or user bare
            if isinstance(named := statement.get("Principal"), str) and named != "*"
            else statement
            for statement in self.record.policy.statements
        ]
        document = {"Version": "2012-10-17", "Statement": statements}
        return Policy(document, "resource", "function policy")


def session_of(role_arn: str, account: str, session: str) -> Principal:
    """The session that a function has of its role."""
    name = role_arn.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return Principal("session", arn, account, f"AROA:{session}", name, session)


class LambdaService:
    """Finds functions and runs them."""

    def __init__(self, region: str, account: str, fleet: Fleet, logs: LogWriter, metrics: Metrics) -> None:
        self.region, self.account = region, account
        self.fleet, self.logs, self.metrics = fleet, logs, metrics
        self.kept = KeptSettings()
        self._revisions: Counter[str] = Counter()

    def find(self, reference: str, qualifier: str | None = None) -> Function | None:
        """The function that a name, partial or full ARN means, or None."""
        match = REFERENCE.fullmatch(reference)
        if match is None or match["account"] not in (None, self.account):
            return None
        if match["region"] not in (None, self.region):
            return None
        name, qualifier = match["name"], match["qualifier"] or qualifier
        record = moto_side.lambda_function(name, qualifier, self.region)
        if record is None:
            return None
        kept = self.kept.of(name)
        return Function(self._settings(record, qualifier, kept), record, kept, qualifier or LATEST)

    def arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def role(self, role_arn: str, name: str) -> Principal:
        """Who a function is while it runs under a role."""
        return session_of(role_arn, self.account, name)

    def revision_id(self, name: str) -> str:
        """A function's revision: another one after every change."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.arn(name)}:{self._revisions[name]}"))

    def replace_environments(self, name: str) -> None:
        """A function's code or configuration has changed: what is warm runs the old one no more."""
        self._revisions[name] += 1
        self.fleet.retire(self.arn(name))

    def run(self, function: Function, invocation: Invocation) -> Outcome:
        """Run a function once. Raises ThrottledError."""
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

    def _settings(self, record: Any, qualifier: str | None, kept: Kept) -> FunctionSettings:
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
            revision=str(self._revisions[record.function_name]),
            environment=dict(record.environment_vars or {}),
            log_group=kept.log_group or f"/aws/lambda/{record.function_name}",
            log_format=kept.log_format,
            ephemeral_storage=int(record.ephemeral_storage),
        )
