"""Lambda at work, whoever asks: the function's record, an environment from the fleet, its logs behind it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from cloud import moto_side
from cloud.functions.environment import Invocation, Outcome
from cloud.functions.fleet import Fleet
from cloud.functions.log_writer import Batch, LogWriter
from cloud.functions.settings import FunctionSettings
from cloud.identity.policy import Policy

LATEST = "$LATEST"
REFERENCE = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>[A-Za-z0-9_$-]+))?"
)


@dataclass(frozen=True)
class Function:
    """A function as it is at this moment: what runs, and moto's record of it."""

    settings: FunctionSettings
    record: Any

    @property
    def reserved_concurrency(self) -> int | None:
        reserved = self.record.reserved_concurrency
        return None if reserved is None else int(reserved)

    @property
    def policy(self) -> Policy:
        """The resource policy: who may invoke."""
        document = {"Version": "2012-10-17", "Statement": list(self.record.policy.statements)}
        return Policy(document, "resource", "function policy")


class LambdaService:
    """Finds functions and runs them."""

    def __init__(self, region: str, account: str, fleet: Fleet, logs: LogWriter) -> None:
        self.region, self.account = region, account
        self.fleet, self.logs = fleet, logs
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
        return Function(self._settings(record, qualifier), record) if record is not None else None

    def arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def replace_environments(self, name: str) -> None:
        """A function's code or configuration has changed: what is warm runs the old one no more."""
        self._revisions[name] += 1
        self.fleet.retire(self.arn(name))

    def run(self, function: Function, invocation: Invocation) -> Outcome:
        """Run a function once. Raises ThrottledError."""
        settings = function.settings
        outcome = self.fleet.invoke(
            settings, function.record.code_bytes, invocation, function.reserved_concurrency
        )
        self.logs.write(Batch(outcome.role, self.region, settings.log_group, outcome.stream, outcome.events))
        return outcome

    def _settings(self, record: Any, qualifier: str | None) -> FunctionSettings:
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
            log_group=f"/aws/lambda/{record.function_name}",
            ephemeral_storage=int(record.ephemeral_storage),
        )
