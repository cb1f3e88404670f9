"""Functions have tags; their versions and aliases have none of their own."""

import boto3
import pytest

from tests.cloud.functions.making import make_function, make_role, package
from tests.cloud.functions.refusing import refused


@pytest.fixture
def arn(aws):
    name = make_function("def handler(event, context): pass", Role=make_role())
    return f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{name}"


def test_tags_are_added_replaced_and_removed(arn):
    client = boto3.client("lambda")
    client.tag_resource(Resource=arn, Tags={"team": "a", "stage": "test"})
    client.tag_resource(Resource=arn, Tags={"team": "b"})
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "b", "stage": "test"}
    client.untag_resource(Resource=arn, TagKeys=["team", "none"])
    assert client.list_tags(Resource=arn)["Tags"] == {"stage": "test"}
    assert client.get_function(FunctionName=arn)["Tags"] == {"stage": "test"}


def test_tags_have_limits(arn):
    many = {f"key-{number}": "x" for number in range(50)}
    boto3.client("lambda").tag_resource(Resource=arn, Tags=many)
    boto3.client("lambda").tag_resource(Resource=arn, Tags=many)
    error = "InvalidParameterValueException", 400, "Number of tags exceeds resource tag limit."
    assert refused("tag_resource", Resource=arn, Tags={"one": "more"}) == error
    made = {"Runtime": "python3.11", "Handler": "a.b", "Role": make_role(), "Code": {"ZipFile": package("")}}
    assert refused("create_function", FunctionName="many", Tags=many | {"one": "more"}, **made) == error
    assert (
        "Map keys must satisfy constraint" in refused("tag_resource", Resource=arn, Tags={"x" * 129: ""})[2]
    )
    assert refused("tag_resource", Resource=arn, Tags={})[0] == "InvalidParameterValueException"


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags"])
def test_what_has_no_tags(arn, operation):
    more = {"tag_resource": {"Tags": {"a": "b"}}, "untag_resource": {"TagKeys": ["a"]}}.get(operation, {})
    error = "Tags on function aliases and versions are not supported. Please specify a function ARN."
    assert refused(operation, Resource=f"{arn}:1", **more) == ("InvalidParameterValueException", 400, error)
    error = f"Function not found: {arn}-not"
    assert refused(operation, Resource=f"{arn}-not", **more) == ("ResourceNotFoundException", 404, error)
    code, status, message = refused(operation, Resource="no-arn", **more)
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith("1 validation error detected: Value 'no-arn' at 'resource' failed to satisfy")
