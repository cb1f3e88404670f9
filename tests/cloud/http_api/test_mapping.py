"""Parameter mapping, for integrations to a URL and for functions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import json

import boto3
import pytest

from tests.cloud.functions.making import make_function
from tests.cloud.http_api.backing import backing
from tests.cloud.http_api.making import ECHO, add_routes, ask, make_api, make_integration, permit
from tests.cloud.http_api.test_control import refused
from tests.cloud.http_api.test_http_proxy import make_proxy


@pytest.fixture(scope="module")
def backend():
    with backing() as running:
        yield running


@pytest.fixture
def asked(aws, backend):
    """Asks a route whose integration has mappings, and returns what the backend saw: (target, headers)."""

    def ask_mapped(mappings, target="/pets/7?q=1&q=2", body=b'{"user": {"name": "ann"}, "tags": ["a", 2]}'):
        api_id, url = make_api()
        target_ = make_proxy(api_id, f"{backend.url}/base?own=1", RequestParameters=mappings)
        add_routes(api_id, target_, "POST /pets/{petId}")
        client = boto3.client("apigatewayv2")
        client.update_stage(ApiId=api_id, StageName="$default", StageVariables={"color": "blue"})
        sent = {"X-One": "1", "X-Two": "2", "Content-Type": "application/json"}
        told = ask(url, target, "POST", body, sent).json
        return told["target"], told["headers"]

    return ask_mapped


def values(headers, name):
    return [value for key, value in headers if key == name]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("constant", "constant"),
        ("$request.header.X-one", "1"),
        ("$request.querystring.q", "1,2"),
        ("$request.path", "/pets/7"),
        ("$request.path.petId", "7"),
        ("$request.body.user.name", "ann"),
        ("$request.body.tags[1]", "2"),
        ("$request.body.user", '{"name":"ann"}'),
        ("$context.httpMethod", "POST"),
        ("$stageVariables.color", "blue"),
        ("${request.path.petId} is ${stageVariables.color}", "7 is blue"),
        ("a\r\nx-evil: 1", "ax-evil: 1"),
    ],
)
def test_a_header_may_be_set_from_every_part_of_a_request(asked, source, value):
    _, headers = asked({"overwrite:header.x-new": source})
    assert values(headers, "x-new") == [value]
    assert values(headers, "x-evil") == []


@pytest.mark.parametrize(
    "source", ["$request.header.none", "$request.body.none.x", "$context.none", "a ${stageVariables.none}"]
)
def test_what_is_not_there_sets_nothing(asked, source):
    """AWS's page says nothing of it."""
    assert values(asked({"overwrite:header.x-new": source})[1], "x-new") == []


def test_headers_and_query_parameters_are_added_replaced_and_removed(asked):
    target, headers = asked(
        {
            "append:header.x-one": "more",
            "remove:header.x-two": "''",
            "overwrite:querystring.q": "a b",
            "append:querystring.new": "$request.header.x-two",
        }
    )
    assert (values(headers, "x-one"), values(headers, "x-two")) == (["1", "more"], [])
    assert target == "/base?own=1&q=a%20b&new=2"
    assert asked({"remove:querystring.q": "''"})[0] == "/base?own=1"


def test_the_path_may_be_replaced(asked):
    assert asked({"overwrite:path": "$request.path"})[0] == "/pets/7?own=1&q=1&q=2"
    assert asked({"overwrite:path": "/x y"})[0] == "/x%20y?own=1&q=1&q=2"


def test_a_body_that_is_not_json_has_no_parts(asked):
    assert values(asked({"overwrite:header.x-new": "$request.body.user"}, body=b"no")[1], "x-new") == []
    assert values(asked({"overwrite:header.x-new": "$request.body"}, body=b"no")[1], "x-new") == ["no"]


