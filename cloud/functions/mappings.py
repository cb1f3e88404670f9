"""Event source mappings: which queue or stream Lambda reads for which function, and how.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal["sqs", "dynamodb"]
STREAM: dict[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
QUEUE: dict[str, Any] = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}


def kind_of_source(arn: str) -> Kind | None:
    """Whether an ARN is of a queue or of a table's stream; None for all else.

    >>> kind_of_source("arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000")
    'dynamodb'
    """
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service == "dynamodb" and "/stream/" in arn:
        return "dynamodb"
    return "sqs" if service == "sqs" else None


@dataclass
class EventSourceMapping:
    """One mapping. ``function`` is an ARN, with a qualifier where one was asked for."""

    source: str
    function: str
    settings: dict[str, Any]  # by the names of the API; what was not said is not here
    enabled: bool = True
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    modified: float = field(default_factory=time.time)  # seconds since 1970
    tags: dict[str, str] = field(default_factory=dict)
    begins: int = 0  # the number of the first change of a stream that is read
    result: str = "No records processed"  # of a stream

    @property
    def kind(self) -> Kind:
        return kind_of_source(self.source) or "sqs"

    @property
    def all_settings(self) -> dict[str, Any]:
        """What was asked for, and where nothing was, what Lambda does."""
        return (QUEUE if self.kind == "sqs" else STREAM) | self.settings

    @property
    def batch_size(self) -> int:
        return int(self.all_settings["BatchSize"])

    @property
    def window(self) -> int:
        """How long a batch may be gathered, in seconds."""
        return int(self.all_settings["MaximumBatchingWindowInSeconds"])

    @property
    def reports_items(self) -> bool:
        """Whether the function says which records of a batch have failed."""
        return "ReportBatchItemFailures" in self.all_settings["FunctionResponseTypes"]

    @property
    def patterns(self) -> list[str]:
        """The filters, of which a record must fit one."""
        filters = (self.settings.get("FilterCriteria") or {}).get("Filters") or []
        return [one["Pattern"] for one in filters]

    def described(self, base: str, state: str = "") -> dict[str, Any]:
        """As GetEventSourceMapping answers it. ``base`` is the start of the ARNs of mappings."""
        told = {
            "UUID": self.uuid,
            "EventSourceArn": self.source,
            "EventSourceMappingArn": f"{base}:{self.uuid}",
            "FunctionArn": self.function,
            "LastModified": datetime.fromtimestamp(self.modified, UTC).replace(tzinfo=None),
            "State": state or ("Enabled" if self.enabled else "Disabled"),
            "StateTransitionReason": "USER_INITIATED" if self.kind == "sqs" else "User action",
        }
        if self.kind == "dynamodb":
            told["LastProcessingResult"] = self.result
        return self.all_settings | told


class Mappings:
    """Every event source mapping, oldest first. ``changed`` tells those who wait for one."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._mappings: dict[str, EventSourceMapping] = {}

    def get(self, name: str) -> EventSourceMapping | None:
        return self._mappings.get(name)

    def all(self) -> list[EventSourceMapping]:
        return list(self._mappings.values())

    def enabled(self) -> list[EventSourceMapping]:
        return [mapping for mapping in self.all() if mapping.enabled]

    def put(self, mapping: EventSourceMapping) -> None:
        """Add a mapping, or tell that one has changed."""
        mapping.modified = time.time()
        with self.changed:
            self._mappings[mapping.uuid] = mapping
            self.changed.notify_all()

    def remove(self, mapping: EventSourceMapping) -> None:
        with self.changed:
            self._mappings.pop(mapping.uuid, None)
