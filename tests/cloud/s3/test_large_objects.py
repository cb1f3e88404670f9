"""Large objects stay on disk: what goes through the cloud does not go through its memory."""

import functools
import hashlib
import http.client
import io
import os
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

import cloud

MB = 1024**2
SIZE = int(os.environ.get("LARGE_OBJECT_MB", "96")) * MB
MOST_GROWTH = 48 * MB
CHUNKED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


class Zeros(io.RawIOBase):
    """So many bytes, made while they are read."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def read(self, most=-1):
        length = min(MB if most < 0 else most, self.size - self.at)
        self.at += length
        return bytes(length)

    def seek(self, offset, whence=os.SEEK_SET):
        self.at = offset if whence == os.SEEK_SET else self.size + offset
        return self.at

    def tell(self):
        return self.at

    def readable(self):
        return True

    def readinto(self, buffer):
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def __len__(self):
        return self.size


@pytest.fixture(scope="module")
def own():
    """A cloud whose memory nobody else uses."""
    with cloud.start() as running:
        s3 = boto3.client(
            "s3",
            endpoint_url=running.endpoint_url,
            region_name=running.region,
            aws_access_key_id=running.credentials.access_key_id,
            aws_secret_access_key=running.credentials.secret_access_key,
            config=Config(request_checksum_calculation="when_required", read_timeout=120),
        )
        s3.create_bucket(Bucket="large")
        s3.put_object(Bucket="large", Key="warm", Body=bytes(MB))
        yield running, s3


@pytest.fixture
def steady(own):
    """Fails the test when the cloud grows while it runs."""
    process = psutil.Process(own[0].pid)
    before = process.memory_info().rss
    yield
    grown = process.memory_info().rss - before
    assert grown < MOST_GROWTH, f"{grown / MB:.0f} MB more for an object of {SIZE / MB:.0f} MB"


def test_one_put_and_its_get_pass_through_the_disk(own, steady):
    _, s3 = own
    made = s3.put_object(Bucket="large", Key="whole", Body=Zeros(SIZE))
    assert made["ETag"] == f'"{_md5_of_zeros(SIZE)}"'
    assert _digest(s3.get_object(Bucket="large", Key="whole")["Body"]) == (SIZE, _md5_of_zeros(SIZE))


def test_an_upload_in_parts_is_put_together_on_disk(own, steady):
    _, s3 = own
    s3.upload_fileobj(io.BufferedReader(Zeros(SIZE)), "large", "parts")
    head = s3.head_object(Bucket="large", Key="parts")
    assert head["ContentLength"] == SIZE
    assert head["ETag"].endswith(f'-{SIZE // (8 * MB)}"')
    assert _digest(s3.get_object(Bucket="large", Key="parts")["Body"])[1] == _md5_of_zeros(SIZE)


def test_a_copy_is_made_from_file_to_file(own, steady):
    _, s3 = own
    s3.put_object(
        Bucket="large", Key="source", Body=Zeros(SIZE), ContentType="text/plain", Metadata={"of": "a"}
    )
    copied = s3.copy_object(Bucket="large", Key="copy", CopySource="large/source")["CopyObjectResult"]
    assert copied["ETag"] == f'"{_md5_of_zeros(SIZE)}"'
    head = s3.head_object(Bucket="large", Key="copy")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (SIZE, "text/plain", {"of": "a"})
    assert s3.head_object(Bucket="large", Key="source")["ContentLength"] == SIZE


def test_signed_chunks_are_taken_apart_on_disk(own, steady):
    running, s3 = own
    status, _ = send_chunked(running, "/large/chunked", Zeros(SIZE), SIZE)
    assert status == 200
    assert s3.head_object(Bucket="large", Key="chunked")["ETag"] == f'"{_md5_of_zeros(SIZE)}"'


def test_a_chunk_that_is_not_as_signed_is_refused(own):
    running, s3 = own
    status, body = send_chunked(running, "/large/spoiled", io.BytesIO(bytes(3 * MB)), 3 * MB, spoil=2)
    assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    assert s3.list_objects_v2(Bucket="large", Prefix="spoiled")["KeyCount"] == 0


def send_chunked(running, path, data, size, *, spoil=None):
    """PUT in chunks of 1 MB, each signed; ``spoil`` changes a byte of one of them."""
    keys = Credentials(running.credentials.access_key_id, running.credentials.secret_access_key)
    framed = -(-size // MB) * len(f"{MB:x};chunk-signature={'0' * 64}\r\n\r\n")
    framed += len(f"0;chunk-signature={'0' * 64}\r\n\r\n") + size
    request = AWSRequest("PUT", f"{running.endpoint_url}{path}", headers={
        "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(size),
        "Content-Length": str(framed)})  # fmt: skip
    signer = ChunkSigner(keys, "s3", running.region)
    signer.add_auth(request)

    def body():
        number = 0
        while True:
            block = data.read(MB)
            signature = signer.chunk(block)
            sent = b"x" + block[1:] if number == spoil else block
            yield f"{len(block):x};chunk-signature={signature}\r\n".encode() + sent + b"\r\n"
            number += 1
            if not block:
                return

    connection = http.client.HTTPConnection(urlsplit(running.endpoint_url).netloc, timeout=120)
    connection.request("PUT", path, body(), dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read()


class ChunkSigner(S3SigV4Auth):
    """Signs as SDKs do that sign while they send."""

    def payload(self, _):
        return CHUNKED

    def signature(self, string_to_sign, request):
        self.request, self.previous = request, super().signature(string_to_sign, request)
        return self.previous

    def chunk(self, block):
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", self.request.context["timestamp"],
                 self.credential_scope(self.request), self.previous,
                 hashlib.sha256(b"").hexdigest(), hashlib.sha256(block).hexdigest()]  # fmt: skip
        return self.signature("\n".join(lines), self.request)


@functools.cache
def _md5_of_zeros(size):
    return _digest(Zeros(size))[1]


def _digest(body):
    size, md5 = 0, hashlib.md5(usedforsecurity=False)
    while block := body.read(MB):
        size += len(block)
        md5.update(block)
    return size, md5.hexdigest()
