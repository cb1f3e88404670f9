"""Every operation of every service, and bodies that are none: answered or refused in AWS's shapes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.fuzz.asking import bounded, check, revive, signed
from tests.cloud.fuzz.shapes import MODELS, SERVICES, asked, operations


@pytest.mark.parametrize("service", SERVICES)
@given(st.data())
@bounded
def test_what_the_owner_asks_of_a_service(target, service, data):
    operation, given_value = data.draw(operations(service))
    method, path, body, headers = asked(service, operation, given_value)
    signing = MODELS[service].signing_name
    try:
        answer = signed(target, signing, method, path, b"" if method == "GET" else body, **headers)
    except ValueError:
        return  # the client would not send it
    check(answer, method)
    if operation.name in ("DeleteTable", "DeleteLogGroup", "DeleteUser", "DeleteApi"):
        revive(target)


UNREADABLE = [b"{", b"[", b"null", b'"x"', b"[" * 5000, b'{"a":' * 5000]
OPERATIONS = ["", "ListTables", "PutItem", "CreateTable", "PutLogEvents", "SendMessage", "X", "é"]


@pytest.mark.parametrize("service", ["dynamodb", "logs", "sqs", "lambda", "apigatewayv2", "iam"])
@given(st.one_of(st.binary(max_size=60), st.sampled_from(UNREADABLE)), st.sampled_from(OPERATIONS))
@bounded
def test_bodies_that_nobody_would_send(target, service, body, operation):
    prefix = MODELS[service].metadata.get("targetPrefix")
    headers = {"x-amz-target": f"{prefix}.{operation}"} if prefix else {}
    path = {"lambda": "/2015-03-31/functions", "apigatewayv2": "/v2/apis"}.get(service, "/")
    with contextlib.suppress(UnicodeEncodeError):  # what the client would not send
        answer = signed(target, MODELS[service].signing_name, "POST", path, body, **headers)
        check(answer, "POST")
