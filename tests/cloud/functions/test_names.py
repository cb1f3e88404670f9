"""What a function may be called, and what is said of a name that is none, or that leads elsewhere."""

import base64
import json

import boto3
import pytest

from cloud.functions.names import Reference, parse
from tests.cloud.functions.making import invoke, make_function, make_role, package
from tests.cloud.functions.refusing import refused

NAME = (  # the patterns of the SDK's model, which Lambda repeats
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
QUALIFIER = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
CHOICES = "failed to satisfy constraint: Member must satisfy enum value set:"
PATTERN = "failed to satisfy constraint: Member must satisfy regular expression pattern:"


@pytest.fixture(scope="module")
def function(aws):
    return make_function("def handler(event, context): return event", Role=make_role())


def invoke_refused(**asked):
    return refused("invoke", **asked)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("resize", Reference("resize")),
        ("resize:live", Reference("resize", "live")),
        ("resize:$LATEST", Reference("resize", "$LATEST")),
        ("123456789012:function:resize", Reference("resize", None, "123456789012")),
        ("123456789012:resize", Reference("resize", None, "123456789012")),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:resize:7",
            Reference("resize", "7", "123456789012", "eu-west-1"),
        ),
        ("my-func-1:live", Reference("my-func-1", "live")),
        ("", None),
        ("two words", None),
        ("resize:", None),
        ("arn:aws:s3:::bucket", None),
    ],
)
def test_a_name_is_read_into_its_parts(text, reference):
    """Name, partial ARN or ARN, each with a qualifier or without.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    assert parse(text) == reference


def test_a_name_that_is_none_breaks_the_pattern(function):
    """As Lambda said it: https://github.com/awslabs/aws-gov-cloud-import/issues/21"""
    error = f"1 validation error detected: Value 'Not Installed' at 'functionName' {PATTERN} {NAME}"
    assert invoke_refused(FunctionName="Not Installed") == ("ValidationException", 400, error)
    assert refused("get_function", FunctionName="Not Installed")[2] == error
    code, _, message = invoke_refused(FunctionName="x" * 257)
    assert (code, message.partition(" failed ")[2]) == (
        "ValidationException",
        "to satisfy constraint: Member must have length less than or equal to 256",
    )


def test_what_is_wrong_is_told_all_at_once(function):
    """The order of the choices is Lambda's: https://github.com/ex-aws/ex_aws/pull/442"""
    code, _, message = invoke_refused(
        FunctionName="a b", Qualifier="c d", InvocationType="dry_run", LogType="Head"
    )
    assert code == "ValidationException"
    assert message.split("; ") == [
        f"4 validation errors detected: Value 'a b' at 'functionName' {PATTERN} {NAME}",
        f"Value 'dry_run' at 'invocationType' {CHOICES} [DryRun, RequestResponse, Event]",
        f"Value 'Head' at 'logType' {CHOICES} [Tail, None]",
        f"Value 'c d' at 'qualifier' {PATTERN} {QUALIFIER}",
    ]


def test_a_function_of_another_region_is_out_of_reach(function):
    """The words are those that the SDK for Go reported, with status 404."""
    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{function}"
    error = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    assert invoke_refused(FunctionName=arn) == ("ResourceNotFoundException", 404, error)
    assert refused("get_function", FunctionName=arn) == ("ResourceNotFoundException", 404, error)


def test_a_function_of_another_account_is_not_for_us(function, aws):
    arn = f"arn:aws:lambda:us-east-1:999999999999:function:{function}"
    for name in (arn, f"999999999999:function:{function}"):
        code, status, message = invoke_refused(FunctionName=name)
        assert (code, status) == ("AccessDeniedException", 403)
        assert message == (
            f"User: arn:aws:iam::{aws.account_id}:root is not authorized to perform: lambda:InvokeFunction "
            f"on resource: {arn} because no resource-based policy allows the lambda:InvokeFunction action"
        )


