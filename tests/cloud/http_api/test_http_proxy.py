"""Integrations to a URL: the request is passed on, the answer comes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
"""

import gzip
import json
import socket

import boto3
import pytest

from tests.cloud.http_api.backing import backing
from tests.cloud.http_api.making import add_routes, ask, make_api
from tests.cloud.http_api.test_control import refused


@pytest.fixture
def backend():
    with backing() as running:
        yield running


@pytest.fixture
def lead(aws, backend):
    """Makes a route that leads to a path of the backend, and returns the API's address."""

    def make(key, path, **settings):
        api_id, url = make_api()
        add_routes(api_id, make_proxy(api_id, backend.url + path, **settings), key)
        return url

    return make


def make_proxy(api_id, uri, **settings):
    asked = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": uri,
        "PayloadFormatVersion": "1.0",
    }
    made = boto3.client("apigatewayv2").create_integration(ApiId=api_id, **asked | settings)
    return f"integrations/{made['IntegrationId']}"


def told(found):
    """What the backend was asked, and its headers by name."""
    assert found.status == 200, found.body
    return found.json | {"headers": dict(map(tuple, found.json["headers"]))}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_method_query_and_body_are_passed_on(lead, method):
    url = lead("ANY /a", "/base?own=1")
    asked = told(ask(url, "/a?q=x%20y&q=2&empty=", method, b"\x00body"))
    assert (asked["method"], asked["target"]) == (method, "/base?own=1&q=x%20y&q=2&empty=")
    assert (asked["body"], asked["headers"]["content-length"]) == ("\x00body", "5")


def test_an_integration_may_set_the_method(lead):
    assert told(ask(lead("GET /a", "/", IntegrationMethod="POST"), "/a"))["method"] == "POST"


@pytest.mark.parametrize(
    ("key", "uri", "asked", "target"),
    [
        ("ANY /pets/{petID}", "/pets/extendedpath/{petID}", "/pets/6", "/pets/extendedpath/6"),
        ("ANY /parent/{proxy+}", "/petstore/{proxy}", "/parent/a/b", "/petstore/a/b"),
        ("ANY /parent/{proxy+}", "/fixed", "/parent/a/b", "/fixed"),
        ("ANY /{name}", "/x/{name}", "/a%20%23b", "/x/a%20%23b"),
        ("ANY /{proxy+}", "/public/{proxy}", "/a/..%2F..%2Fsecret", "/public/a/%2E%2E/%2E%2E/secret"),
        ("ANY /{name}", "/public/{name}", "/%2E%2E", "/public/%2E%2E"),
        ("$default", "/", "/any/thing", "/"),
        ("ANY /{name}", "/x/${request.header.x}", "/a", "/x/$%7Brequest.header.x%7D"),
    ],
)
def test_path_variables_stand_in_the_address(lead, key, uri, asked, target):
    """The first two: AWS's own examples. What a client sends does not lead out of the URI's own path."""
    assert told(ask(lead(key, uri), asked))["target"] == target


def test_headers_are_passed_on_but_those_of_one_connection(lead, backend):
    """Of its own, the gateway adds ``Forwarded`` and ``Via``: https://github.com/expressjs/session/issues/886"""
    url = lead("GET /a", "/")
    sent = [
        ("X-One", "1"),
        ("X-Two", "a"),
        ("X-Two", "b"),
        ("Cookie", "c=1"),
        ("User-Agent", "me"),
        ("Connection", "keep-alive, X-Hop"),
        ("X-Hop", "1"),
        ("TE", "trailers"),
        ("Keep-Alive", "timeout=5"),
        ("Origin", "http://a.example"),
    ]
    found = ask(url, "/a", headers=sent).json["headers"]
    headers = dict(map(tuple, found))
    assert [value for name, value in found if name == "x-two"] == ["a", "b"]
    assert {name: headers[name] for name in ("x-one", "cookie", "user-agent", "origin")} == {
        "x-one": "1",
        "cookie": "c=1",
        "user-agent": "me",
        "origin": "http://a.example",
    }
    own = url.removeprefix("http://")
    assert headers["host"] == backend.url.removeprefix("http://")
    assert (headers["via"], headers["forwarded"]) == (
        "HTTP/1.1 AmazonAPIGateway",
        f"by=127.0.0.1;for=127.0.0.1;host={own};proto=http",
    )
    assert not {"x-hop", "te", "keep-alive", "connection", "accept-encoding", "x-forwarded-for"} & set(
        headers
    )


