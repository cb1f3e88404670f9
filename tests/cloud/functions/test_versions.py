"""Versions stay as they were, and aliases lead to them: to one, or to two in shares."""

import random
from collections import Counter

import boto3
import pytest

from cloud.functions.routing import choose
from tests.cloud.functions.making import LOGS, invoke, make_function, make_role, package
from tests.cloud.functions.refusing import refused

SAY = """
import os
def handler(event, context):
    return [{said!r}, os.environ.get("SAID"), context.function_version]
"""

OUTSIDE = (
    "1 validation error detected: Value '{{2=1.5}}' at 'routingConfig.additionalVersionWeights' failed to "
    "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to "
    "1.0, Member must have value greater than or equal to 0.0, Member must not be null]"
)


@pytest.fixture(scope="module")
def role(aws):
    return make_role(LOGS)


@pytest.fixture
def function(role):
    """A function with the versions 1 and 2, which say "one" and "two"."""
    client, name = boto3.client("lambda"), make_function(SAY.format(said="one"), Role=role)
    client.publish_version(FunctionName=name)
    client.update_function_code(FunctionName=name, ZipFile=package(SAY.format(said="two")), Publish=True)
    return name


def with_weights(name, first, **weights):
    routing = {"AdditionalVersionWeights": {number.removeprefix("v"): one for number, one in weights.items()}}
    return {"FunctionName": name, "Name": "live", "FunctionVersion": first, "RoutingConfig": routing}


def test_a_share_of_the_traffic_is_what_the_weight_says():
    drawn = random.Random(7)
    found = Counter(choose("1", {"2": 0.3}, drawn.random()) for _ in range(10_000))
    assert 2_800 < found["2"] < 3_200
    assert found["1"] + found["2"] == 10_000
    assert {choose("1", {"2": 0.0}, drawn.random()) for _ in range(100)} == {"1"}
    assert {choose("1", {"2": 1.0}, drawn.random()) for _ in range(100)} == {"2"}


