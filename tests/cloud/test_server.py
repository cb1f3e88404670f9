"""The listening side: it answers "100 Continue" at once, keeps names of headers, and survives nonsense."""

import socket
import threading
from urllib.parse import urlsplit

import boto3
import pytest

from tests.cloud.s3.conftest import ask


def until(opened, mark):
    said = b""
    while mark not in said and (block := opened.recv(65536)):
        said += block
    return said


@pytest.fixture
def link(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="server-tests")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "server-tests", "Key": "k"})
    return url.removeprefix(aws.endpoint_url).encode()


@pytest.fixture
def host(aws):
    return aws.endpoint_url.removeprefix("http://").encode()


@pytest.fixture
def opened(aws):
    place = urlsplit(aws.endpoint_url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        yield connection


def test_who_expects_to_continue_is_told_so_before_the_body_is_sent(opened, link, host):
    head = b"PUT %b HTTP/1.1\r\nHost: %b\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n" % (link, host)
    opened.sendall(head)
    assert until(opened, b"\r\n\r\n").startswith(b"HTTP/1.1 100 Continue")
    opened.sendall(b"meow")
    assert b"HTTP/1.1 200 OK" in until(opened, b"\r\n\r\n")


def test_a_body_whose_length_nobody_says_is_not_taken(opened, link, host):
    opened.sendall(b"PUT %b HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % (link, host))
    opened.sendall(b"2\r\nme\r\n2\r\now\r\n0\r\n\r\n")
    said = until(opened, b"</Error>")
    assert said.startswith(b"HTTP/1.1 501 Not Implemented")
    assert b"<Header>Transfer-Encoding</Header>" in said


def test_what_is_no_http_is_refused_in_xml_and_the_next_caller_is_served(aws, opened):
    opened.sendall(b"GET / HTTP/1.1\r\nno colon\r\n\r\n")
    said = until(opened, b"</Error>")
    assert said.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"<Code>BadRequest</Code>" in said
    assert ask(f"{aws.endpoint_url}/_cloud/health").status == 200


def test_names_of_metadata_come_back_in_lower_case(aws, link):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="server-tests", Key="named", Body=b"", Metadata={"Of-Whom": "ann"})
    assert s3.head_object(Bucket="server-tests", Key="named")["Metadata"] == {"of-whom": "ann"}


def test_a_value_cannot_begin_another_header(aws, link):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="server-tests", Key="split", Body=b"x")
    url = s3.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": "server-tests",
            "Key": "split",
            "ResponseContentType": "text/plain\r\nSet-Cookie: a=b",
        },
    )
    answer = ask(url)
    assert "set-cookie" not in answer.headers
    assert answer.status in (200, 400)


def test_many_callers_are_served_at_once(aws, link):
    answers = []
    callers = [
        threading.Thread(target=lambda: answers.append(ask(f"{aws.endpoint_url}/_cloud/health").status))
        for _ in range(50)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert answers == [200] * 50
