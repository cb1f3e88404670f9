"""Authorizers as resources: made, changed, shown, removed, and what API Gateway refuses of them."""

import boto3
import pytest

from tests.cloud.http_api.issuing import AUDIENCE, issuing
from tests.cloud.http_api.making import make_api
from tests.cloud.http_api.test_control import refused

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:guard"
REQUEST = {
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
    "AuthorizerPayloadFormatVersion": "2.0",
    "IdentitySource": ["$request.header.Authorization"],
    "Name": "guard",
}
NEEDS_JWT = (
    "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
)
NEEDS_FUNCTION = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
    "requires a valid authorizer."
)
ONLY_WITH_TOKENS = (
    "Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS "
    "and JWT authorization types"
)


@pytest.fixture(scope="module")
def client(aws):
    return boto3.client("apigatewayv2")


@pytest.fixture(scope="module")
def issuer():
    with issuing() as running:
        yield running


@pytest.fixture
def api(aws):
    return make_api()[0]


def tokens_of(issuer, **settings):
    configuration = {"Issuer": issuer.url, "Audience": [AUDIENCE]} | settings
    source = ["$request.header.Authorization"]
    return {
        "AuthorizerType": "JWT",
        "IdentitySource": source,
        "JwtConfiguration": configuration,
        "Name": "tokens",
    }


def test_an_authorizer_is_made_shown_changed_and_removed(client, api):
    made = client.create_authorizer(ApiId=api, AuthorizerResultTtlInSeconds=60, **REQUEST)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    asked = {"ApiId": api, "AuthorizerId": made["AuthorizerId"]}
    client.update_authorizer(**asked, Name="renamed", EnableSimpleResponses=True)
    shown = client.get_authorizer(**asked)
    assert {name: shown[name] for name in REQUEST} == REQUEST | {"Name": "renamed"}
    assert (shown["EnableSimpleResponses"], shown["AuthorizerResultTtlInSeconds"]) == (True, 60)
    [listed] = client.get_authorizers(ApiId=api)["Items"]
    assert listed["AuthorizerId"] == made["AuthorizerId"]
    assert client.delete_authorizer(**asked)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.get_authorizers(ApiId=api)["Items"] == []
    for call in (client.get_authorizer, client.update_authorizer, client.delete_authorizer):
        assert refused(call, **asked)[::2] == ("NotFoundException", 404)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            {"AuthorizerPayloadFormatVersion": None},
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        ({"AuthorizerPayloadFormatVersion": "3.0"}, "AuthorizerPayloadFormatVersion 3.0 is not supported"),
        (
            {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
            'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
        ),
        (
            {"AuthorizerResultTtlInSeconds": 3601},
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
        ),
        (
            {"AuthorizerResultTtlInSeconds": 300, "IdentitySource": []},
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
        ),
        ({"IdentitySource": ["method.request.header.Auth"]}, "Invalid identity source expression"),
        ({"AuthorizerUri": FUNCTION}, "Invalid Authorizer URI"),
        ({"AuthorizerType": "TOKEN"}, "Invalid authorizer type specified"),
    ],
)
def test_a_lambda_authorizer_that_cannot_work_is_refused(client, api, settings, complaint):
    """The words of the first: https://github.com/getmoto/moto/pull/5474, compared with AWS there; of caching
    without identity sources: https://github.com/hashicorp/terraform-provider-aws/pull/32629.
    """
    asked = {name: value for name, value in (REQUEST | settings).items() if value is not None}
    code, message, status = refused(client.create_authorizer, ApiId=api, **asked)
    assert (code, status) == ("BadRequestException", 400)
    assert message.startswith(complaint)
    made = client.create_authorizer(ApiId=api, **REQUEST)["AuthorizerId"]
    changes = {name: value for name, value in settings.items() if value is not None}
    if changes:
        found = refused(client.update_authorizer, ApiId=api, AuthorizerId=made, **changes)
        assert (found[0], found[1]) == (code, message)


def test_an_issuer_is_asked_where_its_keys_are_before_an_authorizer_trusts_it(client, api, issuer):
    """The words: https://github.com/haandol/cognito-kakao-example/issues/1"""
    client.create_authorizer(ApiId=api, **tokens_of(issuer))
    assert issuer.asked == ["/.well-known/openid-configuration"]
    nowhere = f"{issuer.url}/nowhere"
    found = refused(client.create_authorizer, ApiId=api, **tokens_of(issuer, Issuer=nowhere))
    message = (
        f"Caught exception when connecting to {nowhere}/.well-known/openid-configuration for issuer "
        f"{nowhere}. Please try again later. Error: Invalid issuer: {nowhere}. Issuer must have a valid "
        "discovery endpoint ended with '/.well-known/openid-configuration'"
    )
    assert found == ("BadRequestException", message, 400)


@pytest.mark.parametrize(
    "url",
    ["http://issuer.example", "http://127.0.0.2", "file:///etc", "ftp://127.0.0.1", "issuer", "https://"],
)
def test_an_issuer_is_asked_over_https_or_on_this_machine_and_nowhere_else(client, api, issuer, url):
    found = refused(client.create_authorizer, ApiId=api, **tokens_of(issuer, Issuer=url))
    assert found[0] == "BadRequestException"


@pytest.mark.parametrize("keys", ["http://issuer.example/keys", "file:///etc/passwd", "http://[", 7, None])
def test_an_issuer_cannot_send_the_gateway_elsewhere_for_its_keys(client, api, keys):
    with issuing() as issuer:
        issuer.documents["/.well-known/openid-configuration"]["jwks_uri"] = keys
        assert refused(client.create_authorizer, ApiId=api, **tokens_of(issuer))[0] == "BadRequestException"