def test_an_alias_with_weights_divides_the_traffic_and_says_which_version_ran(function):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    client = boto3.client("lambda")
    made = client.create_alias(**with_weights(function, "1", v2=1.0))
    assert made["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 1.0}}
    payload, answer = invoke(f"{function}:live")
    assert (payload, answer["ExecutedVersion"]) == (["two", None, "2"], "2")
    client.update_alias(**with_weights(function, "1", v2=0.5))
    ran = {invoke(f"{function}:live")[1]["ExecutedVersion"] for _ in range(40)}
    assert ran == {"1", "2"}  # all forty alike: once in a thousand million runs
    assert "RoutingConfig" not in client.update_alias(FunctionName=function, Name="live", RoutingConfig={})
    assert invoke(f"{function}:live")[1]["ExecutedVersion"] == "1"


@pytest.mark.parametrize(
    ("first", "weights", "code", "message"),
    [
        ("1", {"v1": 0.1}, "InvalidParameterValueException",
         "Invalid function version 1. Function version 1 is already included in routing configuration."),
        ("1", {"v2": 0.1, "v3": 0.1}, "InvalidParameterValueException",
         "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ("$LATEST", {"v2": 0.1}, "InvalidParameterValueException",
         "$LATEST is not supported for an alias pointing to more than 1 version"),
        ("1", {"v9": 0.1}, "ResourceNotFoundException", "Function not found: {arn}:9"),
        ("9", {}, "ResourceNotFoundException", "Function not found: {arn}:9"),
        ("1", {"v2": 1.5}, "ValidationException", OUTSIDE),
    ],
)  # fmt: skip
def test_weights_that_make_no_sense_are_refused(function, aws, first, weights, code, message):
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    found = refused("create_alias", **with_weights(function, first, **weights))
    assert (found[0], found[2]) == (code, message.format(arn=arn))


def test_both_versions_of_an_alias_have_the_same_role(function):
    """https://github.com/serverless-heaven/serverless-aws-alias/issues/64 has Lambda's words."""
    client = boto3.client("lambda")
    client.update_function_configuration(FunctionName=function, Role=make_role(LOGS))
    third = client.publish_version(FunctionName=function)["Version"]
    error = "Specified versions must be associated with the same execution role"
    assert refused("create_alias", **with_weights(function, "1", **{f"v{third}": 0.5}))[2] == error


def test_an_alias_is_made_once_found_by_name_and_changed_only_as_it_was_seen(function, aws):
    client = boto3.client("lambda")
    arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{function}"
    made = client.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    assert (made["AliasArn"], made["Description"]) == (f"{arn}:live", "")
    asked = {"FunctionName": function, "Name": "live"}
    assert refused("create_alias", FunctionVersion="1", **asked) == (
        "ResourceConflictException", 409, f"Alias already exists: {arn}:live",
    )  # fmt: skip
    assert refused("get_alias", FunctionName=function, Name="dead")[2] == f"Cannot find alias arn: {arn}:dead"
    client.update_alias(**asked, FunctionVersion="2", RevisionId=made["RevisionId"])
    found = refused("update_alias", **asked, FunctionVersion="1", RevisionId=made["RevisionId"])
    assert found[:2] == ("PreconditionFailedException", 412)
    assert found[2].startswith("The Revision Id provided does not match the latest Revision Id.")
    assert [one["Name"] for one in client.list_aliases(FunctionName=function)["Aliases"]] == ["live"]
    assert client.list_aliases(FunctionName=function, FunctionVersion="1")["Aliases"] == []
    assert client.get_function(FunctionName=function, Qualifier="live")["Configuration"]["FunctionArn"] == (
        f"{arn}:live"
    )
    client.delete_alias(**asked)
    assert refused("get_alias", **asked)[0] == "ResourceNotFoundException"


def test_a_version_keeps_code_environment_role_and_log_settings(role):
    client = boto3.client("lambda")
    first = {"Variables": {"SAID": "first"}}
    name = make_function(
        SAY.format(said="one"), Role=role, Environment=first, LoggingConfig={"LogGroup": "/one"}
    )
    client.publish_version(FunctionName=name)
    other = make_role(LOGS)
    client.update_function_code(FunctionName=name, ZipFile=package(SAY.format(said="two")))
    client.update_function_configuration(
        FunctionName=name,
        Role=other,
        Environment={"Variables": {"SAID": "second"}},
        LoggingConfig={"LogGroup": "/two"},
        EphemeralStorage={"Size": 1024},
    )
    assert invoke(name, Qualifier="1")[0] == ["one", "first", "1"]
    assert invoke(name)[0] == ["two", "second", "$LATEST"]
    old, new = (
        client.get_function_configuration(FunctionName=name, Qualifier=one) for one in ("1", "$LATEST")
    )
    assert (old["Role"], old["LoggingConfig"]["LogGroup"], old["EphemeralStorage"]["Size"]) == (
        role,
        "/one",
        512,
    )
    assert (new["Role"], new["LoggingConfig"]["LogGroup"], new["EphemeralStorage"]["Size"]) == (
        other, "/two", 1024,
    )  # fmt: skip


def test_publishing_without_a_change_gives_the_same_version(function):
    client = boto3.client("lambda")
    assert client.publish_version(FunctionName=function)["Version"] == "2"
    client.update_function_configuration(FunctionName=function, Description="new")
    assert client.publish_version(FunctionName=function)["Version"] == "3"
    code, _, message = refused("publish_version", FunctionName=function, CodeSha256="other")
    assert (code, message.split(" is ")[0]) == ("InvalidParameterValueException", "CodeSHA256 (other)")
    found = refused("publish_version", FunctionName=function, RevisionId="other")
    assert found[:2] == ("PreconditionFailedException", 412)


def test_a_version_in_use_stays_and_its_number_is_never_given_again(function):
    """https://github.com/karl-cardenas-coding/go-lambda-cleanup/issues/45 has Lambda's words.

    What is said of versions that are not there was measured: https://github.com/floci-io/floci/pull/2824
    """
    client = boto3.client("lambda")
    client.create_alias(**with_weights(function, "1", v2=0.5))
    for number in ("1", "2"):
        assert refused("delete_function", FunctionName=function, Qualifier=number) == (
            "ResourceConflictException",
            409,
            "Unable to delete version because the following aliases reference it: [live]",
        )
    assert refused("delete_function", FunctionName=function, Qualifier="live")[2] == (
        "Deletion of aliases is not currently supported."
    )
    assert refused("delete_function", FunctionName=function, Qualifier="$LATEST")[2] == (
        "$LATEST version cannot be deleted without deleting the function."
    )
    client.delete_function(FunctionName=function, Qualifier="99")
    client.delete_alias(FunctionName=function, Name="live")
    client.delete_function(FunctionName=function, Qualifier="1")
    client.update_function_configuration(FunctionName=function, Description="new")
    assert client.publish_version(FunctionName=function)["Version"] == "3"
    numbers = [one["Version"] for one in client.list_versions_by_function(FunctionName=function)["Versions"]]
    assert numbers == ["$LATEST", "2", "3"]


def test_lists_come_page_by_page(function):
    client = boto3.client("lambda")
    pages = client.get_paginator("list_versions_by_function").paginate(
        FunctionName=function, PaginationConfig={"PageSize": 1}
    )
    assert [[one["Version"] for one in page["Versions"]] for page in pages] == [["$LATEST"], ["1"], ["2"]]
    pages = list(client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1}))
    names = [page["Functions"][0]["FunctionName"] for page in pages]
    assert function in names
    assert len(set(names)) == len(names)
    everything = client.get_paginator("list_functions").paginate(FunctionVersion="ALL").search("Functions[]")
    assert [one["Version"] for one in everything if one["FunctionName"] == function] == ["$LATEST", "1", "2"]
    assert refused("list_functions", Marker="elsewhere")[0] == "InvalidParameterValueException"
