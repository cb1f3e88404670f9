"""The digests of an upload, computed as it passes: MD5, which is the ETag, and one checksum."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from cloud.aws_errors import AwsError
from cloud.s3.checksums import Running
from cloud.wire import Request, blocks


@dataclass(frozen=True)
class Digests:
    """MD5 in hexadecimal, and a checksum in base64."""

    md5: str
    checksum: str

    @classmethod
    def of(cls, body: BinaryIO, algorithm: str) -> Digests:
        """Read a body once."""
        md5, checksum = hashlib.md5(usedforsecurity=False), Running(algorithm)
        body.seek(0)
        for block in blocks(body):
            md5.update(block)
            checksum.update(block)
        body.seek(0)
        return cls(md5.hexdigest(), checksum.text)

    def check_md5(self, request: Request) -> None:
        """Raise AwsError when the request states another MD5."""
        stated = request.header("content-md5")
        if not stated:
            return
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


def etag_of_parts(md5s: list[str]) -> str:
    """The ETag of an object made of parts: the MD5 of their MD5s, and their number.

    >>> etag_of_parts(["900150983cd24fb0d6963f7d28e17f72"])
    'af5da9f45af7a300e3aded972f8ff687-1'
    """
    whole = hashlib.md5(b"".join(map(bytes.fromhex, md5s)), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(md5s)}"
