"""What Lambda refuses of a function's settings, and what a change does to warm environments."""

import io
import re
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.functions.making import invoke, make_function, make_role, package

SAY = """
count = 0

def handler(event, context):
    global count
    count += 1
    return [{said!r}, count]
"""


@pytest.fixture(scope="module")
def role(aws):
    return make_role()


def refused(**settings):
    with pytest.raises(ClientError) as caught:
        make_function("def handler(event, context): pass", **settings)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    "name",
    ["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_SESSION_TOKEN", "TZ",
     "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV"],
)  # fmt: skip
def test_reserved_environment_variables_are_refused_by_name(role, name):
    code, message = refused(Role=role, Environment={"Variables": {name: "x", "FINE": "x"}})
    assert code == "InvalidParameterValueException"
    assert message.endswith(f"Reserved keys used in this request: {name}")


def test_an_environment_above_four_kilobytes_is_refused_with_what_was_measured(role):
    variables = {"NAME": "x" * 4090}
    code, message = refused(Role=role, Environment={"Variables": variables})
    assert code == "InvalidParameterValueException"
    assert "exceeded the 4KB limit. String measured: {" in message
    exactly = {"NAME": "x" * (4096 - len('{"NAME":""}'))}
    name = make_function("def handler(event, context): pass", Role=role, Environment={"Variables": exactly})
    assert invoke(name)[0] is None


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"Timeout": 901}, "ValidationException", "Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "ValidationException", "Member must have value less than or equal to 10240"),
        ({"Handler": "two words"}, "ValidationException", "regular expression pattern"),
        ({"Runtime": "nodejs22.x"}, "InvalidParameterValueException", "runs Python functions"),
        ({"Runtime": "python3.8"}, "InvalidParameterValueException", "python3.9 and newer"),
        ({"Role": "nobody"}, "ValidationException", "regular expression pattern"),
        (
            {"Role": "arn:aws:iam::123456789012:role/none"},
            "InvalidParameterValueException",
            "cannot be assumed by Lambda",
        ),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "Could not unzip uploaded file"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]},
            "InvalidParameterValueException",
            "has no layers",
        ),
        (
            {"Environment": {"Variables": {"1st": "x"}}},
            "ValidationException",
            "Map keys must satisfy constraint",
        ),
    ],
)
def test_settings_that_lambda_does_not_take(role, settings, code, message):
    found, said = refused(**({"Role": role} | settings))
    assert found == code
    assert message in said


def test_a_role_that_does_not_trust_lambda_is_refused(aws):
    iam = boto3.client("iam")
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'  # noqa: E501
    arn = iam.create_role(RoleName="not-lambda-s", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert refused(Role=arn)[1] == "The role defined for the function cannot be assumed by Lambda."


def test_a_name_is_taken_once(role):
    name = make_function("def handler(event, context): pass", Role=role)
    code, message = refused(Role=role, FunctionName=name)
    assert (code, message) == ("ResourceConflictException", f"Function already exist: {name}")


def test_new_code_and_new_settings_replace_what_is_warm(role):
    client, name = boto3.client("lambda"), make_function(SAY.format(said="old"), Role=role)
    assert [invoke(name)[0], invoke(name)[0]] == [["old", 1], ["old", 2]]
    client.update_function_code(FunctionName=name, ZipFile=package(SAY.format(said="new")))
    assert [invoke(name)[0], invoke(name)[0]] == [["new", 1], ["new", 2]]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"NEW": "b"}})
    assert invoke(name)[0] == ["new", 1]


def test_a_published_version_stays_as_it_was_and_an_alias_points_to_one(role):
    client, name = boto3.client("lambda"), make_function(SAY.format(said="one"), Role=role)
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    client.update_function_code(FunctionName=name, ZipFile=package(SAY.format(said="two")))
    payload, answer = invoke(name, Qualifier=version)
    assert (payload[0], answer["ExecutedVersion"]) == ("one", "1")
    payload, answer = invoke(f"{name}:live")
    assert (payload[0], answer["ExecutedVersion"]) == ("one", "1")
    payload, answer = invoke(name)
    assert (payload[0], answer["ExecutedVersion"]) == ("two", "$LATEST")


