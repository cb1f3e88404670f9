"""CORS of a bucket: the first rule that allows origin, method and headers speaks; all others are silent."""

import pytest

from tests.cloud.s3.conftest import ask

RULES = [
    {"AllowedOrigins": ["http://app.example"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["content-*"],
     "ExposeHeaders": ["ETag", "x-amz-request-id"], "MaxAgeSeconds": 300},
    {"AllowedOrigins": ["https://*.example"], "AllowedMethods": ["GET", "HEAD"]},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["DELETE"], "AllowedHeaders": ["*"]},
]  # fmt: skip
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@pytest.fixture
def url(s3, public):
    s3.put_bucket_cors(Bucket=public, CORSConfiguration={"CORSRules": RULES})
    s3.put_object(Bucket=public, Key="k", Body=b"meow")
    return f"{s3.meta.endpoint_url}/{public}/k"


def preflight(url, origin, method, headers=None):
    asked = {"Origin": origin, "Access_Control_Request_Method": method}
    return ask(url, "OPTIONS", **asked, **({"Access_Control_Request_Headers": headers} if headers else {}))


def cors_headers(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_a_preflight_is_answered_with_all_that_its_rule_says(url):
    answer = preflight(url, "http://app.example", "PUT", "Content-Type, content-md5")
    assert (answer.status, answer.body, answer.headers["vary"]) == (200, b"", VARY)
    assert cors_headers(answer) == {
        "access-control-allow-origin": "http://app.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PUT",
        "access-control-allow-headers": "content-type, content-md5",
        "access-control-expose-headers": "ETag, x-amz-request-id",
        "access-control-max-age": "300",
    }


def test_anyone_is_told_a_star_and_never_to_send_credentials(url):
    assert cors_headers(preflight(url, "http://other.test", "DELETE", "x-a")) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "DELETE",
        "access-control-allow-headers": "x-a",
    }


@pytest.mark.parametrize(
    ("origin", "method", "headers", "allowed"),
    [
        ("http://app.example", "PUT", None, True),
        ("http://app.example", "GET", None, False),
        ("http://app.example/", "PUT", None, False),
        ("http://APP.example", "PUT", None, False),
        ("http://app.example:8080", "PUT", None, False),
        ("http://app.example", "PUT", "CONTENT-TYPE", True),
        ("http://app.example", "PUT", "x-other", False),
        ("http://app.example", "PUT", "content-type,x-other", False),
        ("https://any.thing.example", "GET", None, True),
        ("https://any.thing.example", "HEAD", "x-a", False),  # a rule without headers allows none
        ("https://.example", "GET", None, True),
        ("https://example", "GET", None, False),
        ("http://any.thing.example", "GET", None, False),
        ("null", "DELETE", None, True),
    ],
)
def test_origin_method_and_headers_must_all_be_allowed(url, origin, method, headers, allowed):
    answer = preflight(url, origin, method, headers)
    assert answer.status == (200 if allowed else 403)
    if not allowed:
        assert answer.error["Message"].startswith("CORSResponse: This CORS request is not allowed.")
        assert (answer.code, answer.error["Method"], answer.error["ResourceType"]) == (
            "AccessForbidden", method, "OBJECT")  # fmt: skip
        assert cors_headers(answer) == {}


def test_a_preflight_needs_an_origin_a_method_and_a_bucket_with_rules(url, s3, bucket):
    no_origin = ask(url, "OPTIONS", Access_Control_Request_Method="GET")
    assert (no_origin.status, no_origin.code) == (400, "BadRequest")
    assert no_origin.error["Message"] == "Insufficient information. Origin request header needed."
    assert preflight(url.replace("/k", ""), "http://no.test", "PUT").error["ResourceType"] == "BUCKET"
    s3.create_bucket(Bucket=f"{bucket}-bare")
    without = preflight(f"{s3.meta.endpoint_url}/{bucket}-bare/k", "http://app.example", "PUT")
    assert without.error["Message"] == "CORSResponse: CORS is not enabled for this bucket."
    missing = preflight(f"{s3.meta.endpoint_url}/{bucket}-none/k", "http://app.example", "PUT")
    assert (missing.status, missing.error["Message"]) == (403, "CORSResponse: Bucket not found")


@pytest.mark.parametrize("method", ["PATCH", "put", "OPTIONS"])
def test_a_preflight_asks_for_a_method_that_s3_has(url, method):
    answer = preflight(url, "http://app.example", method)
    assert (answer.status, answer.code) == (400, "BadRequest")
    assert answer.error["Message"] == f"Invalid Access-Control-Request-Method: {method}"


def test_a_preflight_asks_for_headers_that_http_has(url):
    answer = preflight(url, "http://app.example", "PUT", "content-type,a b")
    assert (answer.status, answer.error["Message"]) == (
        400, 'Access-Control-Request-Headers "a b" contains invalid character.')  # fmt: skip


def test_an_actual_request_gets_the_headers_of_its_rule(url):
    answer = ask(url, Origin="https://a.example")
    assert (answer.status, answer.body, answer.headers["vary"]) == (200, b"meow", VARY)
    assert cors_headers(answer) == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, HEAD",
    }


def test_a_foreign_origin_gets_the_object_and_no_headers(url):
    answer = ask(url, Origin="http://foreign.test")
    assert (answer.body, cors_headers(answer)) == (b"meow", {})
    assert "vary" not in answer.headers


def test_a_request_that_looks_like_a_preflight_is_judged_as_one(url):
    asked = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "content-type"}
    answer = ask(url, Origin="http://app.example", **asked)
    assert (answer.body, answer.headers["access-control-allow-headers"]) == (b"meow", "content-type")


def test_a_refusal_carries_the_headers_too_so_that_the_page_can_read_it(url):
    answer = ask(url.replace("/k", "/missing"), Origin="https://a.example")
    assert (answer.status, answer.code) == (404, "NoSuchKey")
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


def test_nothing_is_said_where_nothing_is_configured(s3, public):
    s3.put_object(Bucket=public, Key="k", Body=b"meow")
    assert cors_headers(ask(f"{s3.meta.endpoint_url}/{public}/k", Origin="http://app.example")) == {}


RULE = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}


@pytest.mark.parametrize(
    ("rules", "code", "message"),
    [
        ([RULE | {"AllowedMethods": ["PATCH"]}], "InvalidRequest",
         "Found unsupported HTTP method in CORS config. Unsupported method is PATCH"),
        ([RULE | {"AllowedOrigins": ["http://*.*.test"]}], "InvalidRequest",
         'AllowedOrigin "http://*.*.test" can not have more than one wildcard.'),
        ([RULE | {"AllowedHeaders": ["*-*"]}], "InvalidRequest",
         'AllowedHeader "*-*" can not have more than one wildcard.'),
        ([RULE | {"AllowedHeaders": ["x(y)"]}], "InvalidRequest",
         'AllowedHeader "x(y)" contains invalid character.'),
        ([RULE | {"ExposeHeaders": ["x-*"]}], "InvalidRequest", 'ExposeHeader "x-*" contains wildcard.'),
        ([], "MalformedXML", "The XML you provided was not well-formed or did not validate"),
        ([RULE] * 101, "MalformedXML", "The XML you provided was not well-formed or did not validate"),
    ],
)  # fmt: skip
def test_rules_that_s3_does_not_take_are_refused(s3, bucket, refused, rules, code, message):
    found, said, status = refused(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert (found, status) == (code, 400)
    assert said.startswith(message)
