"""JWT authorizers: tokens of an issuer that the API trusts.

What AWS does stands on https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
unless a test names another source.
"""

import base64
import json
import time
import uuid

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cloud.http_api.jwt_authorizers import TokenError, as_text, check, scopes_of
from tests.cloud.functions.making import eventually, make_function
from tests.cloud.http_api.issuing import AUDIENCE, issuing
from tests.cloud.http_api.making import add_routes, ask, make_api, make_integration, own_cloud, permit

TELL = "def handler(event, context): return event['requestContext'].get('authorizer')"


class Guarded:
    """An API whose routes one JWT authorizer guards; GET /scoped asks for a scope as well."""

    def __init__(self, issuer, source="$request.header.Authorization", audience=(AUDIENCE, "another")):
        self.id, self.url = make_api()
        function = make_function(TELL)
        permit(self.id, function)
        self.client = boto3.client("apigatewayv2")
        self.authorizer = self.client.create_authorizer(
            ApiId=self.id,
            AuthorizerType="JWT",
            IdentitySource=[source],
            JwtConfiguration={"Issuer": issuer.url, "Audience": list(audience)},
            Name="tokens",
        )["AuthorizerId"]
        guarded = {"AuthorizationType": "JWT", "AuthorizerId": self.authorizer}
        target = make_integration(self.id, function)
        add_routes(self.id, target, "GET /", **guarded)
        add_routes(self.id, target, "GET /scoped", AuthorizationScopes=["read", "admin"], **guarded)

    def ask(self, token, target="/"):
        headers = {} if token is None else {"Authorization": token}
        return ask(self.url, target, headers=headers)


@pytest.fixture(scope="module")
def issuer():
    with issuing() as running:
        yield running


@pytest.fixture(scope="module")
def api(aws, issuer):
    return Guarded(issuer)


def challenge(found):
    assert (found.status, found.json) == (401, {"message": "Unauthorized"})
    return found.header("WWW-Authenticate")


def invalid(description, scope=""):
    return f'Bearer scope="{scope}" error="invalid_token" error_description="{description}"'


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_good_token_passes_and_its_claims_go_on(api, issuer, prefix, algorithm):
    """The identity source holds the token alone, or with ``Bearer`` before it."""
    found = api.ask(prefix + issuer.token(algorithm=algorithm, exp=4_000_000_000, iat=1))
    claims = {"iss": issuer.url, "aud": AUDIENCE, "iat": "1", "exp": "4000000000", "sub": "ann"}
    assert found.json == {"jwt": {"claims": claims, "scopes": None}}


def test_claims_are_text_in_the_event():
    """As captured from a live HTTP API: https://github.com/floci-io/floci/pull/2011"""
    claims = {
        "groups": ["admin", "power"],
        "exp": 1787996002,
        "verified": True,
        "nickname": None,
        "a": {"b": 1},
    }
    assert as_text(claims) == {
        "groups": "[admin power]",
        "exp": "1787996002",
        "verified": "true",
        "a": '{"b":1}',
    }


@pytest.mark.parametrize("sent", [None, "", "Bearer ", "Bearer"])
def test_without_a_token_the_challenge_says_no_more_than_bearer(api, sent):
    """Seen on AWS by many; the access log says ``missing: token not provided``."""
    assert challenge(api.ask(sent)) == "Bearer"


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"aud": "somebody"}, "the token does not have a valid audience"),
        ({"aud": None, "client_id": "somebody"}, "the token does not have a valid audience"),
        ({"aud": "somebody", "client_id": AUDIENCE}, "the token does not have a valid audience"),
        ({"aud": [], "client_id": AUDIENCE}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"iss": "https://issuer.example"}, "issuer does not match"),
        ({"exp": 1}, "the token has expired"),
        ({"exp": None}, "the token has expired"),
        ({"exp": "never"}, "exp is not a number"),
        ({"nbf": 4_000_000_000}, "the token is not valid yet"),
        ({"iat": 4_000_000_000}, "the token is not valid yet"),
    ],
)
def test_a_claim_that_does_not_hold_is_unauthorized_and_said(api, issuer, claims, description):
    """The words of the audience: .../developerguide/http-api-troubleshooting-jwt.html; the others vary."""
    assert challenge(api.ask(issuer.token(**claims))) == invalid(description)


@pytest.mark.parametrize("claims", [{"aud": ["x", "another"]}, {"aud": None, "client_id": AUDIENCE}])
def test_the_audience_may_be_one_of_several_or_the_client(api, issuer, claims):
    """AWS says that ``client_id`` is looked at only where there is no ``aud``."""
    assert api.ask(issuer.token(**claims)).status == 200


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_is_no_token_is_unauthorized(api, issuer):
    head, claims, signature = issuer.token().split(".")
    for token in ("token", f"{head}.{claims}", f"{head}.{claims}.{signature}.x"):
        assert challenge(api.ask(token)) == invalid("token contains an invalid number of segments")
    for token in (f"{head}.{claims}.", f"x.{claims}.{signature}", f"{head}.x.{signature}", ". .", ".."):
        assert challenge(api.ask(token)).startswith('Bearer scope="" error="invalid_token"')


