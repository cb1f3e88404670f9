"""The gateway by itself: CORS, permission, limits, throttling, stages, access logs."""

import json
import re
import uuid

import boto3
import pytest

from tests.cloud.functions.making import LOGS, eventually, make_function
from tests.cloud.http_api.making import add_routes, ask, make_api, make_echo, make_integration, permit

PAGE, OTHER = "http://127.0.0.1:8000", "http://evil.example"
CORS = {
    "AllowOrigins": [PAGE],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["content-type"],
    "ExposeHeaders": ["x-seen"],
    "MaxAge": 300,
    "AllowCredentials": True,
}


def body_of(message):
    return json.dumps({"message": message}, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def echo(aws):
    """An API with CORS: (id, URL, function)."""
    return make_echo("GET /files", "POST /files", "GET /{key+}", CorsConfiguration=CORS)


# ---- CORS --------------------------------------------------------------------------------------------------


def preflight(url, origin, method="GET", target="/files"):
    return ask(url, target, "OPTIONS", headers={"Origin": origin, "Access-Control-Request-Method": method})


def test_a_preflight_is_answered_by_the_gateway_alone(echo):
    found = preflight(echo[1], PAGE)
    assert (found.status, found.body) == (204, b"")
    assert found.header("Access-Control-Allow-Origin") == PAGE
    assert found.header("Access-Control-Allow-Methods") == "GET,POST"
    assert found.header("Access-Control-Allow-Headers") == "content-type"
    assert found.header("Access-Control-Max-Age") == "300"
    assert found.header("Access-Control-Allow-Credentials") == "true"


def test_a_preflight_from_elsewhere_gets_no_allowance(echo):
    found = preflight(echo[1], OTHER)
    assert found.header("Access-Control-Allow-Origin") is None
    assert found.header("Access-Control-Allow-Methods") is None


def test_what_is_no_preflight_is_an_ordinary_request(echo):
    assert ask(echo[1], "/files", "OPTIONS").status == 404
    assert ask(echo[1], "/files", "OPTIONS", headers={"Origin": PAGE}).status == 404


def test_an_answer_carries_the_configured_headers_and_not_the_function_s(echo):
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "1"}}
    target = f"/files?answer={json.dumps(own).replace(' ', '')}"
    found = ask(echo[1], target, headers={"Origin": PAGE})
    assert found.headers("Access-Control-Allow-Origin") == [PAGE]
    assert found.header("Access-Control-Expose-Headers") == "x-seen"
    assert found.header("Access-Control-Max-Age") is None
    foreign = ask(echo[1], target, headers={"Origin": OTHER})
    assert (foreign.status, foreign.header("Access-Control-Allow-Origin")) == (200, None)


def test_refusals_carry_the_headers_too(echo):
    found = ask(echo[1], "/", headers={"Origin": PAGE})
    assert (found.status, found.header("Access-Control-Allow-Origin")) == (404, PAGE)


def test_without_configuration_the_function_s_own_headers_pass(aws):
    _, url, _ = make_echo("GET /files")
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    found = ask(url, f"/files?answer={json.dumps(own).replace(' ', '')}", headers={"Origin": OTHER})
    assert found.header("Access-Control-Allow-Origin") == "*"
    assert preflight(url, OTHER).status == 404


def test_any_origin_is_answered_with_a_star(echo):
    client = boto3.client("apigatewayv2")
    api_id, url = make_api(CorsConfiguration={"AllowOrigins": ["*"]})
    assert preflight(url, OTHER).header("Access-Control-Allow-Origin") == "*"
    client.update_api(ApiId=api_id, CorsConfiguration={"AllowOrigins": ["https://*"]})
    assert preflight(url, OTHER).header("Access-Control-Allow-Origin") is None
    assert preflight(url, "https://a.example").header("Access-Control-Allow-Origin") == "https://a.example"
    client.delete_cors_configuration(ApiId=api_id)
    assert preflight(url, "https://a.example").status == 404


