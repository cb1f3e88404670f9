"""Payload format 1.0: the event that a function gets, and what becomes of its value.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, and
the tests of aws/aws-lambda-dotnet's test tool, which run against API Gateway too: HttpContextTestCases.cs,
ApiGatewayResponseTestCases.cs and InvokeResponseExtensionsTests.cs, the cases named V1.
"""

import base64
import json
from urllib.parse import quote

import boto3
import pytest

from cloud.http_api.answers import MalformedAnswerError, answer
from tests.cloud.functions.making import make_function
from tests.cloud.http_api.issuing import issuing
from tests.cloud.http_api.making import add_routes, ask, make_api, make_integration, permit
from tests.cloud.http_api.test_jwt_authorizers import Guarded

TELL = """
import json
def handler(event, context):
    answer = (event["queryStringParameters"] or {}).get("answer")
    return json.loads(answer) if answer else {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def api(aws):
    """An API whose function tells its event, or answers what ``?answer=`` says: (id, URL, function)."""
    function, (api_id, url) = make_function(TELL), make_api()
    permit(api_id, function)
    target = make_integration(api_id, function, PayloadFormatVersion="1.0")
    add_routes(api_id, target, "GET /", "POST /users/{userId}/orders", "POST /avatar", "$default")
    return api_id, url, function


def test_the_event_of_a_request(api):
    """Of what comes several times, ``headers`` and ``queryStringParameters`` have the last."""
    sent = [
        ("User-Agent", "me"),
        ("X-Two", "a"),
        ("X-Two", "b"),
        ("Cookie", "a=1; b=2"),
        ("Connection", "close"),
    ]
    target = "/users/a%20b/orders?tag=important&tag=C%23"
    event = ask(api[1], target, "POST", b"text", sent).json
    assert {name: event[name] for name in ("version", "resource", "path", "httpMethod", "body")} == {
        "version": "1.0",
        "resource": "/users/{userId}/orders",
        "path": "/users/a b/orders",
        "httpMethod": "POST",
        "body": "text",
    }
    assert (event["pathParameters"], event["isBase64Encoded"]) == ({"userId": "a b"}, False)
    assert event["queryStringParameters"] == {"tag": "C#"}
    assert event["multiValueQueryStringParameters"] == {"tag": ["important", "C#"]}
    headers, several = event["headers"], event["multiValueHeaders"]
    assert (headers["x-two"], several["x-two"]) == ("b", ["a", "b"])
    assert (headers["cookie"], several["cookie"]) == ("a=1; b=2", ["a=1; b=2"])
    assert (headers["content-length"], several["x-forwarded-proto"]) == ("4", ["http"])
    assert set(headers) == set(several)
    assert "connection" not in headers


def test_the_context_of_a_request(api):
    found = ask(api[1], "/", headers={"User-Agent": "me"})
    context = found.json["requestContext"]
    assert context["requestId"] == context["extendedRequestId"] == found.header("Apigw-Requestid")
    assert (context["accountId"], context["apiId"], context["stage"]) == ("123456789012", api[0], "$default")
    assert (context["path"], context["resourcePath"], context["resourceId"]) == ("/", "/", None)
    assert (context["httpMethod"], context["protocol"]) == ("GET", "HTTP/1.1")
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("127.0.0.1", "me")
    assert (context["identity"]["userArn"], context["identity"]["caller"]) == (None, None)
    assert context["authorizer"] == {"claims": None, "scopes": None}


def test_members_that_would_be_empty_are_null(api):
    event = ask(api[1], "/any/thing").json
    assert (event["resource"], event["path"]) == ("$default", "/any/thing")
    empty = (
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    )
    assert [event[name] for name in empty] == [None] * 5


def test_a_body_that_is_no_text_is_base64(api):
    event = ask(api[1], "/avatar", "POST", bytes(range(5)), {"Content-Type": "application/octet-stream"}).json
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, bytes(range(5)))


def test_claims_and_scopes_stand_in_the_authorizer_itself(aws):
    """As seen at https://github.com/DefinitelyTyped/DefinitelyTyped/issues/50939"""
    with issuing() as issuer:
        guarded = Guarded(issuer)
        function = make_function(TELL)
        permit(guarded.id, function)
        target = make_integration(guarded.id, function, PayloadFormatVersion="1.0")
        settings = {"AuthorizationType": "JWT", "AuthorizerId": guarded.authorizer}
        add_routes(guarded.id, target, "GET /one", AuthorizationScopes=["read"], **settings)
        found = guarded.ask(issuer.token(scope="read"), "/one").json["requestContext"]["authorizer"]
    assert (found["claims"]["sub"], found["scopes"]) == ("ann", ["read"])


def test_a_named_stage_stands_in_the_path(api):
    client = boto3.client("apigatewayv2")
    client.create_stage(ApiId=api[0], StageName="prod", AutoDeploy=True, StageVariables={"color": "blue"})
    event = ask(api[1], "/prod/x").json
    assert (event["path"], event["requestContext"]["stage"]) == ("/prod/x", "prod")
    assert event["stageVariables"] == {"color": "blue"}


def test_headers_may_have_several_values(api):
    value = {
        "statusCode": 201,
        "headers": {"X-Both": "single", "X-One": "1"},
        "multiValueHeaders": {"X-Both": ["first", "second"], "Set-Cookie": ["a=1", "b=2"]},
        "cookies": ["c=3"],
        "body": "made",
    }
    found = ask(api[1], f"/?answer={quote(json.dumps(value))}")
    assert (found.status, found.body) == (201, b"made")
    assert (found.headers("X-Both"), found.headers("X-One")) == (["first", "second", "single"], ["1"])
    assert found.headers("Set-Cookie") == ["a=1", "b=2"]
    assert found.header("Content-Type") == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "value",
    [
        "text",
        7,
        None,
        ["a"],
        {},
        {"body": "no status"},
        {"statusCode": 0},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "multiValueHeaders": ["a"]},
    ],
)
def test_format_1_infers_nothing(value):
    with pytest.raises(MalformedAnswerError):
        answer(json.dumps(value).encode(), "1.0")


def test_a_value_without_a_status_code_is_an_internal_error(api):
    found = ask(api[1], f"/?answer={quote(json.dumps('text'))}")
    assert (found.status, found.json) == (500, {"message": "Internal Server Error"})
