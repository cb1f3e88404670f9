"""The security row's own judgements, on plain data."""

import json
import time
from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSResponse

from checks import secrets
from checks.audit import audit
from checks.findings import Status
from checks.policies import covers, strangers
from checks.site_policy import only_reads
from checks.target import Target
from dashboard.stack.package import package
from tests.checks.defects import permission, permitted, published_version

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("const key = 'AKIAIOSFODNN7EXAMPLE';", "an AWS access key id"),
        ("secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "an AWS secret access key"),
        ("-----BEGIN EC PRIVATE KEY-----", "a private key"),
        ('{"password": "correct-horse"}', "a secret"),
        ("export const apiKey = `x`; const API_KEY = 'a8f5f167f44f4964e6c998dee827110c';", "a secret"),
        ("mysql://root:s3cr3t@db.internal/files", "a password in an address"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature=" + "0a" * 32, "a presigned URL"),
        ("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "a JSON web token"),
    ],
)
def test_a_secret_is_found_and_shown_only_in_part(text, kind):
    [leak] = secrets.in_text(f"first line\n{text}\n", "app.js")
    assert (leak.kind, leak.where) == (kind, "app.js:2")
    assert "*" in leak.masked
    for word in text.replace("'", " ").replace('"', " ").split():
        assert len(word) < 9 or word not in str(leak)


@pytest.mark.parametrize(
    "text",
    [
        'input.type = "password";',
        "const token = params.get('next');",
        'password: "********"',
        "integrity=sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC",
        "const secret = process.env.SECRET;",
        "https://example.org:443/path@2x.png",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "aria-label='Secret files are shown as password protected'",
    ],
)
def test_harmless_words_are_no_secrets(text):
    assert list(secrets.in_text(text, "app.js")) == []


@pytest.mark.parametrize(
    "text", ["x", "aB3+", "eyJhbGci", "host=a;", "password", "a:/", "https://", " ", "//"]
)
def test_a_long_line_takes_no_long_time(text):
    """A page may carry megabytes on one line: no pattern looks at any of it more than a few times."""
    began = time.process_time()
    list(secrets.in_text(text * (300_000 // len(text)), "app.js"))
    assert time.process_time() - began < 3


def test_our_own_page_holds_no_secret():
    from dashboard.stack.frontend import SITE

    for path in SITE.iterdir():
        assert list(secrets.in_text(path.read_text(), path.name)) == []


@pytest.mark.parametrize(
    ("name", "value", "leaks"),
    [
        ("DB_PASSWORD", "hunter22", True),
        ("API_TOKEN", "abcdef123456", True),
        ("SESSION_SECRET", "x1y2z3w4", True),
        ("KEY", "AKIAIOSFODNN7EXAMPLE", True),
        ("PAYMENTS_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:p", False),
        ("SECRET_NAME", "payments", False),
        ("TOKEN_TABLE_NAME", "tokens", False),
        ("UPLOAD_BUCKET", f"upload-dashboard-uploads-{ACCOUNT}", False),
        ("DB_PASSWORD", "", False),
    ],
)
def test_a_variable_is_judged_by_name_and_value(name, value, leaks):
    assert bool(list(secrets.in_variable(name, value))) is leaks


@contextmanager
def function_url(client, name, kind):
    """The embedded cloud has no function URLs: what AWS would answer is put in its place. Yields calls."""
    url = {"AuthType": kind, "FunctionUrl": "https://x.lambda-url.us-east-1.on.aws/", "FunctionArn": name}
    asked = []

    class Raw:
        def stream(self, *_, **__):
            return iter([json.dumps(url).encode()])

    def answer(request, **_):
        asked.append(request.url)
        return AWSResponse(request.url, 200, {}, Raw()) if name in request.url else None

    client.meta.events.register("before-send.lambda.GetFunctionUrlConfig", answer)
    yield asked
    client.meta.events.unregister("before-send.lambda.GetFunctionUrlConfig", answer)


def who_may_invoke(stack, clients, name):
    report = audit(Target.of_stack(stack), areas=["security"], make_client=clients)
    return [one for one in report.findings if one.id == "SECURITY-7" and one.resource.startswith(name)]


@pytest.mark.parametrize(("kind", "open_"), [("NONE", True), ("AWS_IAM", False)])
def test_a_function_url_that_a_policy_opens_is_named_if_it_asks_for_no_signature(
    kind, open_, good_stack, clients
):
    name = good_stack.functions["get_file"].name
    everybody = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": kind}
    undo = permission(good_stack, "get_file", **everybody)
    try:
        with function_url(clients("lambda"), name, kind):
            found = who_may_invoke(good_stack, clients, name)
    finally:
        undo()
    assert {one.status for one in found} == {Status.FAIL}
    assert ("a function URL is open to everybody" in [one.observed for one in found]) is open_


def test_a_function_url_that_no_policy_opens_lets_in_nobody_and_is_not_asked_for(good_stack, clients):
    """A function's policy is always in effect: without a statement for lambda:InvokeFunctionUrl, even a URL
    of the type NONE answers 403. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    name = good_stack.functions["get_file"].name
    with function_url(clients("lambda"), name, "NONE") as asked:
        found = who_may_invoke(good_stack, clients, name)
    assert [one.status for one in found] == [Status.PASS]
    assert asked == []


def test_versions_are_asked_for_one_function_after_another_where_an_account_has_many(good_stack, clients):
    """One page of ListFunctions holds 50 versions at most; what an account has more is not paged through.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    lambda_, name = good_stack.client("lambda"), good_stack.functions["get_file"].name
    version, unpublish = published_version(good_stack, "get_file")
    permitted(good_stack, "get_file", version, Principal="*")
    crowd = [crowded(good_stack, f"{good_stack.name}-{number}") for number in range(46)]
    asked, events = [], clients("lambda").meta.events
    events.register("before-call.lambda", lambda model, **_: asked.append(model.name), unique_id="asked")
    try:
        found = who_may_invoke(good_stack, clients, name)
    finally:
        events.unregister("before-call.lambda", unique_id="asked")
        for one in crowd:
            lambda_.delete_function(FunctionName=one)
        unpublish()
    assert [(one.resource, one.status) for one in found] == [(f"{name}:{version}", Status.FAIL)]
    assert (asked.count("ListFunctions"), asked.count("ListVersionsByFunction")) == (1, 5)


def crowded(stack, name):
    """One function more."""
    stack.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Role=f"arn:aws:iam::{stack.account_id}:role/{stack.functions['list_files'].role}",
        Code={"ZipFile": package("list_files")},
    )
    return name


def statement(**more):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **more}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"Principal": "*"}, ["*"]),
        ({"Principal": {"AWS": ["*", f"arn:aws:iam::{ACCOUNT}:root"]}}, ["*"]),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"}}, []),
        ({"Principal": {"AWS": ACCOUNT}}, []),
        ({"Principal": {"AWS": "210987654321"}}, ["210987654321"]),
        ({"Principal": {"CanonicalUser": "79a59df900b949e5"}}, ["79a59df900b949e5"]),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, []),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}, []),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}}, ["*"]),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalAccount": "*"}}}, ["*"]),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, ["*"]),
        (
            {
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            },
            [],
        ),
        ({"Principal": {"Service": "logging.s3.amazonaws.com"}}, ["logging.s3.amazonaws.com"]),
    ],
)
def test_whom_a_statement_lets_in(more, found):
    assert strangers(statement(**more), ACCOUNT) == found


