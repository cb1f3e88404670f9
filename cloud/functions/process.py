"""One function's process: started, watched and ended, with everything that it started itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psutil

from cloud.functions.memory import MemoryWatch

# A process asks the kernel to end it with the thread that started it: one thread that stays starts them all.
_starter = ThreadPoolExecutor(1, thread_name_prefix="cloud-starter")


class FunctionProcess:
    """A running function. Memory is counted in MB, over the function and all that it started."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        nested: bool,
        user: int | None = None,
    ) -> None:
        """Start it, as another ``user`` if one is given.

        ``nested`` says that the function runs one level below, inside a sandbox.
        """
        self.pipe, ours = os.pipe()
        try:
            self._process = _starter.submit(
                subprocess.Popen,
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=ours,
                stderr=ours,
                env=dict(environment),
                cwd="/",
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            ).result()
        finally:
            os.close(ours)
        self.pid: int = self._process.pid
        self._memory = MemoryWatch(self.pid, nested=nested)
        self.peak_memory = 0.0

    def memory(self) -> float:
        """Resident memory right now, in MB."""
        try:
            total = self._memory.resident()
        except (OSError, psutil.Error, IndexError, ValueError):
            return 0.0  # it has just ended
        self.peak_memory = max(self.peak_memory, total)
        return total

    def exit_status(self, seconds: float = 10.0) -> int | None:
        """How it ended: its exit status, or minus the signal's number; None while it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End it now, and whatever it started. Safe to call twice."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._memory.close()
