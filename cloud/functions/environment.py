"""An execution environment: a process that runs one function, one invocation at a time, again and again."""

from __future__ import annotations

import json
import math
import shutil
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cloud import ids
from cloud.functions.machine import Machine, runtime_version, runtime_version_arn
from cloud.functions.process import FunctionProcess
from cloud.functions.runtime_api import DeadlineError, Message, ProcessEndedError, RuntimeApi
from cloud.functions.settings import FunctionSettings
from cloud.identity.credentials import Credential
from cloud.identity.principals import ANONYMOUS, Principal

READY_SECONDS = 10  # for a process that has answered to ask for the next event, on a machine with much to do
LOOK_SECONDS = 0.05  # between two looks at the memory of a running function
INIT_SECONDS = 10  # what Lambda gives a function to start; after that the invocation's own time runs
# How Lambda's own program, written in Go, names the signals that end a process.
SIGNALS = {4: "illegal instruction", 6: "aborted", 7: "bus error", 8: "floating point exception", 9: "killed",
           11: "segmentation fault", 15: "terminated"}  # fmt: skip
LARGEST_RESPONSE = 6_291_556  # bytes
Event = tuple[int, str]  # milliseconds since 1970, text


@dataclass(frozen=True)
class Invocation:
    """One event for a function, and where it came from."""

    payload: bytes
    request_id: str = field(default_factory=ids.request_id)
    trace: str = ""
    client_context: str = ""
    invoked_arn: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended. ``error`` is what X-Amz-Function-Error says, empty when all went well."""

    payload: bytes
    error: Literal["", "Unhandled"] = ""
    events: tuple[Event, ...] = ()
    stream: str = ""
    role: Principal = ANONYMOUS
    duration_ms: float = 0.0
    version: str = ""


class OutOfMemoryError(Exception):
    """The function uses more memory than it has."""


class Environment:
    """One execution environment. After a time-out or an exit the process is new, and /tmp stays."""

    def __init__(
        self,
        settings: FunctionSettings,
        code: Path,
        folder: Path,
        machine: Machine,
        credential: Credential,
        endpoint: str,
    ) -> None:
        self.settings, self.credential = settings, credential
        self._code, self._folder, self._machine, self._endpoint = code, folder, machine, endpoint
        for name in ("tmp", "root"):
            (folder / name).mkdir(parents=True)
        self.stream = f"{time.strftime('%Y/%m/%d')}/[{settings.version}]{uuid.uuid4().hex}"
        self.last_used = time.monotonic()
        self._process: FunctionProcess | None = None
        self._api: RuntimeApi | None = None
        self._peak = self._looked = 0.0

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the function on one event, starting its process if there is none."""
        events: list[Event] = []
        init_ms: float | None = None
        limit = float(self.settings.timeout)
        if self._process is not None and not self._is_ready():
            self._stop()  # it ended by itself after the last invocation
        begun = time.monotonic()
        try:
            if self._process is None:
                message, init_ms, limit = self._initialize(events)
                self._take_events(events)
            else:
                message = Message("next")
        except DeadlineError:
            self._take_events(events, final=True)
            return self._timed_out(invocation, events, None)
        except (ProcessEndedError, OutOfMemoryError) as ended:
            self._take_events(events, final=True)
            init_ms = (time.monotonic() - begun) * 1000
            return self._ended(invocation, events, ended, init_ms, 0.0)
        if message.kind == "init-error":
            return self._init_failed(invocation, message, events, init_ms)
        return self._run(invocation, events, init_ms, limit)

    def close(self) -> None:
        """End the process, and remove what the environment kept."""
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(
        self, invocation: Invocation, events: list[Event], init_ms: float | None, limit: float
    ) -> Outcome:
        events.append(_now(f"START RequestId: {invocation.request_id} Version: {self.settings.version}\n"))
        begun = time.monotonic()
        assert self._api is not None
        try:
            self._api.send_event(invocation.payload, self._headers(invocation, limit))
            message = self._wait(begun + limit)
        except DeadlineError:
            self._take_events(events, final=True)
            return self._timed_out(invocation, events, init_ms)
        except (ProcessEndedError, OutOfMemoryError) as ended:
            duration = (time.monotonic() - begun) * 1000
            self._take_events(events, final=True)
            return self._ended(invocation, events, ended, init_ms, duration)
        duration = (time.monotonic() - begun) * 1000
        self._take_events(events, final=True)
        payload, failed = message.body, message.kind == "error"
        if not failed and len(payload) > LARGEST_RESPONSE:
            payload, failed = _error("Function.ResponseSizeTooLarge", TOO_LARGE), True
        return self._finish(invocation, events, payload, failed=failed, duration=duration, init_ms=init_ms)

    def _start(self, deadline: float) -> Message:
        self._api = RuntimeApi()
        command = self._machine.command(
            self.settings.runtime,
            self._code,
            self._folder / "tmp",
            self._folder / "root",
            self.settings.ephemeral_storage,
        )
        variables = self.settings.documented_environment(self.stream, self._api.address)
        variables |= {
            "AWS_ACCESS_KEY_ID": self.credential.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credential.secret_access_key,
            "AWS_SESSION_TOKEN": self.credential.token or "",
            "AWS_ENDPOINT_URL": self._endpoint,
        }
        self._process = FunctionProcess(command, variables, nested=self._machine.isolation == "namespaces")
        self._api.attend(self._process.pipe, self._process.pid)
        return self._wait(deadline)

    def _initialize(self, events: list[Event]) -> tuple[Message, float | None, float]:
        """Start the process: what it says, how long that took, and the time that is left for the invocation.

        A function that takes too long to start starts once more, at the invocation's own expense.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        version = runtime_version(self.settings.runtime)
        arn = runtime_version_arn(self.settings.runtime, self.settings.region)
        events.append(_now(f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"))
        limit, begun = float(self.settings.timeout), time.monotonic()
        try:
            message = self._start(begun + INIT_SECONDS)
            return message, (time.monotonic() - begun) * 1000, limit
        except DeadlineError:
            self._take_events(events, final=True)
            self._stop()
        spent = f"Init Duration: {INIT_SECONDS * 1000:.2f} ms"
        events.append(_now(f"INIT_REPORT {spent}\tPhase: init\tStatus: timeout\n"))
        begun = time.monotonic()
        message = self._start(begun + limit)
        return message, None, limit - (time.monotonic() - begun)

    def _is_ready(self) -> bool:
        """Whether the process, done with the last invocation, has asked for the next."""
        try:
            return self._wait(time.monotonic() + READY_SECONDS).kind == "next"
        except (DeadlineError, ProcessEndedError, OutOfMemoryError):
            return False

    def _wait(self, deadline: float) -> Message:
        assert self._api is not None
        return self._api.wait(deadline, self._look_at_memory)

    def _look_at_memory(self) -> None:
        now = time.monotonic()
        if self._process and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            if self._process.memory() > self.settings.memory:
                raise OutOfMemoryError

    def _take_events(self, events: list[Event], *, final: bool = False) -> None:
        if self._api is not None:
            self._api.drain()
            if final:
                self._api.rest()
            events += self._api.events
            self._api.events = []

    def _headers(self, invocation: Invocation, limit: float) -> dict[str, str]:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + limit) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_arn or self.settings.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace,
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        return headers

    def _init_failed(
        self, invocation: Invocation, message: Message, events: list[Event], init_ms: float | None
    ) -> Outcome:
        self._take_events(events, final=True)
        self._stop()
        events.append(_now(f"START RequestId: {invocation.request_id} Version: {self.settings.version}\n"))
        return self._finish(invocation, events, message.body, failed=True, duration=0.0, init_ms=init_ms)

    def _timed_out(self, invocation: Invocation, events: list[Event], init_ms: float | None) -> Outcome:
        self._stop()
        text = f"Task timed out after {self.settings.timeout:.2f} seconds"
        payload = _error("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: {text}")
        return self._finish(
            invocation,
            events,
            payload,
            failed=True,
            duration=self.settings.timeout * 1000.0,
            init_ms=init_ms,
            status="timeout",
        )

    def _ended(
        self,
        invocation: Invocation,
        events: list[Event],
        ended: Exception,
        init_ms: float | None,
        duration: float,
    ) -> Outcome:
        assert self._process is not None
        status = None if isinstance(ended, OutOfMemoryError) else self._process.exit_status()
        if isinstance(ended, OutOfMemoryError) or status is None:
            reason = "Runtime exited with error: signal: killed"
        elif status < 0:
            reason = f"Runtime exited with error: signal: {SIGNALS.get(-status, f'signal {-status}')}"
        elif status:
            reason = f"Runtime exited with error: exit status {status}"
        else:
            reason = "Runtime exited without providing a reason"
        if isinstance(ended, OutOfMemoryError):
            self._peak = float(self.settings.memory)
        self._stop()
        text = f"RequestId: {invocation.request_id} Error: {reason}"
        events.append(_now(f"{text}\n"))
        payload = _error("Runtime.ExitError", text)
        kind = "OutOfMemory" if isinstance(ended, OutOfMemoryError) else "ExitError"
        return self._finish(
            invocation,
            events,
            payload,
            failed=True,
            duration=duration,
            init_ms=init_ms,
            status=f"error\tError Type: Runtime.{kind}",
        )

    def _finish(
        self,
        invocation: Invocation,
        events: list[Event],
        payload: bytes,
        *,
        failed: bool,
        duration: float,
        init_ms: float | None,
        status: str = "",
    ) -> Outcome:
        """Write the last lines, as Lambda does, and say how it went."""
        self._note_peak()
        used = min(max(1, round(self._peak)), self.settings.memory)
        billed = math.ceil(duration + (init_ms or 0.0))
        report = (
            f"REPORT RequestId: {invocation.request_id}\tDuration: {duration:.2f} ms\t"
            f"Billed Duration: {billed} ms\t"
            f"Memory Size: {self.settings.memory} MB\tMax Memory Used: {used} MB\t"
        )
        report += f"Init Duration: {init_ms:.2f} ms\t" if init_ms is not None else ""
        report += f"Status: {status}" if status else ""
        events.append(_now(f"END RequestId: {invocation.request_id}\n"))
        events.append(_now(f"{report}\n"))
        self.last_used = time.monotonic()
        role = self.credential.principal
        error: Literal["", "Unhandled"] = "Unhandled" if failed else ""
        version = self.settings.version
        return Outcome(payload, error, tuple(events), self.stream, role, duration, version)

    def _note_peak(self) -> None:
        if self._process is not None:
            self._process.memory()
            self._peak = max(self._peak, self._process.peak_memory)

    def _stop(self) -> None:
        self._note_peak()
        if self._process is not None:
            self._process.end()
        if self._api is not None:
            self._api.close()
        self._process = self._api = None


TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."


def _now(text: str) -> Event:
    return int(time.time() * 1000), text


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}, separators=(",", ":")).encode()
