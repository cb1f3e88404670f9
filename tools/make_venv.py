"""Make the virtual environment: the standard library's venv, then uv inside it for speed, then the lock.

Runs under the machine's own Python, before anything is installed, so it imports the standard library alone.
"""

import json
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST_PYTHON = (3, 11)
EDITABLE = ["--no-deps", "--no-build-isolation", "--editable"]  # all that it needs is installed already


def main(folder: Path) -> None:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"The workbook needs Python 3.11 or newer; this is {found}. "
            "Say which one to use: make PYTHON=python3.12 venv"
        )
    python = folder / "bin" / "python"
    try:
        venv.create(folder, with_pip=True, clear=not python.exists())
    except (subprocess.CalledProcessError, ImportError):
        sys.exit("This Python cannot make virtual environments. On Debian: apt-get install python3-venv")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [python, "-m", "uv", "pip"]
    here = ["--quiet", "--python", python]
    run("Installing uv", *pip, pinned("uv"))
    # Compiled once, now: a sandbox only reads, so a function would compile all it imports at each cold start.
    compiled = "--compile-bytecode"
    run("Installing what requirements.lock names", *uv, "sync", *here, compiled, "--require-hashes", LOCK)
    run("Installing the workbook", *uv, "install", *here, *EDITABLE, ROOT)
    leave_nbgrader_out(folder / "etc" / "jupyter")


def leave_nbgrader_out(settings: Path) -> None:
    """JupyterLab starts without nbgrader's extensions: they take seconds, and its commands need none."""
    names = ("formgrader", "validate_assignment", "assignment_list", "course_list")
    off = {f"nbgrader.server_extensions.{name}": False for name in names}
    server, page = settings / "jupyter_server_config.json", settings / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    server.write_text(json.dumps({"ServerApp": {"jpserver_extensions": off}}, indent=1))
    disabled = {"@jupyter/nbgrader": True, "@jupyter-notebook/lab-extension": True}
    page.write_text(json.dumps({"disabledExtensions": disabled}, indent=1))


def pinned(package: str) -> str:
    """The requirement that the lock holds for a package, as ``name==version``."""
    match = re.search(rf"^{package}==[\w.]+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    if match is None:
        sys.exit(f"requirements.lock names no version of {package!r}. Write it anew: make lock")
    return match[0]


def run(what: str, *command: object) -> None:
    print(f"{what} ...", flush=True)
    if subprocess.run([str(part) for part in command]).returncode:
        sys.exit(
            f"{what} failed; the lines above say why. The first installation needs the network: "
            "check the connection, then run the same command again."
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
