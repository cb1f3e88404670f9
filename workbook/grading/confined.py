"""The first thing that runs for a submission: give up every power over the rest of the machine, then run it.

    python -m workbook.grading.confined --try FOLDER       can it be done here? Says why not
    python -m workbook.grading.confined FOLDER COMMAND...  run a command that may write in FOLDER alone

In namespaces of its own (Linux), a command sees no network but its own loopback, may write in its folder and
nowhere else, and takes every process that it started with it when it ends. Root first becomes a user that
owns nothing.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path
from typing import Any

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = -100, 0x8000, 1
SYS_MOUNT_SETATTR = 442  # on every architecture, as for all calls since Linux 5.1
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
FIRST_USER = 61_184  # systemd's range for users that exist only while something runs; they own no file
PROCESSES, FILE_BYTES, ADDRESS_BYTES = 512, 1024**3, 8 * 1024**3
CANNOT = 70  # exit status: this machine does not allow it


def main(arguments: Sequence[str]) -> int:
    only_try = arguments[0] == "--try"
    folder = Path(arguments[1] if only_try else arguments[0]).resolve()
    try:
        child = enter(folder)
    except OSError as error:
        print(f"namespaces cannot be made here: {error}", file=sys.stderr)
        return CANNOT
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) & 0xFF
    os._exit(first_process(folder, [sys.executable, "-c", "import workbook"] if only_try else arguments[1:]))


def enter(folder: Path) -> int:
    """Make the namespaces. Returns twice, as fork does: the process inside is the first of its own world."""
    root, user, group = os.geteuid() == 0, os.getuid(), os.getgid()
    call("unshare", CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | (0 if root else CLONE_NEWUSER))
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    raise_loopback()
    child = os.fork()
    if not child:
        seal(folder)
    return child


def seal(folder: Path) -> None:
    """Make all files read-only but those in the folder; hide its neighbours, and the host's sockets."""
    own = os.open(folder, os.O_PATH)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    attributes = struct.pack("QQQQ", MOUNT_ATTR_RDONLY, 0, 0, 0)
    call("syscall", SYS_MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, attributes, len(attributes))
    for place, size in (("/dev/shm", "64m"), ("/run", "1m"), (str(folder.parent), "1m")):  # noqa: S108
        if Path(place).is_dir():
            call(
                "mount",
                b"tmpfs",
                place.encode(),
                b"tmpfs",
                MS_NOSUID | MS_NODEV,
                f"size={size},mode=755".encode(),
            )
    call("mount", b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    folder.mkdir()
    call("mount", f"/proc/self/fd/{own}".encode(), str(folder).encode(), None, MS_BIND, None)
    writable = struct.pack("QQQQ", 0, MOUNT_ATTR_RDONLY, 0, 0)
    call("syscall", SYS_MOUNT_SETATTR, AT_FDCWD, str(folder).encode(), 0, writable, len(writable))
    os.close(own)


def raise_loopback() -> None:
    """A new network has a loopback that is down, and nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def first_process(folder: Path, command: Sequence[str]) -> int:
    """Start the command, bury what ends, and end with the command: what it left behind ends then, too."""
    become_nobody(folder)
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the user changed, which clears it
    worker = os.fork()
    if not worker:
        os.setsid()
        limit()
        os.chdir(folder)
        try:
            os.execv(command[0], list(command))  # noqa: S606
        except OSError as error:
            print(f"{command[0]}: {error}", file=sys.stderr)
            os._exit(CANNOT)
    while True:
        ended, status = os.wait()
        if ended == worker:
            return os.waitstatus_to_exitcode(status) & 0xFF


def become_nobody(folder: Path) -> None:
    """Root gives up being root: the folder's owner is who it becomes. Others gave up everything already."""
    if os.geteuid() == 0:
        user = folder.stat().st_uid
        if user < FIRST_USER:
            raise PermissionError(f"{folder} belongs to user {user}, who may own other files")
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit() -> None:
    """So many processes, files so large, so much memory a process: a lesson needs less."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    os.nice(5)


def call(name: str, *arguments: Any) -> None:
    """Call the C library, and raise OSError where it fails."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)} ({name})")


libc = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
