"""How much memory a process and all that it started have right now."""

from __future__ import annotations

import os
import resource
import sys

import psutil

PAGE_MB = resource.getpagesize() / 1024**2


class MemoryWatch:
    """Looks at a process and its descendants, again and again: the kernel's files stay open in between."""

    def __init__(self, pid: int, *, nested: bool) -> None:
        """``nested`` says that only the descendants count."""
        self._pid, self._nested = pid, nested
        self._files: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def resident(self) -> float:
        """Resident memory in MB. Raises OSError or psutil.Error when a process has just ended."""
        self._before, self._files = self._files, {}
        try:
            pids = self._children(self._pid) if self._nested else [self._pid]
            return sum(self._resident(pid) for pid in self._with_descendants(pids))
        finally:
            _close(self._before)

    def close(self) -> None:
        _close(self._files)

    def _children(self, pid: int) -> list[int]:
        try:
            return [int(child) for child in self._read(f"/proc/{pid}/task/{pid}/children").split()]
        except FileNotFoundError:  # another system, or a kernel that does not tell
            return [child.pid for child in psutil.Process(pid).children()]

    def _with_descendants(self, pids: list[int]) -> list[int]:
        return pids + [found for pid in pids for found in self._with_descendants(self._children(pid))]

    def _resident(self, pid: int) -> float:
        if sys.platform == "linux":
            return int(self._read(f"/proc/{pid}/statm").split()[1]) * PAGE_MB
        return float(psutil.Process(pid).memory_info().rss) / 1024**2

    def _read(self, path: str) -> bytes:
        opened = self._before.pop(path, -1)
        if opened < 0:
            opened = os.open(path, os.O_RDONLY)
        self._files[path] = opened
        return os.pread(opened, 65_536, 0)


def _close(files: dict[str, int]) -> None:
    while files:
        os.close(files.popitem()[1])
