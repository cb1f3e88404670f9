"""Deployment packages: a function's folder as a zip file, the same bytes each time it is packed."""

import io
import zipfile
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip file can hold
READABLE = 0o100644 << 16  # a plain file that everybody may read, as Lambda wants it


def package(function: str | Path) -> bytes:
    """Zip a function: one of ours by its short name, or any folder or single file."""
    source = Path(function) if isinstance(function, Path) else FUNCTIONS / function
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if is_code(path))
    if not files:
        raise FileNotFoundError(f"There is no code to pack in {str(source)!r}.")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in files:
            name = path.name if source.is_file() else path.relative_to(source).as_posix()
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)
    return content.getvalue()


def is_code(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
