"""Signed headers: who signed what, for which region, at what time; and how each service refuses."""

import hashlib
import time

import boto3
import pytest
import time_machine
from botocore.auth import HmacV1Auth, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.identity import sigv4
from tests.cloud.s3.conftest import ask

SERVICES = [
    ("s3", "list_buckets", {}, "InvalidAccessKeyId", "SignatureDoesNotMatch", 403),
    ("dynamodb", "list_tables", {}, "UnrecognizedClientException", "InvalidSignatureException", 400),
    ("lambda", "list_functions", {}, "UnrecognizedClientException", "InvalidSignatureException", 403),
    ("logs", "describe_log_groups", {}, "UnrecognizedClientException", "InvalidSignatureException", 400),
    ("iam", "list_users", {}, "InvalidClientTokenId", "SignatureDoesNotMatch", 403),
    ("sts", "get_caller_identity", {}, "InvalidClientTokenId", "SignatureDoesNotMatch", 403),
    ("apigatewayv2", "get_apis", {}, "UnrecognizedClientException", "InvalidSignatureException", 403),
]


@pytest.mark.parametrize(("service", "call", "asked", "unknown", "wrong", "status"), SERVICES)
def test_each_service_refuses_keys_in_its_own_words(
    aws, refused, service, call, asked, unknown, wrong, status
):
    key = aws.credentials.access_key_id
    for keys, code in ((("AKIAXXXXXXXXXXXXXXXX", "x"), unknown), ((key, "wrong"), wrong)):
        client = boto3.client(service, aws_access_key_id=keys[0], aws_secret_access_key=keys[1])
        found, _, answered = refused(getattr(client, call), **asked)
        assert (found, answered) == (code, status)


@pytest.mark.parametrize(("service", "call"), [("s3", "list_buckets"), ("dynamodb", "list_tables")])
def test_a_signature_counts_in_its_region_alone(aws, refused, service, call):
    client = boto3.client(service, region_name="eu-west-1", config=Config(retries={"total_max_attempts": 1}))
    _, message, _ = refused(getattr(client, call))
    assert "eu-west-1" in message


def test_iam_and_sts_answer_for_every_region(aws):
    boto3.client("iam", region_name="us-east-1").list_users(MaxItems=1)
    boto3.client("sts", region_name="us-east-1").get_caller_identity()


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", "list_buckets", "RequestTimeTooSkewed"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ],
)
@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_wrong_by_a_quarter_of_an_hour_is_refused(aws, refused, service, call, code, minutes):
    client = boto3.client(service, config=Config(retries={"total_max_attempts": 1}))
    with time_machine.travel(time.time() + minutes * 60):
        found, _, _ = refused(getattr(client, call))
    assert found == code


@pytest.fixture
def send(aws):
    """Send a request to S3 signed by the owner; ``change`` may alter it after the signature."""

    def call(method="GET", path="/", body=b"", change=None, signer=S3SigV4Auth, **headers):
        keys = Credentials(aws.credentials.access_key_id, aws.credentials.secret_access_key)
        request = AWSRequest(method, aws.endpoint_url + path, data=body, headers={
            name.replace("_", "-"): value for name, value in headers.items()})  # fmt: skip
        made = signer(keys) if signer is HmacV1Auth else signer(keys, "s3", aws.region)
        if signer is HmacV1Auth:
            request.auth_path = path
        made.add_auth(request)
        sent = dict(request.headers)
        if change:
            change(sent)
        return ask(aws.endpoint_url + path, method, body, **sent)

    return call


def test_the_body_is_what_was_signed_or_it_is_refused(aws, send, bucket):
    assert send("PUT", f"/{bucket}/k", b"meow").status == 200
    other = send("PUT", f"/{bucket}/k", b"meow", signer=Unsigned)
    assert (other.status, other.code) == (400, "XAmzContentSHA256Mismatch")
    assert other.error["S3ComputedContentSHA256"] == hashlib.sha256(b"meow").hexdigest()


class Unsigned(S3SigV4Auth):
    """Signs another body than the one that is sent."""

    def payload(self, _):
        return hashlib.sha256(b"woof").hexdigest()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda sent: sent.update({"x-amz-meta-a": "b"}), 403, "AccessDenied"),
        (
            lambda sent: sent.update({"Authorization": sent["Authorization"].replace("host;", "")}),
            403,
            "AccessDenied",
        ),
        (
            lambda sent: sent.update({"Authorization": sent["Authorization"][:-64] + "0" * 64}),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            lambda sent: sent.update({"Authorization": "AWS4-HMAC-SHA256 Credential=a"}),
            400,
            "AuthorizationHeaderMalformed",
        ),
        (lambda sent: sent.update({"Authorization": "Bearer abc"}), 400, "InvalidArgument"),
        (lambda sent: sent.pop("X-Amz-Content-SHA256"), 400, "InvalidRequest"),
        (lambda sent: sent.update({"X-Amz-Content-SHA256": "nonsense"}), 400, "InvalidArgument"),
        (lambda sent: sent.pop("X-Amz-Date"), 403, "AccessDenied"),
        (lambda sent: sent.update({"X-Amz-Date": "20200101T000000Z"}), 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_request_that_was_changed_after_its_signature_is_refused(send, change, status, code):
    answer = send(change=change)
    assert (answer.status, answer.code) == (status, code)


def test_version_two_headers_are_taken_and_end_with_their_date(send):
    assert send(signer=HmacV1Auth).status == 200
    assert send(signer=HmacV1Auth, change=lambda sent: sent.pop("Date")).code == "AccessDenied"
    spoiled = send(
        signer=HmacV1Auth,
        change=lambda sent: sent.update({"Authorization": sent["Authorization"][:-28] + "A" * 27 + "="}),
    )
    assert spoiled.code == "SignatureDoesNotMatch"
    with time_machine.travel(time.time() - 3600):
        assert send(signer=HmacV1Auth).code == "RequestTimeTooSkewed"


paths = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable() and "\\" not in text)


@given(paths, st.dictionaries(paths, paths, max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_botocore_signs_is_what_we_expect(path, query):
    """Canonical requests are those of AWS's own SDK, whatever is in the path and the query."""
    from urllib.parse import quote, urlencode

    url = f"http://host/{quote(path, safe='/')}?{urlencode(query, quote_via=quote, safe='')}"
    request = AWSRequest("GET", url)
    request.context["timestamp"] = "20261124T153000Z"
    signer = S3SigV4Auth(Credentials("AKID", "secret"), "s3", "us-east-1")
    theirs = signer.canonical_request(request).split("\n")
    target = url.removeprefix("http://host")
    assert sigv4.canonical_query(target.partition("?")[2]) == theirs[2]
    assert sigv4.canonical_path(target.partition("?")[0], "s3") == theirs[1]


def test_a_signing_key_is_the_one_of_awss_documentation():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    scope = sigv4.Scope("AKIDEXAMPLE", "20120215", "us-east-1", "iam")
    key = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)
    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


def test_other_services_sign_their_paths_twice():
    request = AWSRequest("GET", "http://host/functions/arn%3Aaws%3Alambda/x y")
    theirs = SigV4Auth(Credentials("a", "b"), "lambda", "us-east-1").canonical_request(request).split("\n")
    assert sigv4.canonical_path("/functions/arn%3Aaws%3Alambda/x y", "lambda") == theirs[1]
