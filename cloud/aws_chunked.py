"""Bodies in AWS's own chunks: SDKs sign each of them, or end them with a checksum, while they send.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cloud.aws_errors import AwsError
from cloud.wire import BLOCK

LONGEST_LINE = 4096  # bytes; no chunk's first line and no trailer is longer
SIGNED = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
KINDS = (*SIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
HEAD = re.compile(rb"([0-9a-fA-F]{1,16})((?:;[^\r\n]*)?)\r\n")
SIGNATURE = re.compile(rb";chunk-signature=([0-9a-f]{64})")
TRAILER = re.compile(rb"(x-amz-[a-z0-9-]{1,64})\s*:\s*([^\r\n]{0,1024})\r?\n(?:\r\n)?")
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass
class Chunks:
    """A body's chunks. ``trailers`` are known once all blocks have been read."""

    body: BinaryIO
    trailers: dict[str, str] = field(default_factory=dict)

    def blocks(self, on_chunk: Callable[[str, str], None] | None = None) -> Iterator[bytes]:
        """The data, freed of its framing.

        ``on_chunk`` hears of each chunk's end: the SHA-256 of its data, and the signature that it states.
        Raises AwsError where the body is not a sequence of chunks.
        """
        self.body.seek(0)
        while True:
            head = HEAD.fullmatch(self.body.readline(LONGEST_LINE))
            if head is None:
                raise incomplete()
            length, digest = int(head[1], 16), hashlib.sha256()
            stated = SIGNATURE.fullmatch(head[2])
            left = length
            while left:
                block = self.body.read(min(BLOCK, left))
                if not block:
                    raise incomplete()
                left -= len(block)
                if on_chunk:
                    digest.update(block)
                yield block
            if on_chunk:
                on_chunk(digest.hexdigest(), stated[1].decode() if stated else "")
            if length == 0:
                break
            if self.body.read(2) != b"\r\n":
                raise incomplete()
        self._read_trailers()

    def _read_trailers(self) -> None:
        while (line := self.body.readline(LONGEST_LINE)) not in (b"", b"\r\n"):
            match = TRAILER.fullmatch(line)
            if match is None:
                start = "The request contained trailing data that was not well-formed"
                message = f"{start} or did not conform to our published schema."
                raise AwsError("MalformedTrailerError", message, 400)
            self.trailers[match[1].decode()] = match[2].decode("latin-1").strip()


def verify(
    body: BinaryIO, kind: str, seed: str, scope: str, timestamp: str, sign: Callable[[str], str]
) -> bool:
    """Whether every chunk, and the trailer if there is one, is signed: each signature covers the one before.

    ``seed`` is the signature of the headers; ``sign`` signs a text with the caller's key.
    """
    previous, holds = seed, True

    def check(text: str, stated: str) -> None:
        nonlocal previous, holds
        previous = sign(text)
        holds = holds and hmac.compare_digest(previous.encode(), stated.encode())

    def check_chunk(digest: str, stated: str) -> None:
        lines = ("AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, previous, EMPTY_SHA256, digest)
        check("\n".join(lines), stated)

    chunks = Chunks(body)
    for _ in chunks.blocks(check_chunk):
        pass
    if kind.endswith("-TRAILER"):
        stated = chunks.trailers.pop("x-amz-trailer-signature", "")
        text = "".join(f"{name}:{value}\n" for name, value in chunks.trailers.items())
        digest = hashlib.sha256(text.encode("latin-1")).hexdigest()
        check("\n".join(("AWS4-HMAC-SHA256-TRAILER", timestamp, scope, previous, digest)), stated)
    body.seek(0)
    return holds


def incomplete() -> AwsError:
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return AwsError("IncompleteBody", message, 400)