def test_a_function_is_pending_until_it_is_active(role):
    client = boto3.client("lambda")
    name = make_function("def handler(event, context): pass", Role=role)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    configuration = client.get_function(FunctionName=name)["Configuration"]
    assert (configuration["State"], configuration["Timeout"], configuration["MemorySize"]) == (
        "Active",
        10,
        128,
    )
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    changed = client.update_function_configuration(FunctionName=name, Timeout=5)
    assert changed["LastUpdateStatus"] == "InProgress"
    client.get_waiter("function_updated_v2").wait(FunctionName=name)


def test_a_function_that_is_deleted_is_gone(role):
    client, name = boto3.client("lambda"), make_function("def handler(event, context): pass", Role=role)
    invoke(name)
    client.delete_function(FunctionName=name)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke(name)


def test_files_of_a_package_are_read_only_and_links_in_it_are_left_out(role):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "handler.py",
            "import os\ndef handler(event, context):\n    try:\n        open('/var/task/new', 'w')\n"
            "    except OSError:\n        return sorted(os.listdir('/var/task'))",
        )
        archive.writestr("../outside.txt", "out")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    name = make_function("", Role=role, Code={"ZipFile": buffer.getvalue()})
    assert [file for file in invoke(name)[0] if file != "__pycache__"] == ["handler.py"]


def test_a_function_tells_when_it_was_changed(role):
    client, name = boto3.client("lambda"), make_function("def handler(event, context): pass", Role=role)
    made = client.get_function_configuration(FunctionName=name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", made["LastModified"])
    assert "Layers" not in made
    changed = client.update_function_configuration(FunctionName=name, Description="later")["LastModified"]
    again = client.update_function_code(FunctionName=name, ZipFile=package("x = 1"))["LastModified"]
    assert made["LastModified"] < changed < again


def test_snapshots_are_for_newer_runtimes_and_of_published_versions(role):
    code = "def handler(event, context): pass"
    on = {"SnapStart": {"ApplyOn": "PublishedVersions"}}
    error = "python3.11 is not supported for SnapStart enabled functions."
    assert refused(Role=role, **on) == ("InvalidParameterValueException", error)
    client, name = boto3.client("lambda"), make_function(code, Role=role, Runtime="python3.12", **on)
    first = client.publish_version(FunctionName=name)
    assert first["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    latest = client.get_function_configuration(FunctionName=name)["SnapStart"]
    assert latest == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    with pytest.raises(ClientError, match=error):
        client.update_function_configuration(FunctionName=name, Runtime="python3.11")
    client.update_function_configuration(
        FunctionName=name, Runtime="python3.11", SnapStart={"ApplyOn": "None"}
    )
    assert client.get_function_configuration(FunctionName=name)["SnapStart"]["ApplyOn"] == "None"


@pytest.mark.parametrize("missing", ["Runtime", "Handler"])
def test_a_package_needs_a_runtime_and_a_handler(role, missing):
    made = {"FunctionName": "none", "Runtime": "python3.11", "Handler": "a.b", "Role": role}
    del made[missing]
    with pytest.raises(
        ClientError, match="Runtime and Handler are mandatory parameters for functions created"
    ):
        boto3.client("lambda").create_function(Code={"ZipFile": package("")}, **made)


def test_a_new_function_is_pending_and_was_never_updated(role):
    made = {"FunctionName": "pending", "Runtime": "python3.11", "Handler": "a.b", "Role": role}
    answer = boto3.client("lambda").create_function(Code={"ZipFile": package("")}, **made)
    assert (answer["State"], answer["StateReasonCode"]) == ("Pending", "Creating")
    assert "LastUpdateStatus" not in answer
