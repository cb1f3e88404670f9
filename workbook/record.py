"""The learner's record, ``work/progress.json``: what was tried, what passed, which hints were read."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from checks.where import work_folder

VERSION = 1
CLOUDS = 20  # that are remembered


@dataclass(frozen=True)
class Entry:
    """What is known of one exercise. ``passed`` stays true once it was; ``state`` is the latest answer."""

    state: str = "not tried"
    passed: bool = False
    done: float = 0.0  # the share that is right
    found: str = ""  # what the last check found
    attempts: int = 0
    hints: int = 0
    solution_read: bool = False
    handler: str = ""  # the digest of the learner's handler that passed: kept.py has the file
    cloud: str = ""  # where it last passed: another cloud does not have what was built in this one


def progress_file() -> Path:
    return work_folder() / "progress.json"


def read() -> dict[str, Entry]:
    """All entries by exercise id. A file that we cannot read counts as empty, and is kept."""
    return _entries(_load(progress_file()))


def of(exercise: str) -> Entry:
    """The entry of one exercise; an empty one when it was never tried."""
    return read().get(exercise, Entry())


def note(exercise: str, change: Callable[[Entry], Entry]) -> Entry:
    """Change one entry, and return the new one. Two notebooks may do so at the same time."""
    with _locked():
        path = progress_file()
        raw = _load(path)
        if raw is None and path.exists():
            _keep_aside(path)
        entry = change(_entries(raw).get(exercise, Entry()))
        kept: dict[str, Any] = raw or {}
        exercises: dict[str, Any] = kept["exercises"] if isinstance(kept.get("exercises"), dict) else {}
        before = exercises.get(exercise)
        exercises[exercise] = (before if isinstance(before, dict) else {}) | entry.__dict__
        _write(path, kept | {"version": VERSION, "exercises": exercises})
        return entry


def forget(exercises: Collection[str]) -> None:
    """Drop the entries of some exercises."""
    with _locked():
        raw = _load(progress_file())
        if raw is None or not isinstance(raw.get("exercises"), dict):
            return
        raw["exercises"] = {name: entry for name, entry in raw["exercises"].items() if name not in exercises}
        _write(progress_file(), raw)


def caught_up(cloud: str) -> set[str]:
    """The layers that ``begin`` has built in a cloud."""
    raw = _load(progress_file())
    layers = raw["caught_up"].get(cloud) if raw and isinstance(raw.get("caught_up"), dict) else None
    return {str(layer) for layer in layers} if isinstance(layers, list) else set()


def note_caught_up(cloud: str, layers: Collection[str]) -> None:
    """Remember which layers ``begin`` has built in a cloud. Of clouds, the newest are remembered."""
    with _locked():
        path = progress_file()
        raw = _load(path)
        if raw is None and path.exists():
            _keep_aside(path)
        kept: dict[str, Any] = raw or {}
        clouds: dict[str, Any] = kept["caught_up"] if isinstance(kept.get("caught_up"), dict) else {}
        before = clouds.pop(cloud, [])
        clouds[cloud] = sorted({*layers, *(before if isinstance(before, list) else [])})
        newest = dict(list(clouds.items())[-CLOUDS:])
        _write(path, kept | {"version": VERSION, "caught_up": newest})


def forget_caught_up(cloud: str, layers: Collection[str]) -> None:
    """Forget that some layers were built in a cloud."""
    left = caught_up(cloud) - set(layers)
    with _locked():
        raw = _load(progress_file())
        if raw and isinstance(raw.get("caught_up"), dict) and cloud in raw["caught_up"]:
            raw["caught_up"][cloud] = sorted(left)
            _write(progress_file(), raw)


def entries_of(content: dict[str, Any]) -> dict[str, Entry]:
    """The entries that a progress file holds, where it is one that this version understands."""
    return _entries(content) if content.get("version") == VERSION else {}


def _load(path: Path) -> dict[str, Any] | None:
    """The file's content; None when there is none, or none that this version understands."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("version") == VERSION else None


def _entries(raw: dict[str, Any] | None) -> dict[str, Entry]:
    kept = raw.get("exercises") if raw else None
    if not isinstance(kept, dict):
        return {}
    return {name: _entry(entry) for name, entry in kept.items() if isinstance(entry, dict)}


def _entry(kept: dict[str, Any]) -> Entry:
    """An entry from what the file says, where it says it in the right type."""
    good: dict[str, Any] = {}
    for field in fields(Entry):
        value = kept.get(field.name)
        if type(value) is type(field.default):
            good[field.name] = value
    return Entry(**good)


def _keep_aside(path: Path) -> None:
    """Move a file that we do not understand out of the way; nothing of the learner's is thrown away."""
    number = 1
    while (aside := path.with_name(f"progress.unreadable-{number}.json")).exists():
        number += 1
    path.rename(aside)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write all of it or nothing: a power cut leaves the old file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".progress-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _locked() -> Iterator[None]:
    """Only one notebook at a time changes the record."""
    progress_file().parent.mkdir(parents=True, exist_ok=True)
    with (progress_file().parent / ".progress.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
