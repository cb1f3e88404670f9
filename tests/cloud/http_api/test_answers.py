"""What becomes of a handler's value, payload format 2.0."""

import json
from urllib.parse import quote

import pytest

from cloud.http_api.answers import MalformedAnswerError, answer
from tests.cloud.http_api.making import ask, make_echo

JSON, TEXT = "application/json", "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("value", "status", "kind", "body"),
    [
        ({"hello": "world"}, 200, JSON, b'{"hello":"world"}'),
        (["hello", 3, True], 200, JSON, b'["hello",3,true]'),
        ("hello", 200, JSON, b"hello"),
        ("é", 200, JSON, "é".encode()),
        (3, 200, JSON, b"3"),
        (3.1, 200, JSON, b"3.1"),
        (None, 200, JSON, b"null"),
        ({"body": "no status"}, 200, JSON, b'{"body":"no status"}'),
        ({"statusCode": 201, "body": "made"}, 201, TEXT, b"made"),
        ({"statusCode": "404"}, 404, TEXT, b""),
        ({"statusCode": 200, "body": None}, 200, TEXT, b""),
        ({"statusCode": 200, "body": 7}, 200, TEXT, b"7"),
        ({"statusCode": 200, "body": "x", "headers": {"Content-Type": "text/css"}}, 200, "text/css", b"x"),
        ({"statusCode": 200, "body": "AAE=", "isBase64Encoded": True}, 200, TEXT, b"\x00\x01"),
        ({"statusCode": 204, "headers": None, "cookies": None}, 204, TEXT, b""),
    ],
)  # fmt: skip
def test_the_answer_that_a_value_makes(value, status, kind, body):
    found = answer(json.dumps(value).encode())
    assert (found.status, found.header("Content-Type"), found.content) == (status, kind, body)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "ok"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"bad name": "b"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "not base64!"},
    ],
)
def test_values_that_make_no_answer(value):
    with pytest.raises(MalformedAnswerError):
        answer(json.dumps(value).encode())


def test_headers_and_cookies_arrive(aws):
    _, url, _ = make_echo("$default")
    value = {
        "statusCode": 200,
        "headers": {"X-Number": 7, "x-line": "a\r\nb"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "x",
    }
    found = ask(url, f"/?answer={quote(json.dumps(value))}")
    assert (found.header("X-Number"), found.header("x-line")) == ("7", "ab")
    assert found.headers("Set-Cookie") == ["a=1; Secure", "b=2"]
    assert found.header("Apigw-Requestid")
    assert found.header("Content-Length") == "1"
    broken = ask(url, f"/?answer={quote(json.dumps({'statusCode': 'ok'}))}")
    assert (broken.status, broken.body) == (500, b'{"message":"Internal Server Error"}')


def test_an_answer_to_head_has_no_body(aws):
    _, url, _ = make_echo("ANY /x")
    found = ask(url, "/x", "HEAD")
    assert (found.status, found.body) == (200, b"")
