"""Find Chromium for the browser tests, and install Debian's where we may; otherwise say what to install.

Runs before the tests. In continuous integration a browser that is missing is a failure; on a person's own
machine the browser tests are then skipped, each with this reason.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")


def find_browser() -> str | None:
    """The path of Chromium or Chrome: what CHROMIUM names, else the first that the PATH has."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> None:
    """Install Debian's Chromium. What apt-get says is shown only when it fails."""
    print(f"Installing {' and '.join(PACKAGES)} for the browser tests ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", "-q", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout[-2000:] + done.stderr[-2000:], file=sys.stderr)
            return


def main() -> int:
    if os.environ.get("CHROMIUM") and not find_browser():
        print(
            f"CHROMIUM names {os.environ['CHROMIUM']!r}, where there is no program. Correct it or unset it."
        )
        return 1
    if not find_browser() and may_install():
        install()
    if browser := find_browser():
        said = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False)
        print(f"Browser: {said.stdout.strip() or browser}")
        return 0
    print(
        "Chromium is missing, and the browser tests need it. On Debian: "
        f"sudo apt-get install {' '.join(PACKAGES)}. Or set CHROMIUM to its path."
    )
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