@pytest.mark.parametrize(
    "settings",
    [
        {"IdentitySource": []},
        {"IdentitySource": ["$request.header.a", "$request.header.b"]},
        {"JwtConfiguration": {"Audience": ["a"]}},
        {"JwtConfiguration": None},
        {"JwtConfiguration": {"Issuer": "http://127.0.0.1:1", "Audience": [str(n) for n in range(51)]}},
    ],
)
def test_a_jwt_authorizer_needs_one_source_and_an_issuer_and_has_fifty_audiences_at_most(
    client, api, issuer, settings
):
    asked = {name: value for name, value in (tokens_of(issuer) | settings).items() if value is not None}
    assert refused(client.create_authorizer, ApiId=api, **asked)[::2] == ("BadRequestException", 400)


def test_a_route_s_authorizer_is_there_and_of_its_kind(client, api, issuer):
    """The words: https://github.com/anomalyco/sst/issues/4097,
    https://github.com/hashicorp/terraform-provider-aws/issues/17497, https://github.com/aws/aws-cdk/pull/27576
    """
    function = client.create_authorizer(ApiId=api, **REQUEST)["AuthorizerId"]
    tokens = client.create_authorizer(ApiId=api, **tokens_of(issuer))["AuthorizerId"]
    for kind, authorizer, complaint in (
        ("JWT", None, NEEDS_JWT),
        ("JWT", "none", NEEDS_JWT),
        ("JWT", function, NEEDS_JWT),
        ("CUSTOM", None, NEEDS_FUNCTION),
        ("CUSTOM", tokens, NEEDS_FUNCTION),
    ):
        asked = {"AuthorizationType": kind} | ({"AuthorizerId": authorizer} if authorizer else {})
        found = refused(client.create_route, ApiId=api, RouteKey="GET /", **asked)
        assert found == ("BadRequestException", complaint, 400)
    scopes = {"AuthorizationScopes": ["read"]}
    for asked in ({}, {"AuthorizationType": "CUSTOM", "AuthorizerId": function}):
        found = refused(client.create_route, ApiId=api, RouteKey="GET /", **scopes, **asked)
        assert found == ("BadRequestException", ONLY_WITH_TOKENS, 400)
    found = refused(client.create_route, ApiId=api, RouteKey="GET /", AuthorizationType="COGNITO")
    assert found[0] == "BadRequestException"


def test_a_route_is_changed_by_the_same_rules(client, api, issuer):
    tokens = client.create_authorizer(ApiId=api, **tokens_of(issuer))["AuthorizerId"]
    made = client.create_route(ApiId=api, RouteKey="GET /")["RouteId"]
    route = {"ApiId": api, "RouteId": made}
    assert refused(client.update_route, **route, AuthorizationType="JWT")[1] == NEEDS_JWT
    assert refused(client.update_route, **route, AuthorizationScopes=["read"])[1] == ONLY_WITH_TOKENS
    client.update_route(**route, AuthorizationType="JWT", AuthorizerId=tokens, AuthorizationScopes=["read"])
    assert client.get_route(**route)["AuthorizationScopes"] == ["read"]
    client.update_route(**route, AuthorizationScopes=[])
    assert not client.get_route(**route).get("AuthorizationScopes")
    client.update_route(**route, AuthorizationType="NONE")
    client.update_route(**route, AuthorizationType="JWT")


def test_a_route_has_ten_scopes_at_most_and_an_api_ten_authorizers(client, api, issuer):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    made = [client.create_authorizer(ApiId=api, **REQUEST | {"Name": str(number)}) for number in range(9)]
    tokens = client.create_authorizer(ApiId=api, **tokens_of(issuer))["AuthorizerId"]
    assert refused(client.create_authorizer, ApiId=api, **REQUEST)[0] == "BadRequestException"
    client.delete_authorizer(ApiId=api, AuthorizerId=made[0]["AuthorizerId"])
    asked = {"ApiId": api, "RouteKey": "GET /", "AuthorizationType": "JWT", "AuthorizerId": tokens}
    scopes = [str(number) for number in range(11)]
    found = refused(client.create_route, AuthorizationScopes=scopes, **asked)
    assert found[::2] == ("BadRequestException", 400)
    client.create_route(AuthorizationScopes=scopes[:10], **asked)


def test_a_key_set_that_is_too_large_is_not_read(client, api):
    with issuing() as issuer:
        issuer.documents["/.well-known/openid-configuration"]["more"] = "x" * 150_000
        assert refused(client.create_authorizer, ApiId=api, **tokens_of(issuer))[0] == "BadRequestException"


def test_an_authorizer_in_use_stays(client, api):
    """The words: https://github.com/anomalyco/sst/issues/5586"""
    made = client.create_authorizer(ApiId=api, **REQUEST)["AuthorizerId"]
    asked = {"AuthorizationType": "CUSTOM", "AuthorizerId": made}
    route = client.create_route(ApiId=api, RouteKey="POST /pdf", **asked)["RouteId"]
    found = refused(client.delete_authorizer, ApiId=api, AuthorizerId=made)
    message = "Cannot delete authorizer 'guard', is referenced in route: POST /pdf"
    assert found == ("ConflictException", message, 409)
    client.update_route(ApiId=api, RouteId=route, AuthorizationType="NONE")
    client.delete_authorizer(ApiId=api, AuthorizerId=made)


def test_the_cache_of_a_stage_that_is_not_there_cannot_be_reset(client, api):
    found = refused(client.reset_authorizers_cache, ApiId=api, StageName="none")
    assert found[::2] == ("NotFoundException", 404)


def test_a_target_that_names_no_integration_is_malformed(client, api):
    found = refused(client.create_route, ApiId=api, RouteKey="GET /", Target="none")
    message = (
        "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
    )
    assert found == ("BadRequestException", message, 400)