def test_only_the_issuer_s_own_rsa_signature_counts(api, issuer):
    """AWS says that only RSA-based algorithms are supported, and that ``kid`` must name the key."""
    _, claims, signature = issuer.token().split(".")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = [
        issuer.token(key=stranger),
        issuer.token(kid="other"),
        issuer.token(kid="unknown"),
        issuer.token(key="a secret of thirty-two characters", algorithm="HS256"),
        f"{segment({'alg': 'none', 'kid': issuer.kid})}.{claims}.",
        f"{segment({'alg': 'RS256'})}.{claims}.{signature}",
        f"{segment({'alg': 'RS256', 'kid': issuer.kid})}.{segment({'aud': AUDIENCE})}.{signature}",
    ]
    for token in forged:
        assert challenge(api.ask(token)).startswith('Bearer scope="" error="invalid_token"')


def test_a_route_may_ask_for_one_of_its_scopes(api, issuer):
    """A token must have at least one of the route's scopes; all that it has stand in the event."""
    found = api.ask(issuer.token(scope="write read"), "/scoped")
    assert found.json["jwt"]["scopes"] == ["write", "read"]
    assert api.ask(issuer.token(scp=["admin"]), "/scoped").status == 200
    for lacking in ({"scope": "write"}, {"scope": "reader"}, {"scp": []}, {}):
        refused = api.ask(issuer.token(**lacking), "/scoped")
        assert (refused.status, refused.json) == (403, {"message": "Forbidden"})
    assert challenge(api.ask(issuer.token(aud="x", scope="read"), "/scoped")) == invalid(
        "the token does not have a valid audience", scope="read admin"
    )


def test_the_token_may_stand_in_the_query(aws, issuer):
    api = Guarded(issuer, "$request.querystring.token")
    assert api.ask(None, f"/?token={issuer.token()}").status == 200
    assert challenge(api.ask(issuer.token())) == "Bearer"


def test_keys_are_kept_and_an_unknown_one_makes_the_gateway_ask_again(aws):
    """API Gateway may keep a key for two hours. Keys and tokens follow the cloud's clock."""
    with issuing() as issuer, own_cloud() as own:
        api = Guarded(issuer)
        before = len(issuer.asked)
        assert [api.ask(issuer.token()).status for _ in range(3)] == [200] * 3
        assert issuer.asked[before:] == ["/.well-known/openid-configuration", "/keys"]
        old = issuer.token(exp=int(time.time()) + 100_000)
        issuer.rotate()
        assert api.ask(old).status == 200
        own.advance(61)
        assert api.ask(issuer.token()).status == 200
        assert challenge(api.ask(old)).startswith('Bearer scope="" error="invalid_token"')
        own.advance(3600)
        assert challenge(api.ask(issuer.token())) == invalid("the token has expired")
        assert api.ask(issuer.token(at=time.time() + 3600)).status == 200
        issuer.documents.pop("/keys")
        own.advance(2 * 3600)
        late = issuer.token(at=time.time() + 3 * 3600)
        asked = len(issuer.asked)
        for _ in range(3):
            assert challenge(api.ask(late)) == invalid("JWKS communication error")
        assert len(issuer.asked) == asked + 2
        issuer.documents.clear()
        own.advance(11)
        assert challenge(api.ask(late)) == invalid("OIDC discovery endpoint communication error")


def test_the_access_log_tells_claims_and_why_a_token_was_refused(aws, api, issuer):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""
    logs, group = boto3.client("logs"), f"/api/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    settings = {
        "DestinationArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}",
        "Format": "$context.status $context.authorizer.claims.sub $context.authorizer.error",
    }
    api.client.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=settings)
    for sent in (issuer.token(), None, "nonsense"):
        api.ask(sent)

    def lines():
        found = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in found] if len(found) == 3 else None

    assert sorted(eventually(lines)) == [
        "200 ann -",
        "401 - invalid_token: token contains an invalid number of segments",
        "401 - missing: token not provided",
    ]


@pytest.mark.parametrize("name", ["iss", "aud", "exp"])
def test_a_token_lacking_what_is_looked_at_does_not_pass(name):
    claims = {"iss": "https://a.example", "aud": "b", "exp": 2}
    check(claims, "https://a.example", ["b"], 1)
    with pytest.raises(TokenError):
        check(claims | {name: None}, "https://a.example", ["b"], 1)


@pytest.mark.parametrize("claims", [{"scope": 7}, {"scp": {"a": 1}}, {"scope": None, "scp": "read"}])
def test_scopes_that_are_none(claims):
    assert scopes_of(claims) == []
