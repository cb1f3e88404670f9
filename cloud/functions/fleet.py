"""The fleet: every function's execution environments, warm ones reused, no more at once than is allowed."""

from __future__ import annotations

import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from cloud import ids
from cloud.functions.environment import Environment, Invocation, Outcome
from cloud.functions.machine import Machine
from cloud.functions.packages import Packages
from cloud.functions.settings import FunctionSettings
from cloud.identity.credentials import Credential

CONCURRENCY = 40  # of the whole account: AWS starts at 1,000, one machine has fewer processors
IDLE_SECONDS = 600  # after so long without an invocation an environment ends
LIFETIME_SECONDS = 6 * 3600  # of the role's credentials, and so of an environment


class ThrottledError(Exception):
    """No environment may be added: ``reason`` is Lambda's word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fleet:
    """Runs functions. ``session`` makes temporary credentials of a role, for a session name and a time."""

    def __init__(
        self,
        folder: Path,
        endpoint: Callable[[], str],
        begin_session: Callable[[str, str, float], Credential],
        end_session: Callable[[Credential], None],
        isolation: str = "",
    ) -> None:
        self._folder, self._endpoint = folder, endpoint
        self._begin_session, self._end_session = begin_session, end_session
        self.machine = Machine(folder, isolation)
        self.packages = Packages(folder / "code")
        self._idle: dict[str, list[Environment]] = defaultdict(list)
        self._busy: dict[str, list[Environment]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stopped = False

    def invoke(
        self, settings: FunctionSettings, package: bytes, invocation: Invocation, reserved: int | None = None
    ) -> Outcome:
        """Run a function once. ``reserved`` is its reserved concurrency.

        Raises ThrottledError when as many environments are busy as may be.
        """
        environment = self._take(settings, package, reserved)
        try:
            return environment.invoke(invocation)
        finally:
            self._give_back(environment)

    def running(self) -> int:
        """How many environments there are, warm or busy."""
        with self._lock:
            return sum(map(len, self._idle.values())) + sum(map(len, self._busy.values()))

    @property
    def at_work(self) -> int:
        """How many environments run an invocation at this moment."""
        with self._lock:
            return sum(map(len, self._busy.values()))

    def busy(self, arn: str) -> int:
        """How many environments of a function run an invocation at this moment."""
        return len(self._busy.get(arn, ()))

    def retire(self, arn: str) -> None:
        """End the warm environments of a function that is changed or gone; busy ones end when done."""
        with self._lock:
            ending = [environment for key in self._of(arn) for environment in self._idle.pop(key, [])]
        self._end(ending)

    def sweep(self) -> None:
        """End environments that nobody has used for long."""
        oldest, ending = time.monotonic() - IDLE_SECONDS, []
        with self._lock:
            for environments in self._idle.values():
                stale = [environment for environment in environments if environment.last_used < oldest]
                ending += stale
                environments[:] = [environment for environment in environments if environment not in stale]
        self._end(ending)

    def stop(self) -> None:
        """End every environment, busy ones too."""
        with self._lock:
            self._stopped = True
            everything = [e for group in (self._idle, self._busy) for some in group.values() for e in some]
            self._idle.clear()
        self._end(everything)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _at_work(self, arn: str) -> int:
        """How many invocations of a function run, in all of its versions."""
        return sum(len(some) for key, some in self._busy.items() if key == arn or key.startswith(f"{arn}:"))

    def _of(self, arn: str) -> list[str]:
        return [key for key in self._idle if key == arn or key.startswith(f"{arn}:")]

    def _take(self, settings: FunctionSettings, package: bytes, reserved: int | None) -> Environment:
        ending: list[Environment] = []
        with self._lock:
            key, busy = settings.arn, self._busy[settings.arn]
            if reserved is not None and self._at_work(settings.function_arn) >= reserved:
                raise ThrottledError("ReservedFunctionConcurrentInvocationLimitExceeded")
            if self._stopped or sum(map(len, self._busy.values())) >= CONCURRENCY:
                raise ThrottledError("ConcurrentInvocationLimitExceeded")
            found = None
            while self._idle[key] and found is None:
                environment = self._idle[key].pop()
                if self._is_current(environment, settings):
                    found = environment
                else:
                    ending.append(environment)
            if found is None:
                found = self._make(settings, package)
            busy.append(found)
        self._end(ending)
        return found

    def _is_current(self, environment: Environment, settings: FunctionSettings) -> bool:
        expires = environment.credential.expires or 0.0
        return environment.settings == settings and expires > time.time() + settings.timeout

    def _make(self, settings: FunctionSettings, package: bytes) -> Environment:
        code = self.packages.unpack(settings.code_sha256, package)
        credential = self._begin_session(settings.role, settings.name, LIFETIME_SECONDS)
        folder = self._folder / "environments" / ids.request_id()
        return Environment(settings, code, folder, self.machine, credential, self._endpoint())

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            self._busy[environment.settings.arn].remove(environment)
            if not self._stopped:
                self._idle[environment.settings.arn].append(environment)

    def _end(self, environments: list[Environment]) -> None:
        for environment in environments:
            environment.close()
            self._end_session(environment.credential)
