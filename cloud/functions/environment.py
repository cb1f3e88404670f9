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
from cloud.functions.machine import Machine
from cloud.functions.platform_log import Event, Phase, PlatformLog, Status
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


@dataclass(frozen=True)
class Ending:
    """How an invocation, or the start before it, ended: with an answer, or a reason why there is none."""

    payload: bytes = b""
    status: Status = "success"
    error_type: str = ""
    reason: str = ""
    failed: bool = False  # the function's own code raised an error


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
        machine.give(folder / "tmp")
        # Where functions share a group, their streams have their names.
        name = "" if settings.log_group in ("", f"/aws/lambda/{settings.name}") else settings.name
        self.stream = f"{time.strftime('%Y/%m/%d')}/{name}[{settings.version}]{uuid.uuid4().hex}"
        self.last_used = time.monotonic()
        self._process: FunctionProcess | None = None
        self._api: RuntimeApi | None = None
        self._is_begun = False
        self._peak = self._looked = 0.0

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the function on one event, starting its process if there is none.

        What fails to start in the first phase, which Lambda gives ten seconds, starts once more within the
        invocation, at its own expense; so does what ended in the invocation before. Of such a start the log
        tells only when it fails as well.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        log = PlatformLog(self.settings, self.stream)
        if self._process is not None and not self._is_ready():
            self._stop()  # it ended by itself after the last invocation
        init_ms: float | None = None
        if not self._is_begun:
            self._is_begun = True
            log.init_start()
            begun = time.monotonic()
            if self._begin(begun + INIT_SECONDS, log, "init") is None:
                init_ms = (time.monotonic() - begun) * 1000
        begun = time.monotonic()
        deadline = begun + self.settings.timeout
        failure = self._begin(deadline, log, "invoke") if self._process is None else None
        log.start(invocation.request_id, invocation.invoked_arn or self.settings.arn)
        if failure is None:
            failure = self._run(invocation, deadline, log)
        return self._finish(invocation, log, failure, (time.monotonic() - begun) * 1000, init_ms)

    def close(self) -> None:
        """End the process, and remove what the environment kept."""
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, deadline: float, log: PlatformLog, phase: Phase) -> Ending | None:
        """Start the process: None when it is ready for an event, else why it is not."""
        begun = time.monotonic()
        try:
            message = self._start(deadline)
            ending = Ending(message.body, "error", message.error_type) if message.kind != "next" else None
        except (DeadlineError, ProcessEndedError, OutOfMemoryError) as error:
            ending = self._ended(error)
        self._take_events(log.events, final=ending is not None)
        milliseconds = (time.monotonic() - begun) * 1000
        if ending is None:
            log.init_report(milliseconds, phase, "success")
        else:
            self._stop()
            log.init_report(milliseconds, phase, ending.status, ending.error_type)
        return ending

    def _run(self, invocation: Invocation, deadline: float, log: PlatformLog) -> Ending:
        """Hand the event over, and wait for what comes of it."""
        assert self._api is not None
        self._looked = time.monotonic()  # the memory was looked at when the invocation before ended
        try:
            self._api.send_event(invocation.payload, self._headers(invocation, deadline - time.monotonic()))
            message = self._wait(deadline)
        except (DeadlineError, ProcessEndedError, OutOfMemoryError) as error:
            self._take_events(log.events, final=True)
            ending = self._ended(error)
            self._stop()
            return ending
        self._take_events(log.events, final=True)
        if message.kind == "error":
            return Ending(message.body, failed=True)
        if len(message.body) > LARGEST_RESPONSE:
            return Ending(_error("Function.ResponseSizeTooLarge", TOO_LARGE), failed=True)
        return Ending(message.body)

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
        self._process = FunctionProcess(
            command,
            variables,
            nested=self._machine.isolation == "namespaces",
            user=self._machine.user,
        )
        self._api.attend(self._process.pipe, self._process.pid)
        return self._wait(deadline)

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

    def _ended(self, error: Exception) -> Ending:
        """How a process ended that did not answer."""
        if isinstance(error, DeadlineError):
            return Ending(
                status="timeout", reason=f"Task timed out after {self.settings.timeout:.2f} seconds"
            )
        assert self._process is not None
        if isinstance(error, OutOfMemoryError):
            self._peak = float(self.settings.memory)
            return Ending(
                status="error",
                error_type="Runtime.OutOfMemory",
                reason="Runtime exited with error: signal: killed",
            )
        status = self._process.exit_status()
        if status is None:
            reason = "Runtime exited with error: signal: killed"
        elif status < 0:
            reason = f"Runtime exited with error: signal: {SIGNALS.get(-status, f'signal {-status}')}"
        elif status:
            reason = f"Runtime exited with error: exit status {status}"
        else:
            reason = "Runtime exited without providing a reason"
        return Ending(status="error", error_type="Runtime.ExitError", reason=reason)

    def _finish(
        self, invocation: Invocation, log: PlatformLog, ending: Ending, duration: float, init_ms: float | None
    ) -> Outcome:
        """Write the last lines, as Lambda does, and say how it went."""
        payload, failed = ending.payload, ending.failed or ending.status != "success"
        if ending.reason:
            text = f"RequestId: {invocation.request_id} Error: {ending.reason}"
            payload = _error("Sandbox.Timedout" if ending.status == "timeout" else "Runtime.ExitError", text)
            if ending.status == "error":
                log.error(text)
        if ending.status == "timeout":
            duration = self.settings.timeout * 1000.0
        self._note_peak()
        log.report(
            invocation.request_id,
            duration=duration,
            billed=math.ceil(duration + (init_ms or 0.0)),
            used=min(max(1, round(self._peak)), self.settings.memory),
            init=init_ms,
            status=ending.status,
            error_type=ending.error_type,
            failed=failed,
        )
        self.last_used = time.monotonic()
        error: Literal["", "Unhandled"] = "Unhandled" if failed else ""
        role, version = self.credential.principal, self.settings.version
        return Outcome(payload, error, tuple(log.events), self.stream, role, duration, version)

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


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}, separators=(",", ":")).encode()
