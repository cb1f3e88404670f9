"""Landlock: a process walls itself in, without any right. From then on it opens only what it said.

It also cannot look into processes outside, nor signal them. Linux 5.13 has it, unless it was built without.
https://docs.kernel.org/userspace-api/landlock.html

Standard library only: the interpreter that runs this is the function's, not the server's.
"""

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every processor
VERSION, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15  # what may be said of a single file
KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}  # rights by version
NEWEST = (1 << 16) - 1
SCOPED_SINCE, ABSTRACT_SOCKETS, SIGNALS = 6, 1, 2

libc = ctypes.CDLL(None, use_errno=True)


class Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Which Landlock the kernel has; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)))


def wall_in(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this process, and all that it starts, these paths and what is beneath them. Raises OSError."""
    known = version()
    everything = KNOWN.get(known, NEWEST)
    wanted = Ruleset(everything, 0, ABSTRACT_SOCKETS | SIGNALS if known >= SCOPED_SINCE else 0)
    size = ctypes.sizeof(wanted) if known >= SCOPED_SINCE else 8
    rules = _done(libc.syscall(CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), 0))
    for paths, rights in ((readable, READ), (writable, everything)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                _allow(rules, path, rights & everything)
    _done(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(libc.syscall(RESTRICT_SELF, rules, 0))
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    folder = stat.S_ISDIR(os.fstat(opened).st_mode)
    rule = Beneath(rights if folder else rights & OF_FILES, opened)
    try:
        _done(libc.syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(opened)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
