"""The event of a request, payload format 2.0."""

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.http_api.events import MalformedPathError, raw_path
from tests.cloud.functions.making import make_function
from tests.cloud.http_api.making import add_routes, ask, make_api, make_echo, make_integration, permit


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ("/a%20b", "/a b"),
        ("/a+b", "/a+b"),
        ("/a%2Fb", "/a/b"),
        ("/a%23b", "/a#b"),
        ("/a%252Fb", "/a/b"),
        ("/a%253Fb", "/a?b"),
        ("/a%2525b", "/a%b"),
        ("/a%3Fb", "/a"),
        ("/%CE%BB", "/λ"),
        ("/", "/"),
        ("//a", "//a"),
    ],
)
def test_a_path_arrives_decoded_twice_and_cut_at_a_question_mark(sent, arrives):
    assert raw_path(sent) == arrives


@pytest.mark.parametrize("sent", ["/percent%25done", "/100%", "/%zz", "/a%25"])
def test_a_percent_sign_that_is_left_over_is_refused(sent):
    with pytest.raises(MalformedPathError):
        raw_path(sent)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="%?", exclude_categories=["Cs"]), max_size=20))
def test_whatever_is_encoded_once_arrives_as_it_was(path):
    assert raw_path("/" + quote(path)) == f"/{path}"
    assert raw_path("/" + quote(quote(path))) == f"/{path}"


@pytest.fixture(scope="module")
def echo(aws):
    return make_echo("GET /files/{key+}", "$default")[:2]


def test_a_plain_request(echo, aws):
    api_id, url = echo
    event = ask(url, "/x", headers={"User-Agent": "tester"}).json
    context = event["requestContext"]
    assert re.fullmatch(r"[A-Za-z0-9_+/-]{14,}=", context.pop("requestId"))
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert isinstance(context.pop("timeEpoch"), int)
    assert context == {
        "accountId": aws.account_id,
        "apiId": api_id,
        "domainName": f"{api_id}.execute-api.localhost",
        "domainPrefix": api_id,
        "http": {
            "method": "GET",
            "path": "/x",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "tester",
        },
        "routeKey": "$default",
        "stage": "$default",
    }
    headers = event.pop("headers")
    assert headers.pop("x-amzn-trace-id").startswith("Root=1-")
    assert {"content-length", "host", "user-agent", "x-forwarded-for", "x-forwarded-port"} <= set(headers)
    assert {key: value for key, value in event.items() if key != "requestContext"} == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/x",
        "rawQueryString": "",
        "isBase64Encoded": False,
    }


TRACED = """
import os
def handler(event, context):
    return [event["headers"]["x-amzn-trace-id"], os.environ["_X_AMZN_TRACE_ID"]]
"""


def test_the_event_and_the_function_s_environment_tell_of_the_same_trace(aws):
    """Whatever a client calls its trace, in any script: the function goes on with it, or with one new root.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    function = make_function(TRACED)
    api_id, url = make_api()
    permit(api_id, function)
    add_routes(api_id, make_integration(api_id, function), "$default")
    in_event, in_environment = ask(url).json
    assert in_event == in_environment
    for sent in ("Root=1-5759e988-bd862e3fe1be46a994272793", "Root=é"):
        assert ask(url, headers={"X-Amzn-Trace-Id": sent}).json == [sent, sent]


def test_repeated_headers_are_joined_and_cookies_stand_apart(echo):
    event = ask(echo[1], headers=[("X-Two", "a"), ("x-two", "b"), ("Cookie", "one=1; two=2")]).json
    assert event["headers"]["x-two"] == "a,b"
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]


def test_the_query_is_kept_and_read(echo):
    event = ask(echo[1], "/?a=1&a=2&b=x+y%2Fz&empty=&bare").json
    assert event["rawQueryString"] == "a=1&a=2&b=x+y%2Fz&empty=&bare"
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y/z", "empty": "", "bare": ""}


def test_path_parameters_have_the_route_s_names(echo):
    event = ask(echo[1], "/files/incoming/red%20flower.jpg").json
    assert event["routeKey"] == "GET /files/{key+}"
    assert event["pathParameters"] == {"key": "incoming/red flower.jpg"}


@pytest.mark.parametrize(
    ("kind", "body", "arrives"),
    [
        ("application/json", b'{"a": 1}', ('{"a": 1}', False)),
        ("application/problem+json; charset=utf-8", b"{}", ("{}", False)),
        ("text/plain", "é".encode(), ("é", False)),
        ("application/x-www-form-urlencoded", b"a=1", ("a=1", False)),
        ("application/xml", b"<a/>", ("<a/>", False)),
        (None, b"plain", ("plain", False)),
        ("application/octet-stream", b"\x00\x01", (base64.b64encode(b"\x00\x01").decode(), True)),
        ("image/png", b"png", (base64.b64encode(b"png").decode(), True)),
        ("multipart/form-data; boundary=x", b"--x--", (base64.b64encode(b"--x--").decode(), True)),
        ("text/plain", b"\xff", (base64.b64encode(b"\xff").decode(), True)),
    ],
)
def test_a_body_is_text_or_base64_by_its_content_type(echo, kind, body, arrives):
    event = ask(echo[1], "/", "POST", body, {"Content-Type": kind} if kind else {}).json
    assert (event["body"], event["isBase64Encoded"]) == arrives


def test_an_encoded_body_is_base64(echo):
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    assert ask(echo[1], "/", "POST", b"zipped", headers).json["isBase64Encoded"] is True


def test_no_body_no_member(echo):
    event = ask(echo[1], "/", "POST", b"", {"Content-Type": "application/octet-stream"}).json
    assert "body" not in event
    assert event["isBase64Encoded"] is False
