"""Digests of an upload: computed as it passes, held against what the request states."""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from cloud.aws_errors import AwsError
from cloud.wire import Request, blocks


@dataclass(frozen=True)
class Digests:
    """The digests of a body that can be checked here; CRC32C and CRC64NVME are taken as given."""

    md5: str
    sha1: bytes
    sha256: bytes
    crc32: int

    @classmethod
    def of(cls, request: Request, body: BinaryIO) -> Digests:
        """Read a body once. Of digests, those that the request states, and MD5: that is the ETag."""
        md5, sha1, sha256 = (
            hashlib.md5(usedforsecurity=False),
            hashlib.sha1(usedforsecurity=False),
            hashlib.sha256(),
        )
        crc, wanted = 0, {name for name, _ in request.headers}
        body.seek(0)
        for block in blocks(body):
            md5.update(block)
            if "x-amz-checksum-sha1" in wanted:
                sha1.update(block)
            if "x-amz-checksum-sha256" in wanted:
                sha256.update(block)
            if "x-amz-checksum-crc32" in wanted:
                crc = zlib.crc32(block, crc)
        body.seek(0)
        return cls(md5.hexdigest(), sha1.digest(), sha256.digest(), crc)

    def check(self, request: Request) -> None:
        """Raise AwsError when the request states another digest."""
        if stated := request.header("content-md5"):
            try:
                given = base64.b64decode(stated, validate=True)
            except ValueError:
                given = b""
            if len(given) != 16:
                details = {"Content-MD5": stated}
                raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, details)
            if given.hex() != self.md5:
                message = "The Content-MD5 you specified did not match what we received."
                details = {
                    "ExpectedDigest": given.hex(),
                    "CalculatedDigest": base64.b64encode(bytes.fromhex(self.md5)).decode(),
                }
                raise AwsError("BadDigest", message, 400, details)
        calculated = {"sha1": self.sha1, "sha256": self.sha256, "crc32": self.crc32.to_bytes(4, "big")}
        for name, value in calculated.items():
            stated = request.header(f"x-amz-checksum-{name}")
            if stated and stated != base64.b64encode(value).decode():
                message = f"The {name.upper()} you specified did not match the calculated checksum."
                raise AwsError("BadDigest", message, 400)


class PartDigests:
    """The ETag and checksum of an object made of parts: of the parts' digests, or of everything.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """

    def __init__(self, algorithm: str, kind: str) -> None:
        self._algorithm, self._kind = algorithm, kind
        self._etags, self._parts, self._whole = hashlib.md5(usedforsecurity=False), b"", 0
        self._part = Running(algorithm)
        self._count = 0

    def begin(self) -> None:
        self._part = Running(self._algorithm)

    def update(self, block: bytes) -> None:
        self._part.update(block)
        if self._kind == "FULL_OBJECT" and self._algorithm == "CRC32":
            self._whole = zlib.crc32(block, self._whole)

    def end(self, md5: str) -> None:
        self._etags.update(bytes.fromhex(md5))
        self._parts += self._part.digest()
        self._count += 1

    @property
    def etag(self) -> str:
        """The digest that stands in the ETag before the number of parts."""
        return self._etags.hexdigest()

    @property
    def checksum(self) -> tuple[str, str, int] | None:
        """Kind, value in base64 and number of parts; None for an algorithm that is not computed here."""
        if self._kind == "FULL_OBJECT":
            value = self._whole.to_bytes(4, "big") if self._algorithm == "CRC32" else b""
        else:
            over = Running(self._algorithm)
            over.update(self._parts)
            value = over.digest()
        return (self._kind, base64.b64encode(value).decode(), self._count) if value else None

    def described(self) -> dict[str, str]:
        """The checksum as CompleteMultipartUpload answers it."""
        if self.checksum is None:
            return {}
        kind, value, count = self.checksum
        suffix = f"-{count}" if kind == "COMPOSITE" else ""
        return {f"Checksum{self._algorithm}": f"{value}{suffix}", "ChecksumType": kind}


class Running:
    """One checksum over blocks of data; of an algorithm that is not known here, none."""

    def __init__(self, algorithm: str) -> None:
        self._crc: int | None = 0 if algorithm == "CRC32" else None
        self._hash = hashlib.new(algorithm.lower()) if algorithm in ("SHA1", "SHA256") else None

    def update(self, block: bytes) -> None:
        if self._crc is not None:
            self._crc = zlib.crc32(block, self._crc)
        if self._hash is not None:
            self._hash.update(block)

    def digest(self) -> bytes:
        if self._crc is not None:
            return self._crc.to_bytes(4, "big")
        return self._hash.digest() if self._hash is not None else b""