def test_two_qualifiers_that_differ_contradict_each_other(function):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/troubleshooting.html quotes the error."""
    error = "The derived qualifier from the function name does not match the specified qualifier."
    assert invoke_refused(FunctionName=f"{function}:2", Qualifier="1") == (
        "InvalidParameterValueException", 400, error,
    )  # fmt: skip
    assert boto3.client("lambda").invoke(FunctionName=f"{function}:$LATEST", Qualifier="$LATEST")


def test_a_version_or_an_alias_that_is_not_there_is_not_found(function, aws):
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    for name, wanted in [(f"{function}:7", f"{arn}:7"), (f"{arn}:live", f"{arn}:live")]:
        assert invoke_refused(FunctionName=name) == (
            "ResourceNotFoundException", 404, f"Function not found: {wanted}",
        )  # fmt: skip


def test_every_operation_takes_a_function_by_its_arn(function, aws):
    client = boto3.client("lambda")
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    for name in (arn, f"{aws.account_id}:function:{function}"):
        assert client.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == arn
        assert client.update_function_configuration(FunctionName=name, Timeout=7)["Timeout"] == 7
        client.update_function_code(
            FunctionName=name, ZipFile=package("def handler(event, context): return 1")
        )
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
        assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 2
        client.delete_function_concurrency(FunctionName=name)
        assert client.list_versions_by_function(FunctionName=name)["Versions"][0]["Version"] == "$LATEST"
    assert invoke(arn)[0] == 1


def test_what_changes_a_function_takes_no_version(function):
    """https://github.com/appleboy/lambda-action/issues/6 has Lambda's words."""
    error = "Current operation does not support versions other than $LATEST"
    assert refused("update_function_configuration", FunctionName=f"{function}:1", Timeout=3)[2] == error


def test_a_new_function_may_be_named_by_its_arn_and_has_sixty_four_characters(aws):
    role, code = make_role(), {"ZipFile": package("def handler(event, context): pass")}
    made = {"Runtime": "python3.11", "Handler": "handler.handler", "Role": role, "Code": code}
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:named-by-arn"
    client = boto3.client("lambda")
    assert client.create_function(FunctionName=arn, **made)["FunctionArn"] == arn
    assert refused("create_function", FunctionName=arn, **made)[2] == "Function already exist: named-by-arn"
    error = (
        f"1 validation error detected: Value '{'x' * 65}' at 'functionName' failed to satisfy constraint: "
    )
    error += "Member must have length less than or equal to 64"
    found = refused("create_function", FunctionName="x" * 65, **made)
    assert found == ("InvalidParameterValueException", 400, error)


def test_the_client_s_context_is_json_in_base64(function):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html; https://github.com/aws/aws-sdk-js/issues/1388"""
    for text in ("not base64!", "bm90IGpzb24="):
        code, status, message = invoke_refused(FunctionName=function, ClientContext=text)
        assert (code, status) == ("InvalidRequestContentException", 400)
        assert message == "Client context must be a valid Base64-encoded JSON object"
    too_long = base64.b64encode(json.dumps({"custom": {"x": "y" * 3600}}).encode()).decode()
    found = invoke_refused(FunctionName=function, ClientContext=too_long)
    assert found[0] == "InvalidRequestContentException"


def test_tags_may_hold_letters_of_any_script(aws):
    r"""The model's pattern for them is one of Java: ``[\p{L}\p{Z}\p{N}_.:/=+\-@]*``."""
    code = "def handler(event, context): return event"
    name = make_function(code, Role=make_role(), Tags={"workbook:stack": "Größe 3"})
    assert boto3.client("lambda").get_function(FunctionName=name)["Tags"] == {"workbook:stack": "Größe 3"}
    made = {"Role": make_role(), "Handler": "a.b", "Code": {"ZipFile": package(code)}}
    found = refused("create_function", FunctionName="tagged", Tags={"key": "no!"}, **made)
    assert found[:2] == ("ValidationException", 400)
