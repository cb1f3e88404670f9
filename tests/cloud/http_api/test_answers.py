"""What becomes of a handler's value, payload format 2.0."""

import json
from urllib.parse import quote

import pytest

from cloud.http_api.answers import MalformedAnswerError, answer
from tests.cloud.functions.making import make_function
from tests.cloud.http_api.making import add_routes, ask, make_api, make_echo, make_integration, permit

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
        (True, 200, JSON, b"true"),
        ("", 200, JSON, b""),
        ({"body": "no status"}, 200, JSON, b'{"body":"no status"}'),
        ({"statusCode": 201, "body": "made"}, 201, TEXT, b"made"),
        ({"statusCode": "404"}, 404, TEXT, b""),
        ({"statusCode": 200, "body": None}, 200, TEXT, b""),
        ({"statusCode": 200, "body": "7", "multiValueHeaders": {"A": ["b"]}}, 200, TEXT, b"7"),
        ({"statusCode": 200, "body": "AAE=", "isBase64Encoded": "true"}, 200, TEXT, b"AAE="),
        ({"statusCode": 200, "body": "x", "headers": {"Content-Type": "text/css"}}, 200, "text/css", b"x"),
        ({"statusCode": 200, "body": "AAE=", "isBase64Encoded": True}, 200, TEXT, b"\x00\x01"),
        ({"statusCode": 204, "headers": None, "cookies": None}, 204, TEXT, b""),
    ],
)  # fmt: skip
def test_the_answer_that_a_value_makes(value, status, kind, body):
    """Valid JSON without a status code is the body of a 200, text unquoted; with one, text/plain is the type.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    (which also says that format 2.0 has no ``multiValueHeaders``), and the tests of aws/aws-lambda-dotnet's
    test tool, which run against API Gateway too: ApiGatewayResponseTestCases.cs. Without a source, and as it
    was: a status code as text, ``isBase64Encoded`` as text.
    """
    found = answer(json.dumps(value).encode())
    assert (found.status, found.header("Content-Type"), found.content) == (status, kind, body)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "ok"},
        {"statusCode": "²00"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 1000},
        {"statusCode": 0},
        {"statusCode": 200.5},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "body": False},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"bad name": "b"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "not base64!"},
    ],
)
def test_values_that_make_no_answer(value):
    """A status code that is none, and a body that is not text, are refused.

    Of the body: https://github.com/aws/aws-lambda-go/pull/373, tried there on API Gateway by a maintainer.
    Of the numbers 0 and 200.5: the tests of aws/aws-lambda-dotnet's test tool, which run against API Gateway
    too. The other rows have no source, and are as they were.
    """
    with pytest.raises(MalformedAnswerError):
        answer(json.dumps(value).encode())


@pytest.mark.parametrize("payload", [b"raw", b"\xff\xfe", b"", b'{"a":', b"NaN", b'{"a": Infinity}'])
def test_what_is_not_json_makes_no_answer(payload):
    """API Gateway infers an answer "if your Lambda function returns valid JSON"; other text is a 500.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
    and what a runtime that sends text as it is met on an HTTP API:
    https://github.com/awslabs/aws-lambda-cpp/issues/118. (The test tool of aws/aws-lambda-dotnet says
    otherwise of "Hello, World!", but tried it with a function of Node.js, which makes JSON of text.)
    """
    with pytest.raises(MalformedAnswerError):
        answer(payload)


def test_bytes_of_a_handler_are_not_json(aws):
    """Lambda's runtime interface client sends bytes as they are (``marshal_response`` in awslambdaric)."""
    function = make_function("def handler(event, context): return event['rawQueryString'].encode()")
    api_id, url = make_api()
    permit(api_id, function)
    add_routes(api_id, make_integration(api_id, function), "GET /")
    assert (ask(url, "/?raw").status, ask(url, "/?raw").json) == (500, {"message": "Internal Server Error"})
    assert (ask(url, "/?7").status, ask(url, "/?7").body) == (200, b"7")


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_have_no_body_are_sent_without(aws, status):
    """https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1, whatever the function says."""
    _, url, _ = make_echo("$default")
    found = ask(url, f"/?answer={quote(json.dumps({'statusCode': status, 'body': 'x'}))}")
    assert (found.status, found.body, found.header("Content-Length")) == (status, b"", None)


def test_headers_between_two_hosts_are_the_gateway_s_own(aws):
    """https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1: how a message is framed, each connection says."""
    _, url, _ = make_echo("$default")
    headers = {"Content-Length": "99", "Transfer-Encoding": "chunked", "Connection": "close", "X-Kept": "1"}
    value = {"statusCode": 200, "body": "abc", "headers": headers}
    found = ask(url, f"/?answer={quote(json.dumps(value))}")
    assert (found.status, found.body, found.headers("Content-Length")) == (200, b"abc", ["3"])
    assert (found.header("Transfer-Encoding"), found.header("X-Kept")) == (None, "1")


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
