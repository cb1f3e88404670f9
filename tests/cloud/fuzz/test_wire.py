"""Bytes that are not quite HTTP: no traceback, no silence, and the cloud lives on."""

import contextlib
import socket
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.fuzz.asking import bounded

LINES = b"""GET / HTTP/1.1
GET / HTTP/9.9
GET /
GET

OPTIONS * HTTP/1.1
CONNECT x:1 HTTP/1.1
GET http://evil.example/ HTTP/1.1
PUT /fuzzed/k HTTP/1.1
POST /fuzzed HTTP/1.1
GET /%zz HTTP/1.1
GET //// HTTP/1.1
GET /fuzzed/%00 HTTP/1.1
GET /?x=%ff HTTP/1.1
M@TH!D / HTTP/1.1
get / HTTP/1.1
DELETE /fuzzed?%00 HTTP/1.0
HEAD / HTTP/1.1
\xff\xfe / HTTP/1.1""".split(b"\n")
HEADS = b"""Content-Length: 5
Content-Length: -1
Content-Length: 5, 5
Content-Length: 99999999999999999999
Content-Length: x
Content-Length: 0x5
Transfer-Encoding: chunked
Transfer-Encoding: gzip, chunked
Transfer-Encoding: chunked, chunked
Expect: 100-continue
Expect: a miracle
Connection: close
: no name
no colon
 folded: line
X-\x00: y
X: \x00\x01
Host: evil.example
Host:
Range: bytes=5-1
Range: bytes=-
Range: lines=1
Origin: null
Authorization: AWS4-HMAC-SHA256 Credential=
Authorization: AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/s3/aws4_request,SignedHeaders=h,Signature=x
Authorization: AWS a:b:c
Authorization: Bearer x
X-Amz-Date: now
Date: yesterday
X-Amz-Target: DynamoDB_20120810.ListTables
X-Amz-Target: .
X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
Content-Encoding: aws-chunked
Content-Type: multipart/form-data; boundary=
Content-Type: multipart/form-data; boundary=x
Content-Type: application/x-www-form-urlencoded
If-Modified-Since: never
If-None-Match: \xff""".split(b"\n")
BODIES = (
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhel",
    b"zz\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"--x\r\n\r\n--x--",
    b"--x--",
    b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nk',
)
LONG = [b"GET /" + b"a" * 9000 + b" HTTP/1.1"]
lines = st.sampled_from(LINES + LONG)
heads = st.lists(st.sampled_from([*HEADS, b"Cookie: " + b"c" * 5000]), max_size=6)
bodies = st.one_of(st.sampled_from(BODIES), st.binary(max_size=64))


def answer_to(connection, sent):
    """All that comes back. Who refuses a request may hang up before its rest was read: a reset."""
    with contextlib.suppress(OSError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while block := connection.recv(65536):
            said += block
    return said


@given(lines, heads, bodies, st.booleans())
@bounded
def test_bytes_that_are_not_quite_http(target, line, head, body, ours):
    place = urlsplit(target.endpoint_url)
    own = [f"Host: {place.netloc}".encode()] if ours else []
    sent = b"\r\n".join([line, *own, *head, b"", body])
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        said = answer_to(connection, sent)
    statuses = [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]
    assert all(status < 500 or status == 501 for status in statuses), (sent, said[:800])
    assert b"Traceback" not in said
