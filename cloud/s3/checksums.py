"""The checksums of objects: what a request states of its content, what the content has, how that is told.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import anycrc
import xxhash

from cloud.aws_errors import AwsError
from cloud.wire import Headers, Request

Kind = Literal["FULL_OBJECT", "COMPOSITE"]
SIZES = {  # bytes
    "CRC32": 4,
    "CRC32C": 4,
    "CRC64NVME": 8,
    "MD5": 16,
    "SHA1": 20,
    "SHA256": 32,
    "SHA512": 64,
    "XXHASH128": 16,
    "XXHASH3": 8,
    "XXHASH64": 8,
}
DEFAULT = "CRC64NVME"  # what S3 computes where nobody asks for another one
FULL_ONLY = {"CRC64NVME"}  # of uploads in parts: it can be put together from those of the parts
COMPOSITE_ONLY = {name for name in SIZES if not name.startswith("CRC")}  # these cannot
HEADERS = {f"x-amz-checksum-{algorithm.lower()}": algorithm for algorithm in SIZES}
NOT_VALUES = {"x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type"}
_CRCS: dict[str, Callable[[bytes, int], int]] = {
    "CRC32": zlib.crc32,
    "CRC32C": anycrc.Model("CRC32-ISCSI").calc,
    "CRC64NVME": anycrc.Model("CRC64-NVME").calc,
}
_HASHES: dict[str, Callable[[], Any]] = {
    **{name: partial(hashlib.new, name.lower(), usedforsecurity=False) for name in SIZES if name[0] in "MS"},
    "XXHASH128": xxhash.xxh3_128,
    "XXHASH3": xxhash.xxh3_64,
    "XXHASH64": xxhash.xxh64,
}


@dataclass(frozen=True)
class Checksum:
    """A checksum: in base64, of parts' checksums (``COMPOSITE``) followed by their number."""

    algorithm: str
    value: str
    kind: Kind = "FULL_OBJECT"

    def headers(self) -> Headers:
        """As headers tell it.

        >>> Checksum("CRC32", "y/Q5Jg==").headers()
        [('x-amz-checksum-crc32', 'y/Q5Jg=='), ('x-amz-checksum-type', 'FULL_OBJECT')]
        """
        return [(f"x-amz-checksum-{self.algorithm.lower()}", self.value), ("x-amz-checksum-type", self.kind)]

    def members(self) -> dict[str, str]:
        """As an answer in XML tells it."""
        return {f"Checksum{self.algorithm}": self.value, "ChecksumType": self.kind}


class Running:
    """One checksum over blocks of data.

    >>> running = Running("CRC64NVME")
    >>> running.update(b"12345"), running.update(b"6789"), running.text
    (None, None, 'rosUhgp5mIg=')
    """

    def __init__(self, algorithm: str) -> None:
        self._algorithm, self._crc = algorithm, 0
        self._hash = None if algorithm in _CRCS else _HASHES[algorithm]()

    def update(self, block: bytes) -> None:
        if self._hash is not None:
            self._hash.update(block)
        else:
            self._crc = _CRCS[self._algorithm](block, self._crc)

    def digest(self) -> bytes:
        if self._hash is not None:
            return bytes(self._hash.digest())
        return self._crc.to_bytes(SIZES[self._algorithm], "big")

    @property
    def text(self) -> str:
        """The digest in base64, as S3 writes it."""
        return base64.b64encode(self.digest()).decode()


def composite(algorithm: str, parts: list[str]) -> Checksum:
    """The checksum over the checksums of parts."""
    over = Running(algorithm)
    over.update(b"".join(map(base64.b64decode, parts)))
    return Checksum(algorithm, f"{over.text}-{len(parts)}", "COMPOSITE")


def is_valid(algorithm: str, text: str) -> bool:
    """Whether a text is the base64 of a digest, written as one writes it.

    >>> is_valid("CRC32", "y/Q5Jg=="), is_valid("CRC32", "y/Q5Jh=="), is_valid("CRC32", "shrt")
    (True, False, False)
    """
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return len(value) == SIZES[algorithm] and base64.b64encode(value).decode() == text


def stated(request: Request, trailers: Headers) -> Checksum | None:
    """The checksum that an upload comes with, in a header or after its content. Raises AwsError."""
    in_headers = [(name, value) for name, value in request.headers if name.startswith("x-amz-checksum-")]
    in_headers = [item for item in in_headers if item[0] not in NOT_VALUES]
    for name, _ in in_headers:
        if name not in HEADERS:
            raise invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
    if len(in_headers) > 1:
        start = "Expecting a single x-amz-checksum- header"
        raise invalid(f"{start}. Multiple checksum Types are not allowed.")
    if in_headers and trailers:
        raise invalid("Expecting a single x-amz-checksum- header")
    for name, value in (*in_headers, *trailers):
        if not is_valid(HEADERS[name], value):
            raise invalid(f"Value for {name} {'trailing ' if trailers else ''}header is invalid.")
    found = next((Checksum(HEADERS[name], value) for name, value in (*in_headers, *trailers)), None)
    _check_announced(request.header("x-amz-sdk-checksum-algorithm"), found)
    return found


def _check_announced(announced: str, found: Checksum | None) -> None:
    """Refuse a checksum that is not of the algorithm that the SDK says it used."""
    if announced and found is None:
        start = "x-amz-sdk-checksum-algorithm specified, but no corresponding"
        raise invalid(f"{start} x-amz-checksum-* or x-amz-trailer headers were found.")
    if announced and found and announced.upper() != found.algorithm:
        raise invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.")


def check(given: Checksum | None, calculated: str) -> None:
    """Raise AwsError when content has another checksum than was stated."""
    if given is not None and given.value != calculated:
        raise bad_digest(given.algorithm)


def bad_digest(algorithm: str) -> AwsError:
    message = f"The {algorithm} you specified did not match the calculated checksum."
    return AwsError("BadDigest", message, 400)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def of_upload(algorithm: str, kind: str) -> tuple[str, Kind]:
    """The algorithm and the kind that CreateMultipartUpload asks for, where it asks. Raises AwsError."""
    name = algorithm.upper()
    if not name and kind:
        start = "The x-amz-checksum-type header can only be used"
        raise invalid(f"{start} with the x-amz-checksum-algorithm header.")
    if name not in SIZES:
        known = f"[{', '.join(sorted(SIZES))}]"
        start = "Checksum algorithm provided is unsupported."
        raise invalid(f"{start} Please try again with any of the valid types: {known}")
    if kind not in ("", "FULL_OBJECT", "COMPOSITE"):
        raise invalid("Value for x-amz-checksum-type header is invalid.")
    chosen: Kind = "FULL_OBJECT" if kind == "FULL_OBJECT" or (not kind and name in FULL_ONLY) else "COMPOSITE"
    if name in (COMPOSITE_ONLY if chosen == "FULL_OBJECT" else FULL_ONLY):
        message = f"The {chosen} checksum type cannot be used with the {name.lower()} checksum algorithm."
        raise invalid(message)
    return name, chosen


def listed(part: Mapping[str, Any]) -> Checksum | None:
    """The checksum that CompleteMultipartUpload lists for a part. Raises AwsError for several."""
    found = [(name, str(part[member])) for name in SIZES if (member := f"Checksum{name}") in part]
    if len(found) > 1 or any(not is_valid(*one) for one in found):
        text = "".join(f"{name}:{value};" for name, value in found)
        details = {"ArgumentName": "Checksum", "ArgumentValue": text}
        message = "Invalid Base64 or multiple checksums present in request"
        raise AwsError("InvalidArgument", message, 400, details)
    return Checksum(*found[0]) if found else None
