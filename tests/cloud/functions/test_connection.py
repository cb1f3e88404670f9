"""A function's process talks HTTP to its Runtime API, and may talk it badly."""

import socket
import threading

import pytest

from cloud.functions.connection import LARGEST_HEAD, LARGEST_POST, Asked, Connection, LostError
from tests.cloud.functions.making import invoke, make_function

HEAD = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: here\r\n"
PAGE = """
import http.client, os

def status(path, headers):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=5)
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status

def handler(event, context):
    prefix = "/2018-06-01/runtime/"
    return [
        status(prefix + "invocation/next", {"Host": "attacker.example"}),
        status(prefix + "invocation/next", {"Origin": "http://attacker.example"}),
        status("/elsewhere", {}),
        status(prefix + "elsewhere", {}),
    ]
"""


@pytest.fixture
def pair():
    """A connection, and the process's end of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = socket.create_connection(listener.getsockname(), timeout=30)
        accepted, _ = listener.accept()
    with process, accepted:
        yield Connection(accepted), process


def wait_for_bytes(connection):
    connection.socket.setblocking(True)
    connection.socket.recv(1, socket.MSG_PEEK)
    connection.socket.setblocking(False)


def test_a_request_may_come_byte_by_byte(pair):
    connection, process = pair
    asked = []
    for byte in f"{HEAD}Content-Length: 2\r\n\r\n{{}}".encode():
        assert asked == []
        process.sendall(bytes([byte]))
        wait_for_bytes(connection)
        asked = connection.receive()
    target = "/2018-06-01/runtime/invocation/1/response"
    assert asked == [Asked("POST", target, {"host": "here", "content-length": "2"}, b"{}")]


def test_two_requests_in_one_packet_are_two(pair):
    connection, process = pair
    chunked = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    process.sendall(f"{chunked}GET /next HTTP/1.1\r\n\r\n".encode())
    wait_for_bytes(connection)
    assert [(asked.method, asked.body) for asked in connection.receive()] == [("POST", b"abc"), ("GET", b"")]


def test_who_waits_for_a_sign_to_go_on_gets_it(pair):
    """curl, which AWS's runtime client is made of, asks before a body of more than a megabyte."""
    connection, process = pair
    process.sendall(f"{HEAD}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".encode())
    wait_for_bytes(connection)
    assert connection.receive() == []
    assert process.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        "nonsense\r\n\r\n",
        f"{HEAD}Content-Length: x\r\n\r\n",
        f"{HEAD}Upgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    ],
)
def test_what_is_not_plain_http_ends_the_connection(pair, said):
    connection, process = pair
    process.sendall(said.encode())
    wait_for_bytes(connection)
    with pytest.raises(LostError):
        connection.receive()


def endless(connection, process, beginning, most):
    """Feed a request that does not end; how many bytes were taken before the connection was lost."""
    process.sendall(beginning.encode())
    taken, block = 0, b"x" * 100_000
    while taken < 2 * most:
        process.sendall(block)
        wait_for_bytes(connection)
        try:
            assert connection.receive() == []
        except LostError:
            return taken
        taken += len(block)
    return taken


def test_a_header_without_an_end_is_not_kept_for_ever(pair):
    assert LARGEST_HEAD / 2 < endless(*pair, f"{HEAD}X-Long: ", LARGEST_HEAD) < LARGEST_HEAD * 1.5


def test_nor_is_a_body(pair):
    most = LARGEST_HEAD + LARGEST_POST
    assert LARGEST_POST / 2 < endless(*pair, f"{HEAD}Content-Length: {most * 4}\r\n\r\n", most) < most * 1.5


def test_a_value_cannot_begin_another_header(pair):
    connection, process = pair
    connection.reply(200, b"{}", [("X-Value", "a\r\nX-Other: b\0é")])
    head, _, body = process.recv(10_000).partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[1:] == [b"Content-Length: 2", "X-Value: aX-Other: bé".encode()]
    assert body == b"{}"


def test_an_event_that_is_larger_than_the_sockets_buffer_arrives_whole(pair):
    connection, process = pair
    sender = threading.Thread(target=connection.reply, args=(200, b"x" * 20_000_000))
    sender.start()
    received = 0
    while received < 20_000_000:
        received += len(process.recv(1_000_000))
    sender.join()
    assert received == 20_000_000 + len("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")


def test_a_web_page_cannot_play_the_function(aws):
    """A page that guesses the port sends its own Host, or an Origin: neither is the runtime's."""
    payload, _ = invoke(make_function(PAGE))
    assert payload == [403, 403, 403, 404]
