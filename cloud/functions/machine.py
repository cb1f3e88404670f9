"""What this machine gives to functions: Python interpreters, the runtime's libraries, a sandbox."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from functools import cache
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent / "runtime"
# Resolved, because a sandbox has the folders themselves, and not the links that a virtual environment may be.
SITE = Path(sysconfig.get_paths()["purelib"]).resolve()
BOOTSTRAP = HERE / "bootstrap.py"
# What a Python function finds installed, as on Lambda: the SDK and the runtime interface client.
PACKAGES = ("awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "simplejson", "six.py",
            "snapshot_restore_py", "urllib3")  # fmt: skip
NOBODY = 65534  # the user that owns nothing, on Linux
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


class Machine:
    """Interpreters and folders for functions, under ``folder``, which the cloud removes when it stops."""

    def __init__(self, folder: Path, isolation: str = "") -> None:
        """``isolation`` is what keeps functions from the host: the best that works here, if not given."""
        self._folder = folder
        self._runtimes: dict[str, Path] = {}
        self._lock = threading.Lock()
        self.isolation = isolation or self._try_sandbox()
        # Where nothing else keeps a function from the host's files, root's functions give up being root.
        self.user = NOBODY if self.isolation == "none" and is_root() and self._nobody_can_run() else None

    def runtime(self, python: str) -> Path:
        """The folder that functions see as /var/runtime, made of links into the server's own libraries."""
        with self._lock:
            if python not in self._runtimes:
                folder = self._folder / f"runtime-{python}"
                folder.mkdir()
                for name in PACKAGES:
                    (folder / name).symlink_to(SITE / name)
                native = next(SITE.glob("runtime_client.*.so"), None) if python == OWN else None
                client = native or HERE / "runtime_client.py"
                (folder / client.name).symlink_to(client)
                self._runtimes[python] = folder
        return self._runtimes[python]

    def command(self, runtime: str, code: Path, tmp: Path, root: Path, storage_mb: int) -> list[str]:
        """The command line of a function's process."""
        python = version_for(runtime)
        interpreter = interpreter_of(python) or sys.executable
        plan = {
            "isolation": self.isolation,
            "code": str(code),
            "runtime": str(self.runtime(python)),
            "tmp": str(tmp),
            "root": str(root),
            "storage": storage_mb * 1024 * 1024,
        } | self._found(interpreter)
        return [interpreter, "-S", "-s", str(BOOTSTRAP), json.dumps(plan)]

    @property
    def functions_are_root(self) -> bool:
        """Whether a function may do to this machine what root may."""
        return self.isolation == "none" and is_root() and self.user is None

    def give(self, folder: Path) -> None:
        """Let functions write in a folder."""
        if self.user is not None:
            os.chown(folder, self.user, self.user)

    def _nobody_can_run(self) -> bool:
        """Whether a user without rights may read what a function needs: Python, the SDK, our own files."""
        self._folder.chmod(0o711)  # to be passed through, not listed
        needed = f"open({str(BOOTSTRAP)!r}).close(); sys.path[1:1] = [{str(self.runtime(OWN))!r}]"
        command = [interpreter_of(OWN) or sys.executable, "-S", "-s", "-c",
                   f"import sys; {needed}; import awslambdaric, boto3"]  # fmt: skip
        try:
            subprocess.run(  # noqa: S603 our own interpreter
                command, capture_output=True, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[], check=True
            )
        except (OSError, subprocess.CalledProcessError):
            self._folder.chmod(0o700)
            return False
        return True

    def _found(self, interpreter: str) -> dict[str, list[str]]:
        """Where the interpreter lies, if outside the system's folders, and where the runtime's links lead."""
        prefix = prefix_of(interpreter)
        is_system = prefix == "/usr" or prefix.startswith("/usr/")
        return {"python": [] if is_system else [prefix], "libraries": [str(SITE), str(HERE)]}

    def _try_sandbox(self) -> str:
        """Build a sandbox once, and see: "namespaces", "landlock" or "none"."""
        if sys.platform != "linux":
            return "none"
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            places = {name: Path(scratch, name) for name in ("code", "runtime", "tmp", "root")}
            for place in places.values():
                place.mkdir()
            plan = {name: str(place) for name, place in places.items()}
            plan_text = json.dumps(plan | self._found(sys.executable))
            command = [sys.executable, "-S", "-s", str(BOOTSTRAP), "--try", plan_text]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
            said = ran.stdout.split()
        return said[-1] if said else "none"


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@cache
def interpreter_of(version: str) -> str | None:
    """The Python of a version ("3.12"): the server's own, or one on the path, or None."""
    if version == OWN:
        own = Path(sys.base_prefix, "bin", f"python{OWN}")
        return str(own if own.exists() else sys.executable)
    path = shutil.which(f"python{version}")
    if path is None:
        return None
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 a Python
    # Version managers leave programs of that name that only say no.
    return path if asked.stdout.startswith(f"Python {version}.") else None


@cache
def prefix_of(interpreter: str) -> str:
    code = "import sys; print(sys.base_prefix)"
    command = [interpreter, "-S", "-s", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 a Python


def version_for(runtime: str) -> str:
    """The Python version that runs a runtime: the one it names where that is installed, else the server's.

    >>> version_for("python3.99") == OWN
    True
    """
    match = re.fullmatch(r"python(3\.\d+)", runtime)
    return match[1] if match and interpreter_of(match[1]) else OWN


@cache
def runtime_version(runtime: str) -> str:
    """What INIT_START says of the runtime: ``python:3.11.v42``, the last number that of awslambdaric."""
    return f"python:{version_for(runtime)}.v{metadata.version('awslambdaric').replace('.', '')}"


def runtime_version_arn(runtime: str, region: str) -> str:
    """The ARN of a runtime's version: made from its name here, where AWS has a digest of the image."""
    digest = hashlib.sha256(runtime_version(runtime).encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"