# ---- permission and limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "method", "target", "allowed"),
    [
        (None, "GET", "/files", False),
        ("*/*", "GET", "/files", True),
        ("*/*/files", "GET", "/files", True),
        ("$default/GET/files", "GET", "/files", True),
        ("$default/POST/files", "GET", "/files", False),
        ("prod/*", "GET", "/files", False),
        ("*/GET/{key+}", "GET", "/a/b", True),
        ("*/GET/files", "GET", "/a/b", False),
    ],
)
def test_a_route_needs_the_function_s_permission(invoked, source, method, target, allowed):
    api_id, url, function = invoked
    client = boto3.client("lambda")
    for statement in statements(client, function):
        client.remove_permission(FunctionName=function, StatementId=statement)
    if source:
        permit(api_id, function, source)
    found = ask(url, target, method)
    assert found.status == (200 if allowed else 500)
    if not allowed:
        assert found.body == body_of("Internal Server Error")


@pytest.fixture(scope="module")
def invoked(aws):
    return make_echo("GET /files", "GET /{key+}")


def statements(client, function):
    try:
        policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        return []
    return [statement["Sid"] for statement in policy["Statement"]]


def test_every_answer_has_the_request_s_id(echo):
    """Its form: the tests of aws/aws-lambda-dotnet's test tool, which run against API Gateway too."""
    for target in ("/files", "/none"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", ask(echo[1], target).header("Apigw-Requestid"))


def test_what_is_not_routed_is_not_found(echo):
    assert (ask(echo[1], "/").status, ask(echo[1], "/").body) == (404, body_of("Not Found"))
    assert ask(echo[1], "/files", "DELETE").status == 404


def test_a_percent_sign_that_is_left_over_is_a_bad_request(echo):
    found = ask(echo[1], "/percent%25done")
    assert (found.status, found.body) == (400, body_of("Bad Request"))


def test_more_than_ten_megabytes_are_too_large(echo):
    found = ask(echo[1], "/files", "POST", b"x" * (10 * 1024 * 1024 + 1))
    assert (found.status, found.body) == (413, body_of("Request Entity Too Large"))


def test_more_than_ten_kilobytes_of_headers_are_too_large(echo):
    assert ask(echo[1], "/files", headers={"X-Long": "x" * 10_240}).status == 431
    assert ask(echo[1], "/files", headers={"X-Long": "x" * 9_000}).status == 200


@pytest.mark.parametrize(
    ("code", "milliseconds", "status", "message"),
    [
        ("import time\ndef handler(event, context): time.sleep(5)", 200, 503, "Service Unavailable"),
        ("import time\ndef handler(event, context): time.sleep(5)", 3_000, 503, "Service Unavailable"),
        ("def handler(event, context): raise ValueError", 30_000, 500, "Internal Server Error"),
        ("import sys\ndef handler(event, context): sys.exit(1)", 30_000, 500, "Internal Server Error"),
    ],
)
def test_a_function_that_fails_or_takes_too_long(aws, code, milliseconds, status, message):
    """The gateway's time begins before the function's: where both are as long, the gateway gives up first."""
    api_id, url = make_api()
    function = make_function(code, Timeout=3)
    permit(api_id, function)
    add_routes(api_id, make_integration(api_id, function, TimeoutInMillis=milliseconds), "GET /")
    found = ask(url)
    assert (found.status, found.body) == (status, body_of(message))


# ---- stages ------------------------------------------------------------------------------------------------


def test_a_named_stage_stands_in_the_path_and_serves_what_was_deployed(aws):
    client = boto3.client("apigatewayv2")
    api_id, url, _ = make_echo("GET /files")
    client.create_stage(ApiId=api_id, StageName="prod", StageVariables={"color": "blue"})
    assert ask(url, "/prod/files").status == 404
    deployment = client.create_deployment(ApiId=api_id, StageName="prod")["DeploymentId"]
    event = ask(url, "/prod/files").json
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/prod/files", "prod")
    assert event["requestContext"]["http"]["path"] == "/prod/files"
    assert (event["routeKey"], event["stageVariables"]) == ("GET /files", {"color": "blue"})
    [route] = client.get_routes(ApiId=api_id)["Items"]
    client.update_route(ApiId=api_id, RouteId=route["RouteId"], RouteKey="GET /documents")
    assert (ask(url, "/files").status, ask(url, "/documents").status) == (404, 200)
    assert (ask(url, "/prod/files").status, ask(url, "/prod/documents").status) == (200, 404)
    newer = client.create_deployment(ApiId=api_id)["DeploymentId"]
    client.update_stage(ApiId=api_id, StageName="prod", DeploymentId=newer)
    assert ask(url, "/prod/documents").status == 200
    assert {one["DeploymentId"] for one in client.get_deployments(ApiId=api_id)["Items"]} >= {
        deployment,
        newer,
    }
    client.delete_stage(ApiId=api_id, StageName="$default")
    assert ask(url, "/documents").status == 404


def test_a_stage_may_throttle_all_routes_or_one(aws):
    client = boto3.client("apigatewayv2")
    api_id, url, _ = make_echo("GET /slow", "GET /free")
    client.update_stage(
        ApiId=api_id,
        StageName="$default",
        RouteSettings={"GET /slow": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}},
    )
    assert [ask(url, "/slow").status for _ in range(3)] == [200, 200, 429]
    assert ask(url, "/slow").body == body_of("Too Many Requests")
    assert [ask(url, "/free").status for _ in range(3)] == [200, 200, 200]
    client.update_stage(
        ApiId=api_id,
        StageName="$default",
        DefaultRouteSettings={"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1},
    )
    assert [ask(url, "/free").status for _ in range(2)] == [200, 429]
    stage = client.get_stage(ApiId=api_id, StageName="$default")
    assert stage["RouteSettings"]["GET /slow"]["ThrottlingBurstLimit"] == 2


def test_a_stage_writes_access_logs_in_its_own_format(aws):
    client, logs = boto3.client("apigatewayv2"), boto3.client("logs")
    api_id, url, _ = make_echo("GET /files/{key+}")
    group = f"/api/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:{aws.account_id}:log-group:{group}"
    names = [
        "requestId",
        "status",
        "routeKey",
        "path",
        "httpMethod",
        "responseLength",
        "identity.sourceIp",
        "nothing",
    ]
    format_ = json.dumps({name: f"$context.{name}" for name in names})
    client.update_stage(
        ApiId=api_id, StageName="$default", AccessLogSettings={"DestinationArn": arn, "Format": format_}
    )
    answer = ask(url, '/files/a"b')
    ask(url, "/none")

    def lines():
        found = logs.filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in found] if len(found) == 2 else None

    first, second = eventually(lines)
    assert first == {
        "requestId": answer.header("Apigw-Requestid"),
        "status": "200",
        "routeKey": "GET /files/{key+}",
        "path": '/files/a"b',
        "httpMethod": "GET",
        "responseLength": answer.header("Content-Length"),
        "identity.sourceIp": "127.0.0.1",
        "nothing": "-",
    }
    assert (second["status"], second["routeKey"]) == ("404", "-")


def test_a_route_may_ask_for_a_signature(aws):
    api_id, url = make_api()
    function = make_function("def handler(event, context): return event", LOGS)
    permit(api_id, function)
    add_routes(api_id, make_integration(api_id, function), "GET /", AuthorizationType="AWS_IAM")
    found = ask(url)
    assert (found.status, found.body) == (403, body_of("Forbidden"))
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    owner = aws.credentials
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(owner.access_key_id, owner.secret_access_key), "execute-api", "us-east-1").add_auth(
        request
    )
    assert ask(url, headers=dict(request.headers.items())).status == 200
