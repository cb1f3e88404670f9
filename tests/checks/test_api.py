"""The API row's own judgements, on plain data: which statements let a route, or a bucket, invoke."""

import pytest

from checks.invoking import lets_bucket, lets_route

ACCOUNT = "123456789012"
ROUTE = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc123/$default/GET/files/{{key+}}"


def permission(source=None, service="apigateway.amazonaws.com", account=None, **more):
    condition = {"ArnLike": {"AWS:SourceArn": source}} if source else {}
    condition |= {"StringEquals": {"AWS:SourceAccount": account}} if account else {}
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "lambda:InvokeFunction",
        "Condition": condition,
        **more,
    }


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        ("*/GET/files/*", True),
        ("$default/GET/files/{key+}", True),
        ("*/*", True),
        ("*/*/files/*", True),
        ("*/GET/files", False),
        ("*/DELETE/files/*", False),
        ("prod/GET/files/*", False),
    ],
)
def test_a_permission_covers_stage_method_and_path(path, yes):
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc123/{path}"
    assert lets_route(permission(source), ROUTE, ACCOUNT) is yes


@pytest.mark.parametrize(
    ("statement", "yes"),
    [
        (permission(), True),  # too wide, which SECURITY-7 says; but the route gets through
        (permission(account=ACCOUNT), True),
        (permission(account="210987654321"), False),
        (permission(service="s3.amazonaws.com"), False),
        (permission(Effect="Deny"), False),
        (permission(Action="lambda:GetFunction"), False),
        (permission(Action="lambda:*"), True),
    ],
)
def test_what_else_a_permission_needs(statement, yes):
    assert lets_route(statement, ROUTE, ACCOUNT) is yes


@pytest.mark.parametrize(
    ("source", "yes"),
    [("arn:aws:s3:::uploads", True), ("arn:aws:s3:::uploads-2", False), ("arn:aws:s3:::*", True)],
)
def test_a_bucket_is_named_by_its_arn(source, yes):
    statement = permission(source, "s3.amazonaws.com", ACCOUNT)
    assert lets_bucket(statement, "uploads", ACCOUNT) is yes