def test_a_function_s_event_is_changed_too(aws):
    function, (api_id, url) = make_function(ECHO), make_api()
    permit(api_id, function)
    mappings = {
        "append:header.x-request": "$context.requestId",
        "remove:header.x-two": "''",
        "overwrite:querystring.q": "3",
        "overwrite:path": "/elsewhere",
    }
    target = make_integration(api_id, function, RequestParameters=mappings)
    add_routes(api_id, target, "GET /a")
    found = ask(url, "/a?q=1", headers={"X-Two": "2"})
    event = found.json
    assert event["headers"]["x-request"] == found.header("Apigw-Requestid")
    assert ("x-two" in event["headers"], event["queryStringParameters"]) == (False, {"q": "3"})
    assert (event["rawQueryString"], event["rawPath"], event["routeKey"]) == ("q=3", "/elsewhere", "GET /a")


ANSWER = """
def handler(event, context):
    return {"statusCode": int(event["rawQueryString"]), "body": '{"id": 7}', "headers": {"X-Old": "1"}}
"""


@pytest.mark.parametrize("kind", ["function", "url"])
def test_an_answer_is_changed_by_its_status_code(aws, kind):
    """AWS's own example: a 500 becomes a 403 with a header, a 404 gets one; values are what came back."""
    copied = {"overwrite:header.x-old": "$response.body.id", "append:header.x-copy": "$response.header.x-old"}
    mappings = {
        "500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
        "404": {"append:header.error": "$stageVariables.environmentId", "remove:header.x-old": "''"},
        "201": copied,
    }
    api_id, url = make_api()
    client = boto3.client("apigatewayv2")
    client.update_stage(ApiId=api_id, StageName="$default", StageVariables={"environmentId": "test"})
    with backing() as backend:
        backend.headers, backend.body = [("X-Old", "1")], b'{"id": 7}'
        if kind == "function":
            function = make_function(ANSWER)
            permit(api_id, function)
            target = make_integration(api_id, function, ResponseParameters=mappings)
        else:
            target = make_proxy(api_id, backend.url, ResponseParameters=mappings)
        add_routes(api_id, target, "GET /a")

        def answered(status):
            backend.status = status
            return ask(url, f"/a?{status}")

        failed, missing, made, other = (answered(status) for status in (500, 404, 201, 200))
    assert (failed.status, failed.header("header1")) == (403, failed.header("Apigw-Requestid"))
    assert (missing.status, missing.header("error"), missing.header("X-Old")) == (404, "test", None)
    assert (made.status, made.headers("X-Old"), made.header("X-Copy")) == (201, ["7"], "1")
    assert (other.status, other.headers("X-Old"), json.loads(other.body)) == (200, ["1"], {"id": 7})


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"RequestParameters": {"header.x": "1"}}, "Invalid Request Actioned Parameter"),
        ({"RequestParameters": {"overwrite:body": "1"}}, "Invalid Request Actioned Parameter"),
        ({"RequestParameters": {"append:path": "/x"}}, "Invalid Request Actioned Parameter"),
        ({"RequestParameters": {"overwrite:header.Authorization": "1"}}, "are restricted"),
        ({"RequestParameters": {"append:header.x-amzn-trace-id": "1"}}, "are restricted"),
        (
            {"ResponseParameters": {"200": {"append:overwrite.static": "1"}}},
            "Invalid Response Actioned Parameter",
        ),
        (
            {"ResponseParameters": {"200": {"append:querystring.x": "1"}}},
            "Invalid Response Actioned Parameter",
        ),
        (
            {"ResponseParameters": {"200": {"remove:header.Access-Control-Allow-Origin": "''"}}},
            "are restricted",
        ),
        ({"ResponseParameters": {"abc": {"append:header.x": "1"}}}, "Invalid status code"),
    ],
)
def test_mappings_that_there_are_not_are_refused(aws, settings, complaint):
    """The words of a response's: https://github.com/hashicorp/terraform-provider-aws/pull/17997"""
    client, (api_id, _) = boto3.client("apigatewayv2"), make_api()
    made = make_proxy(api_id, "http://127.0.0.1/").partition("/")[2]
    code, message, status = refused(client.update_integration, ApiId=api_id, IntegrationId=made, **settings)
    assert (code, status) == ("BadRequestException", 400)
    assert complaint in message