@pytest.mark.parametrize(
    ("more", "yes"),
    [
        ({}, True),
        ({"Action": ["s3:getobject"]}, True),
        ({"Action": "s3:Get*"}, False),
        ({"Action": ["s3:GetObject", "s3:GetObjectAcl"]}, False),
        ({"Resource": "*"}, False),
        ({"Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::other/*"]}, False),
        ({"Action": None, "NotAction": "s3:PutObject"}, False),
    ],
)
def test_reading_the_page_is_all_that_is_allowed(more, yes):
    asked = {name: value for name, value in statement(**more).items() if value is not None}
    assert only_reads(asked, "b") is yes


@pytest.mark.parametrize(
    ("operator", "pattern", "holds"),
    [
        ("ArnLike", "arn:aws:execute-api:r:1:api/*/GET/files", True),
        ("StringLike", "arn:aws:execute-api:r:1:api/*", True),
        ("StringEquals", "arn:aws:execute-api:r:1:api/*/GET/files", False),
        ("ArnEquals", "arn:aws:execute-api:r:1:api/$default/GET/files", True),
        ("ArnLike", "arn:aws:execute-api:r:1:api/*/POST/files", False),
        ("ArnLike", "arn:aws:execute-api:*:*:*", True),
        ("ArnLike", "arn:*:files", False),
    ],
)
def test_what_a_source_covers(operator, pattern, holds):
    source = "arn:aws:execute-api:r:1:api/$default/GET/files"
    given = statement(Condition={operator: {"AWS:SourceArn": pattern}})
    assert covers(given, "aws:sourcearn", source) is holds
