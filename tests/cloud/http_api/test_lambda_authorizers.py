"""Lambda authorizers: a function lets requests in or keeps them out.

What AWS does stands on https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
unless a test names another source.
"""

import json
import uuid

import boto3
import pytest

from cloud.http_api.lambda_authorizers import verdict
from tests.cloud.functions.making import eventually, make_function, make_role
from tests.cloud.http_api.making import add_routes, ask, make_api, make_integration, own_cloud, permit

# Answers what the header x-answer says, and tells in the context what it was asked, and how often.
AUTHORIZER = """
import json
calls = 0
def handler(event, context):
    global calls
    calls += 1
    answer = json.loads(event["headers"]["x-answer"])
    if answer == "fail":
        raise ValueError("asked for")
    if isinstance(answer, dict) and "context" not in answer:
        answer["context"] = {"calls": calls, "event": json.dumps(event), "number": 1, "yes": True}
    return answer
"""
TELL = "def handler(event, context): return event['requestContext'].get('authorizer')"
TRUSTED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
YES, NO = {"isAuthorized": True}, {"isAuthorized": False}


def policy(*statements):
    made = [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": to} for effect, to in statements]
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": made}}


def uri_of(function):
    arn = boto3.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


class Guarded:
    """An API whose routes /a and /b one authorizer guards."""

    def __init__(self, **settings):
        self.guard = make_function(AUTHORIZER)
        self.id, self.url = make_api()
        function = make_function(TELL)
        permit(self.id, function)
        self.client = boto3.client("apigatewayv2")
        self.authorizer = self.client.create_authorizer(
            **{
                "ApiId": self.id,
                "AuthorizerType": "REQUEST",
                "AuthorizerUri": uri_of(self.guard),
                "AuthorizerPayloadFormatVersion": "2.0",
                "EnableSimpleResponses": True,
                "IdentitySource": ["$request.header.x-token"],
                "Name": "guard",
            }
            | settings
        )["AuthorizerId"]
        permit(self.id, self.guard, f"authorizers/{self.authorizer}")
        guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": self.authorizer}
        add_routes(self.id, make_integration(self.id, function), "GET /a", "GET /b/{name}", **guarded)

    def update(self, **settings):
        self.client.update_authorizer(ApiId=self.id, AuthorizerId=self.authorizer, **settings)

    def ask(self, answer, target="/a", token="t", **headers):
        sent = {"x-answer": json.dumps(answer), "x-token": token} | headers
        return ask(
            self.url, target, headers={name: value for name, value in sent.items() if value is not None}
        )

    def told(self, *asked, **more):
        """What the function was asked, as it tells in its context."""
        return self.ask(*asked, **more).json["lambda"]


@pytest.fixture(scope="module")
def simple(aws):
    return Guarded()


@pytest.fixture(scope="module")
def by_policy(aws):
    return Guarded(EnableSimpleResponses=False)


def test_a_simple_yes_passes_and_its_context_goes_on(simple):
    found = simple.ask(YES | {"context": {"user": "ann", "groups": ["a"], "age": 7}})
    assert found.json == {"lambda": {"user": "ann", "groups": ["a"], "age": 7}}


def test_a_simple_no_is_forbidden(simple):
    found = simple.ask(NO)
    assert (found.status, found.json) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize("token", [None, ""])
def test_without_its_identity_source_a_request_is_unauthorized_and_the_function_is_not_asked(simple, token):
    before = simple.told(YES)["calls"]
    found = simple.ask(YES, token=token)
    assert (found.status, found.json) == (401, {"message": "Unauthorized"})
    assert simple.told(YES)["calls"] == before + 1


@pytest.mark.parametrize(
    "answer",
    ["fail", None, True, "yes", {}, {"isAuthorized": "true"}, policy(("Allow", "*")), YES | {"context": 7}],
)
def test_an_authorizer_that_fails_or_answers_in_another_format_is_an_internal_error(simple, answer):
    found = simple.ask(answer)
    assert (found.status, found.json) == (500, {"message": "Internal Server Error"})


def test_the_event_of_format_2(simple):
    told = simple.told(YES, target="/b/x?q=1&q=2", Cookie="c=1")
    event = json.loads(told["event"])
    assert {name: event[name] for name in ("version", "type", "identitySource", "routeKey", "rawPath")} == {
        "version": "2.0",
        "type": "REQUEST",
        "identitySource": ["t"],
        "routeKey": "GET /b/{name}",
        "rawPath": "/b/x",
    }
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{simple.id}/$default/GET/b/x"
    assert (event["routeArn"], event["pathParameters"], event["cookies"]) == (arn, {"name": "x"}, ["c=1"])
    assert (event["queryStringParameters"], event["headers"]["x-token"]) == ({"q": "1,2"}, "t")
    assert event["requestContext"]["http"]["method"] == "GET"
    assert not {"body", "isBase64Encoded"} & set(event)


@pytest.mark.parametrize(
    ("statements", "statuses"),
    [
        ([("Allow", "*")], (200, 200)),
        ([("Allow", "{api}/*/GET/a")], (200, 403)),
        ([("Allow", "{api}/$default/GET/b/*")], (403, 200)),
        ([("Allow", "*"), ("Deny", "{api}/*/GET/a")], (403, 200)),
        ([("Allow", "{api}/*/POST/*")], (403, 403)),
        ([], (403, 403)),
    ],
)
def test_a_policy_is_asked_for_the_request_s_own_arn(by_policy, statements, statuses):
    prefix = f"arn:aws:execute-api:us-east-1:123456789012:{by_policy.id}"
    answer = policy(*((effect, to.replace("{api}", prefix)) for effect, to in statements))
    assert tuple(by_policy.ask(answer, target).status for target in ("/a", "/b/x")) == statuses


def test_an_authorizer_without_simple_responses_must_answer_a_policy(by_policy):
    assert by_policy.ask(YES).status == 500


def test_format_1_sends_the_event_of_a_rest_api_and_takes_a_policy(aws):
    api = Guarded(AuthorizerPayloadFormatVersion="1.0", EnableSimpleResponses=False)
    event = json.loads(api.told(policy(("Allow", "*")), target="/b/x?q=1")["event"])
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/$default/GET/b/x"
    assert (event["version"], event["type"], event["methodArn"]) == ("1.0", "REQUEST", arn)
    assert (event["identitySource"], event["authorizationToken"]) == ("t", "t")
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/b/{name}", "/b/x", "GET")
    assert (event["queryStringParameters"], event["pathParameters"]) == ({"q": "1"}, {"name": "x"})
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


def test_a_verdict_is_kept_by_its_identity_sources_for_all_routes_until_its_time_is_over(aws):
    """And failures are not kept: the next request asks again."""
    with own_cloud() as own:
        api = Guarded(AuthorizerResultTtlInSeconds=300)
        assert api.ask("fail", token="x").status == 500
        assert api.ask(YES, token="x").status == 200
        first = api.told(YES, token="y")["calls"]
        assert [api.told(NO, token="y", target=target)["calls"] for target in ("/a", "/b/x")] == [first] * 2
        assert [api.ask(answer, token="z").status for answer in (NO, YES)] == [403, 403]
        own.advance(240)
        assert api.ask(NO, token="y").status == 200
        own.advance(61)
        assert api.ask(NO, token="y").status == 403
        api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")
        assert api.ask(YES, token="y").status == 200


def test_a_kept_policy_is_asked_anew_for_each_route(aws):
    """So one policy may let a token in here and not there."""
    api = Guarded(AuthorizerResultTtlInSeconds=300, EnableSimpleResponses=False)
    only_a = policy(("Allow", f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/*/GET/a"))
    assert [api.ask(answer, target).status for answer, target in ((only_a, "/a"), (None, "/b/x"))] == [
        200,
        403,
    ]
    api.update(IdentitySource=["$request.header.x-token", "$context.routeKey", "$request.querystring.q"])
    assert api.ask(only_a, "/b/x").status == 401
    event = json.loads(api.told(policy(("Allow", "*")), target="/b/x?q=1")["event"])
    assert event["identitySource"] == ["t", "GET /b/{name}", "1"]


def test_without_identity_sources_everybody_s_request_is_looked_at(aws):
    api = Guarded(IdentitySource=[])
    assert json.loads(api.told(YES, token=None)["event"])["identitySource"] is None
    assert api.ask(NO, token=None).status == 403


def test_the_authorizer_s_function_needs_a_permission_for_the_authorizer_or_a_role(aws):
    api = Guarded()
    client = boto3.client("lambda")
    statements = json.loads(client.get_policy(FunctionName=api.guard)["Policy"])["Statement"]
    client.remove_permission(FunctionName=api.guard, StatementId=statements[0]["Sid"])
    permit(api.id, api.guard, "*/GET/a")
    assert (api.ask(YES).status, api.ask(YES).json) == (500, {"message": "Internal Server Error"})
    arn = client.get_function(FunctionName=api.guard)["Configuration"]["FunctionArn"]
    role = make_role({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn})
    name = role.rsplit("/", 1)[-1]
    boto3.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(TRUSTED))
    api.update(AuthorizerCredentialsArn=role)
    assert api.ask(YES).status == 200
    boto3.client("iam").delete_role_policy(RoleName=name, PolicyName="inline")
    assert api.ask(YES).status == 500


def test_the_access_log_tells_what_the_authorizer_said(aws):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""
    api, logs = Guarded(), boto3.client("logs")
    group = f"/api/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    names = ("status", "authorizer.number", "authorizer.yes", "authorizer.word", "authorizer.error")
    settings = {
        "DestinationArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}",
        "Format": " ".join(f"$context.{name}" for name in names),
    }
    api.client.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=settings)
    api.ask(YES | {"context": {"number": 1, "yes": True, "word": "w"}})
    api.ask("fail")

    def lines():
        found = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in found] if len(found) == 2 else None

    passed, failed = eventually(lines)
    assert passed == "200 1 true w -"
    assert failed.startswith("500 - - - The authorizer")


def test_a_preflight_passes_without_the_authorizer_where_cors_is_set(aws):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    api = Guarded()
    origin = "http://127.0.0.1:8000"
    api.client.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": [origin]})
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    assert ask(api.url, "/a", "OPTIONS", headers=headers).status == 204
    refused = ask(api.url, "/a", headers={"Origin": origin})
    assert (refused.status, refused.header("Access-Control-Allow-Origin")) == (401, origin)


@pytest.mark.parametrize("payload", [b"", b"no", b"[]", b"7"])
def test_what_is_no_verdict(payload):
    for simple in (True, False):
        with pytest.raises(ValueError):  # noqa: PT011
            verdict(payload, simple=simple)
