"""Make the virtual environment: the standard library's venv, then uv inside it for speed, then the lock.

Runs under the machine's own Python, before anything is installed, so it imports the standard library alone.
"""

import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)


def main(folder: Path) -> None:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"The workbook needs Python 3.11 or newer; this is {found}. Say which one: make PYTHON=python3.12 venv")
    python = folder / "bin" / "python"
    try:
        venv.create(folder, with_pip=True, clear=not python.exists())
    except (subprocess.CalledProcessError, ImportError):
        sys.exit("This Python cannot make virtual environments. On Debian: apt-get install python3-venv")
    run("Installing uv", python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pinned("uv"))
    uv = [python, "-m", "uv", "pip"]
    run("Installing what requirements.lock names", *uv, "sync", "--quiet", "--python", python,
        "--require-hashes", ROOT / "requirements.lock")  # fmt: skip
    run("Installing the workbook", *uv, "install", "--quiet", "--python", python,
        "--no-deps", "--no-build-isolation", "--editable", ROOT)  # fmt: skip


def pinned(package: str) -> str:
    """The requirement that the lock holds for a package, as ``name==version``."""
    match = re.search(rf"^{package}==[\w.]+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    if match is None:
        sys.exit(f"requirements.lock names no version of {package!r}. Write it anew: make lock")
    return match[0]


def run(what: str, *command: object) -> None:
    print(f"{what} ...", flush=True)
    if subprocess.run([str(part) for part in command]).returncode:
        sys.exit(f"{what} failed; the lines above say why. The first installation needs the network: "
                 "check the connection, then run the same command again.")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
