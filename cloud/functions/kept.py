"""What our side keeps of each function beside moto: settings that moto drops, or stores in another way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

RETRIES, AGE_SECONDS = 2, 21_600  # what Lambda does where nothing is configured


@dataclass
class EventInvokeConfig:
    """How asynchronous events of a function, or of one qualifier of it, are handled. Ages are in seconds."""

    retries: int | None = None
    age: int | None = None
    destinations: dict[str, Any] = field(default_factory=dict)
    modified: float = field(default_factory=time.time)

    @property
    def on_failure(self) -> str | None:
        return (self.destinations.get("OnFailure") or {}).get("Destination")

    @property
    def on_success(self) -> str | None:
        return (self.destinations.get("OnSuccess") or {}).get("Destination")

    def described(self, function_arn: str) -> dict[str, Any]:
        """As GetFunctionEventInvokeConfig answers it. Members that were not configured are absent."""
        found: dict[str, Any] = {"LastModified": self.modified, "FunctionArn": function_arn}
        if self.retries is not None:
            found["MaximumRetryAttempts"] = self.retries
        if self.age is not None:
            found["MaximumEventAgeInSeconds"] = self.age
        empty: dict[str, Any] = {"OnSuccess": {}, "OnFailure": {}}
        return found | {"DestinationConfig": empty | self.destinations}


@dataclass(frozen=True)
class KeptVersion:
    """Settings that each version has of its own: a published one keeps them as they were."""

    dead_letter_arn: str = ""
    log_group: str = ""
    log_format: str = "Text"
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"
    snap_start: str = "None"


@dataclass
class Kept:
    """Settings of one function."""

    latest: KeptVersion = field(default_factory=KeptVersion)
    published: dict[str, KeptVersion] = field(default_factory=dict)  # by number
    highest: int = 0  # number of a version that there has been
    recursive_loop: str = "Terminate"
    event_invoke: dict[str, EventInvokeConfig] = field(default_factory=dict)  # by qualifier

    def version(self, number: str) -> KeptVersion:
        return self.published.get(number, self.latest)

    def event_config(self, qualifier: str) -> EventInvokeConfig:
        return self.event_invoke.get(qualifier) or EventInvokeConfig()


class KeptSettings:
    """The kept settings of every function, by name."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def of(self, name: str) -> Kept:
        return self._kept.setdefault(name, Kept())

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)
