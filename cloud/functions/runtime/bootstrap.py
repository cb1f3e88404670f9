"""The first thing that runs in a function's process: build the sandbox, then start AWS's own runtime client.

Inside, the file system is Lambda's: the code under /var/task, the runtime under /var/runtime, both read-only,
a /tmp of its own, and nothing of the host's user. Other processes cannot be seen. Where the kernel does not
allow this (containers, some distributions), Landlock closes all but these folders, under the names that the
host has for them. Where there is neither, the function sees the host's files, and the cloud says so.

Standard library only: the interpreter that runs this is the function's, not the server's.
"""

# ruff: noqa: PTH103, PTH106, PTH109, PTH110, PTH112, PTH114, PTH115, PTH120, PTH123, PTH208, PTH211
# (a cold start does not wait for pathlib, nor for typing)
from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Plan = dict[str, Any]
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 1, 38, 24
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
SANDBOX_USER = 993  # Lambda's own number for the user that functions run as
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = ("/etc/ssl", "/etc/ca-certificates", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf",
            "/etc/ld.so.cache", "/etc/localtime", "/etc/pki")  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def main() -> None:
    plan = json.loads(sys.argv[1])
    if sys.platform == "linux":
        die_with_parent()
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    if plan["isolation"] == "namespaces":
        enter_sandbox(plan)
    else:
        if plan["isolation"] == "landlock":
            wall_in(plan)
        os.chdir(plan["code"])
        os.environ |= {"LAMBDA_TASK_ROOT": plan["code"], "LAMBDA_RUNTIME_DIR": plan["runtime"],
                       "PYTHONPATH": plan["runtime"], "TMPDIR": plan["tmp"]}  # fmt: skip
        sys.path[1:1] = [plan["runtime"]]
    limit(plan)
    sys.path[0] = os.getcwd()  # the code, where the runtime looks for the handler
    sys.path_importer_cache.clear()  # /var/runtime was not there a moment ago
    handler = os.environ["_HANDLER"]
    sys.argv = ["/var/runtime/bootstrap.py", handler]
    from awslambdaric.__main__ import main as run

    run(sys.argv)


def wall_in(plan: Plan) -> None:
    """Leave the function the system's own folders, its code, and its own /tmp."""
    import landlock  # type: ignore[import-not-found]  # stands beside this file

    places = (*SYSTEM, *SETTINGS, *plan["python"], *plan["libraries"], plan["code"], plan["runtime"])
    landlock.wall_in(places, (*DEVICES, plan["tmp"]))


def enter_sandbox(plan: Plan) -> None:
    """Go on in new namespaces, in a process of its own; this one only waits for it."""
    user, group = os.getuid(), os.getgid()
    call(libc.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{SANDBOX_USER} {user} 1")
    write("/proc/self/gid_map", f"{SANDBOX_USER} {group} 1")
    child = os.fork()
    if child:
        os.closerange(0, 1024)  # the pipe is closed when the function ends, not when this does
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    die_with_parent()
    build_root(plan)
    drop_capabilities()
    os.chdir("/var/task")


def build_root(plan: Plan) -> None:
    """Make the file system that the function sees, and leave the host's."""
    root = plan["root"]
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for path in SYSTEM:
        if os.path.islink(path):
            os.symlink(os.readlink(path), root + path)
        elif os.path.isdir(path):
            bind(path, root + path)
    bind(plan["tmp"], f"{root}/tmp", read_only=False)  # noqa: S108 the sandbox's; before a Python that lies there
    for path in (*SETTINGS, *plan["python"]):
        if os.path.exists(path):
            bind(os.path.realpath(path), root + path)
    for path in DEVICES:
        bind(path, root + path, read_only=False)
    bind(plan["code"], f"{root}/var/task")
    os.makedirs(f"{root}/var/runtime")
    for name in os.listdir(plan["runtime"]):  # where these links lead is hidden now, and may be under /tmp
        source = os.path.realpath(f"{plan['runtime']}/{name}")
        if os.path.exists(source):
            bind(source, f"{root}/var/runtime/{name}")
    os.makedirs(f"{root}/etc", exist_ok=True)
    write(
        f"{root}/etc/passwd",
        f"sbx_user1051:x:{SANDBOX_USER}:{SANDBOX_USER}::/home/sbx_user1051:/sbin/nologin\n",
    )
    os.makedirs(f"{root}/proc")
    # A container's own /proc is masked, so a new one is refused: none is better than the host's.
    with contextlib.suppress(OSError):
        mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.makedirs(f"{root}/.host")
    call(libc.syscall, SYS_PIVOT_ROOT[os.uname().machine], root.encode(), f"{root}/.host".encode())
    os.chdir("/")
    call(libc.umount2, b"/.host", MNT_DETACH)
    os.rmdir("/.host")
    mount("none", "/", "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def bind(source: str, target: str, read_only: bool = True) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        write(target, "")
    mount(source, target, "", MS_BIND | MS_REC)
    if read_only:
        kept = os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        mount("none", target, "", MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def drop_capabilities() -> None:
    """Give up every right over the sandbox, for good."""
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    call(libc.syscall, SYS_CAPSET[os.uname().machine], header, nothing)
    call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit(plan: Plan) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (plan["storage"], plan["storage"]))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full /tmp is an OSError, not the end


def die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    call(libc.mount, source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None)


def call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)} ({function})")


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


libc = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    if sys.argv[1] == "--try":  # what can be built here? The last line of the answer says so.
        import landlock

        print("landlock" if landlock.version() else "none", flush=True)
        if sys.platform == "linux" and os.uname().machine in SYS_PIVOT_ROOT:
            enter_sandbox(json.loads(sys.argv[2]))
            print("namespaces")
        sys.exit(0)
    main()
