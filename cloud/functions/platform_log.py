"""What Lambda itself says in a function's log: lines of text, or objects of JSON if the function wants them.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html has the objects, and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html the level of each.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, Literal

from cloud.functions.machine import runtime_version, runtime_version_arn
from cloud.functions.settings import FunctionSettings

Event = tuple[int, str]  # milliseconds since 1970, text
Phase = Literal["init", "invoke"]
Status = Literal["success", "error", "timeout"]
LEVELS = ("DEBUG", "INFO", "WARN")


class PlatformLog:
    """The log of one invocation. ``events`` has Lambda's own events, and those of the function in between."""

    def __init__(self, settings: FunctionSettings, stream: str) -> None:
        self._settings, self._stream = settings, stream
        self._is_json = settings.log_format == "JSON"
        self.events: list[Event] = []

    def init_start(self) -> None:
        """The function's code is about to be loaded."""
        settings = self._settings
        version = runtime_version(settings.runtime)
        arn = runtime_version_arn(settings.runtime, settings.region)
        self._text(f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}")
        day, _, rest = self._stream.partition("[")
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": settings.name,
            "functionVersion": settings.version,
            "instanceId": f"{day[: len('2026/11/26/')]}{settings.name}[{rest}",
            "instanceMaxMemory": settings.memory * 1024 * 1024,
        }
        self._object("initStart", record, "INFO")

    def init_report(self, milliseconds: float, phase: Phase, status: Status, error_type: str = "") -> None:
        """How loading went. In text it is only told of what failed."""
        if status != "success":
            ending = f"Status: {status}" + (f"\tError Type: {error_type}" if error_type else "")
            self._text(f"INIT_REPORT Init Duration: {milliseconds:.2f} ms\tPhase: {phase}\t{ending}")
        record: dict[str, Any] = {
            "initializationType": "on-demand",
            "status": status,
            "phase": phase,
            "metrics": {"durationMs": round(milliseconds, 3)},
        } | ({"errorType": error_type} if error_type else {})
        self._object("initReport", record, "DEBUG" if status == "success" else "WARN")

    def start(self, request_id: str, function_arn: str) -> None:
        """An invocation begins."""
        version = self._settings.version
        self._text(f"START RequestId: {request_id} Version: {version}")
        self._object(
            "start", {"requestId": request_id, "functionArn": function_arn, "version": version}, "INFO"
        )

    def error(self, text: str) -> None:
        """The process has ended by itself. In JSON the report says so."""
        self._text(text)

    def report(
        self,
        request_id: str,
        *,
        duration: float,
        billed: int,
        used: int,
        init: float | None,
        status: Status,
        error_type: str = "",
        failed: bool = False,
    ) -> None:
        """An invocation is over. Times are in milliseconds, memory in MB.

        ``failed`` tells of an error that the function's own code raised: text does not speak of that.
        """
        self._text(f"END RequestId: {request_id}")
        memory = self._settings.memory
        line = (
            f"REPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\tBilled Duration: {billed} ms\t"
            f"Memory Size: {memory} MB\tMax Memory Used: {used} MB\t"
        )
        line += f"Init Duration: {init:.2f} ms\t" if init is not None else ""
        line += f"Status: {status}" if status != "success" else ""
        self._text(f"{line}\tError Type: {error_type}" if error_type else line)
        metrics = {
            "durationMs": round(duration, 3),
            "billedDurationMs": billed,
            "memorySizeMB": memory,
            "maxMemoryUsedMB": used,
        } | ({"initDurationMs": round(init, 3)} if init is not None else {})
        told = "error" if failed and status == "success" else status
        record: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": told}
        self._object(
            "report",
            record | ({"errorType": error_type} if error_type else {}),
            "INFO" if told == "success" else "WARN",
        )

    def _text(self, line: str) -> None:
        if not self._is_json:
            self.events.append((int(time.time() * 1000), f"{line}\n"))

    def _object(self, kind: str, record: dict[str, Any], level: str) -> None:
        if self._is_json and LEVELS.index(level) >= LEVELS.index(self._settings.system_log_level):
            now = time.time()
            when = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            event = {"time": when, "type": f"platform.{kind}", "record": record}
            self.events.append((int(now * 1000), f"{json.dumps(event, separators=(',', ':'))}\n"))