def test_status_headers_and_body_come_back(lead, backend):
    url = lead("GET /a", "/")
    backend.status, backend.body = 418, gzip.compress(b"tea")
    backend.headers = [
        ("Content-Type", "text/tea"),
        ("Content-Encoding", "gzip"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
    ]
    found = ask(url, "/a")
    assert (found.status, gzip.decompress(found.body)) == (418, b"tea")
    assert (found.header("Content-Type"), found.headers("Set-Cookie")) == ("text/tea", ["a=1", "b=2"])
    assert (found.header("X-Hop"), found.headers("Content-Length")) == (None, [str(len(backend.body))])
    assert found.header("Apigw-Requestid")


def test_an_answer_in_chunks_comes_back_whole(lead, backend):
    backend.chunked, backend.body = True, b"several parts"
    found = ask(lead("GET /a", "/"), "/a")
    assert (found.body, found.header("Transfer-Encoding")) == (b"several parts", None)


def test_an_answer_to_head_keeps_its_length(lead, backend):
    backend.body = b"12345"
    found = ask(lead("ANY /a", "/"), "/a", "HEAD")
    assert (found.status, found.body, found.header("Content-Length")) == (200, b"", "5")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("place", ["file:///etc/passwd", "/b"])
def test_a_redirect_is_the_client_s_to_follow(lead, backend, status, place):
    backend.status, backend.headers = status, [("Location", place)]
    found = ask(lead("GET /a", "/a"), "/a")
    assert (found.status, found.header("Location"), found.json["target"]) == (status, place, "/a")


def test_the_backend_s_cors_is_ignored_where_the_api_has_its_own(aws, backend):
    api_id, url = make_api(CorsConfiguration={"AllowOrigins": ["http://127.0.0.1:8000"]})
    add_routes(api_id, make_proxy(api_id, backend.url), "GET /a")
    backend.headers = [("Access-Control-Allow-Origin", "*")]
    assert (
        ask(url, "/a", headers={"Origin": "http://a.example"}).header("Access-Control-Allow-Origin") is None
    )


@pytest.mark.parametrize(("path", "milliseconds"), [("/slow", 200), ("/drop", 30_000)])
def test_a_backend_that_does_not_answer_is_unavailable(lead, path, milliseconds):
    """As on AWS: https://github.com/cortexlabs/cortex/issues/1225"""
    found = ask(lead("GET /a", path, TimeoutInMillis=milliseconds), "/a")
    assert (found.status, found.json) == (503, {"message": "Service Unavailable"})


def test_a_backend_that_is_not_there_is_unavailable(aws):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    api_id, url = make_api()
    add_routes(api_id, make_proxy(api_id, f"http://127.0.0.1:{free}/"), "GET /a")
    add_routes(api_id, make_proxy(api_id, "http://nobody.invalid/"), "GET /b")
    assert [ask(url, target).status for target in ("/a", "/b")] == [503, 503]


def test_an_answer_of_more_than_ten_megabytes_does_not_come_back(lead, backend):
    url = lead("GET /a", "/")
    backend.body = b"x" * (10 * 1024 * 1024)
    assert len(ask(url, "/a").body) == len(backend.body)
    backend.body += b"x"
    assert ask(url, "/a").status == 500


def test_an_api_that_leads_to_itself_comes_to_an_end(aws):
    api_id, url = make_api()
    add_routes(api_id, make_proxy(api_id, f"{url}/a"), "GET /a")
    assert ask(url, "/a").status == 503


def test_quick_create_leads_to_a_url(aws, backend):
    made = boto3.client("apigatewayv2").create_api(
        Name="quick", ProtocolType="HTTP", Target=f"{backend.url}/x"
    )
    assert told(ask(made["ApiEndpoint"], "/any", "POST", b""))["target"] == "/x"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1",
        "http://",
        "http://{host}/",
        "arn:aws:x",
        "http://[",
    ],
)
def test_an_integration_leads_to_a_url_and_the_host_is_the_api_s_to_say(aws, uri):
    """The words are those of API Gateway: https://github.com/aws/aws-cdk/issues/14984"""
    client, (api_id, _) = boto3.client("apigatewayv2"), make_api()
    asked = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "PayloadFormatVersion": "1.0"}
    found = refused(client.create_integration, ApiId=api_id, IntegrationUri=uri, **asked)
    assert found == ("BadRequestException", "Invalid HTTP endpoint specified for URI", 400)
    made = make_proxy(api_id, "http://127.0.0.1/").partition("/")[2]
    found = refused(client.update_integration, ApiId=api_id, IntegrationId=made, IntegrationUri=uri or "x")
    assert found[0] == "BadRequestException"


def test_stage_variables_may_name_the_host(aws, backend):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html"""
    api_id, url = make_api()
    add_routes(api_id, make_proxy(api_id, "http://${stageVariables.host}/x"), "GET /a")
    host = backend.url.removeprefix("http://")
    client = boto3.client("apigatewayv2")
    client.update_stage(ApiId=api_id, StageName="$default", StageVariables={"host": host})
    assert told(ask(url, "/a"))["target"] == "/x"
    for host in ("[", "127.0.0.1:99999", "a b", "nobody.invalid"):
        client.update_stage(ApiId=api_id, StageName="$default", StageVariables={"host": host})
        assert ask(url, "/a").status == 503


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/_cloud/clock", b'{"scale": 0.5}'),
        ("GET", "/moto-api/data.json", None),
        ("POST", "/moto-api/reset", b""),
        ("GET", "/v2/apis", None),
        ("GET", "/2015-03-31/functions", None),
        ("GET", "/", None),
    ],
)
def test_through_an_api_a_page_or_a_stranger_gets_no_further_into_the_cloud_than_directly(
    aws, method, path, body
):
    """The gateway signs nothing, and leaves standing what browsers say of the page that asks."""
    api_id, url = make_api()
    add_routes(api_id, make_proxy(api_id, f"{aws.endpoint_url}/{{proxy}}"), "ANY /{proxy+}")
    add_routes(api_id, make_proxy(api_id, f"{aws.endpoint_url}/"), "GET /")
    headers = {"Origin": "http://a.example", "Content-Type": "text/plain"}
    direct, passed = (ask(place, path, method, body, headers) for place in (aws.endpoint_url, url))
    assert direct.status in (400, 403, 404, 405)
    assert passed.status == direct.status
    assert json.loads(ask(aws.endpoint_url, "/_cloud/clock").body)["scale"] == pytest.approx(1 / 60)
