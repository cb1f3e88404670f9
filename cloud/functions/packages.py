"""Deployment packages: a zip as it was uploaded, unpacked once into a folder that environments share."""

from __future__ import annotations

import io
import stat
import threading
import zipfile
from pathlib import Path

UNPACKED_LIMIT = 262_144_000  # bytes, as Lambda counts
TOO_LARGE = f"Unzipped size must be smaller than {UNPACKED_LIMIT} bytes"


class PackageError(Exception):
    """A package that Lambda would not take. The message is Lambda's."""


class Packages:
    """Unpacked code, by the SHA-256 of its package."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._lock = threading.Lock()

    def unpack(self, sha256: str, package: bytes) -> Path:
        """The folder that holds a package's files. Raises PackageError."""
        target = self._folder / sha256.encode().hex()
        with self._lock:
            if not target.exists():
                unfinished = target.with_suffix(".part")
                unfinished.mkdir()
                unzip(package, unfinished)
                unfinished.rename(target)
        return target


def check(package: bytes) -> None:
    """Look whether Lambda would take a package. Raises PackageError."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
                raise PackageError(TOO_LARGE)
    except zipfile.BadZipFile:
        raise PackageError(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None


def unzip(package: bytes, folder: Path) -> None:
    """Unpack files and folders; links, and names that lead out of the folder, are left out."""
    check(package)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for entry in archive.infolist():
            target = (folder / entry.filename).resolve()
            if not target.is_relative_to(folder.resolve()) or stat.S_ISLNK(entry.external_attr >> 16):
                continue
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))
            target.chmod(0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)
