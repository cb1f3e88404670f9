"""The eight layers, in order: each builds its part, and building twice changes nothing."""

import json

import pytest

from dashboard.stack import (
    LAYERS,
    LayerError,
    Stack,
    StackNameError,
    build,
    destroy,
    layers_through,
    leftovers,
    manifest,
)

pytestmark = pytest.mark.usefixtures("aws")


def picture(stack):
    """All that a person would see of the stack, as one text."""
    iam, lambda_, s3 = stack.client("iam"), stack.client("lambda"), stack.client("s3")
    seen = {"manifest": manifest(stack), "functions": {}}
    for short, function in stack.functions.items():
        found = lambda_.get_function(FunctionName=function.name)
        settings = {
            name: found["Configuration"].get(name)
            for name in ("CodeSha256", "Environment", "Role", "Handler", "Timeout")
        }
        names = iam.list_role_policies(RoleName=function.role)["PolicyNames"]
        policies = {
            name: iam.get_role_policy(RoleName=function.role, PolicyName=name)["PolicyDocument"]
            for name in names
        }
        policy = json.loads(lambda_.get_policy(FunctionName=function.name)["Policy"])
        invokers = sorted((one["Sid"], str(one["Condition"])) for one in policy["Statement"])
        seen["functions"][short] = {
            "settings": settings,
            "policies": policies,
            "invokers": invokers,
            "tags": found["Tags"],
        }
    seen["cors"] = s3.get_bucket_cors(Bucket=stack.upload_bucket)["CORSRules"]
    seen["events"] = s3.get_bucket_notification_configuration(Bucket=stack.upload_bucket)[
        "LambdaFunctionConfigurations"
    ]
    seen["api cors"] = stack.client("apigatewayv2").get_api(ApiId=seen["manifest"]["api_id"])[
        "CorsConfiguration"
    ]
    return json.dumps(seen, sort_keys=True, default=str)


@pytest.fixture(scope="module")
def stack(aws):
    one = Stack.named("layers-test")
    build(one)
    yield one
    destroy(one)


def test_building_twice_changes_nothing(stack):
    before = picture(stack)
    build(stack)
    assert picture(stack) == before


def test_a_layer_is_built_with_all_that_comes_before_it_and_nothing_after():
    stack = Stack.named("half-test")
    build(stack, "metadata")
    built = manifest(stack)
    assert built["upload_bucket"] == stack.upload_bucket
    assert built["table"] == "half-test-metadata"
    assert built["functions"]["index_upload"]["name"] == "half-test-index-upload"
    assert built["api_id"] is built["site_url"] is built["functions"]["create_upload"] is None
    destroy(stack)
    assert leftovers(stack) == []


def test_progress_says_what_each_layer_is():
    said = []
    stack = Stack.named("said-test")
    build(stack, "events", said.append)
    assert [line.split(" layer:")[0] for line in said] == ["Storage", "Events"]
    destroy(stack)


def test_the_layers_have_an_order():
    assert layers_through("api") == ("storage", "events", "metadata", "api")
    assert layers_through("monitoring") == LAYERS


def test_an_unknown_layer_is_named_with_those_there_are():
    with pytest.raises(
        LayerError, match=r"There is no layer 'cellar'\. The layers are, in order: storage, events"
    ):
        layers_through("cellar")


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a" * 41, "a.b", "a b", "ä"])
def test_a_name_from_which_no_bucket_could_be_named_is_refused(name):
    with pytest.raises(StackNameError, match="use 1 to 40 lower-case letters"):
        Stack.named(name)


def test_the_longest_name_still_makes_a_bucket_name():
    assert len(Stack("a" * 40, "1" * 12, "us-east-1").upload_bucket) <= 63


def test_everything_that_takes_tags_says_which_stack_it_belongs_to(stack):
    mine = {"workbook:stack": stack.name}
    tags_of = {
        "upload bucket": stack.client("s3").get_bucket_tagging(Bucket=stack.upload_bucket)["TagSet"],
        "site bucket": stack.client("s3").get_bucket_tagging(Bucket=stack.site_bucket)["TagSet"],
        "table": stack.client("dynamodb").list_tags_of_resource(
            ResourceArn=stack.client("dynamodb").describe_table(TableName=stack.table)["Table"]["TableArn"]
        )["Tags"],
        "role": stack.client("iam").list_role_tags(RoleName=stack.functions["get_file"].role)["Tags"],
        "function": stack.client("lambda").list_tags(Resource=stack.function_arn("get_file"))["Tags"],
        "api": stack.client("apigatewayv2").get_api(ApiId=manifest(stack)["api_id"])["Tags"],
        "log group": stack.client("logs").list_tags_log_group(
            logGroupName=stack.functions["get_file"].log_group
        )["tags"],
    }
    for what, tags in tags_of.items():
        found = {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else tags
        assert mine.items() <= found.items(), what


def test_the_manifest_is_what_other_programs_rely_on(stack):
    built = manifest(stack)
    account = built["account_id"]
    assert set(built) == {
        "name", "region", "account_id", "upload_bucket", "site_bucket", "site_url", "site_origin",
        "prefix", "table", "api_id", "api_url", "routes", "functions",
    }  # fmt: skip
    assert built["upload_bucket"] == f"layers-test-uploads-{account}"
    assert built["site_bucket"] == f"layers-test-site-{account}"
    assert built["table"] == "layers-test-metadata"
    assert built["prefix"] == "incoming/"
    assert sorted(built["routes"]) == [
        "DELETE /files/{key+}",
        "GET /files",
        "GET /files/{key+}",
        "POST /uploads",
    ]
    assert built["functions"]["create_upload"] == {
        "name": "layers-test-create-upload",
        "role": "layers-test-create-upload-role",
        "log_group": "/aws/lambda/layers-test-create-upload",
    }
    assert built["site_url"].startswith(built["site_origin"])


def test_each_function_has_a_role_of_its_own_with_the_least_it_needs(stack):
    iam, uploads = stack.client("iam"), f"arn:aws:s3:::{stack.upload_bucket}"
    file, table = f"{uploads}/incoming/x", stack.table_arn
    may = {
        "create_upload": {("s3:PutObject", file)},
        "list_files": {("dynamodb:Query", table)},
        "get_file": {("dynamodb:GetItem", table), ("s3:GetObject", file)},
        "delete_file": {("dynamodb:DeleteItem", table), ("s3:DeleteObject", file)},
        "index_upload": {("dynamodb:PutItem", table), ("dynamodb:DeleteItem", table), ("s3:GetObject", file)},
    }
    asked = set().union(*may.values()) | {
        ("dynamodb:Scan", table),
        ("s3:DeleteBucket", uploads),
        ("dynamodb:DeleteTable", table),
    }
    key = {
        "ContextKeyName": "dynamodb:LeadingKeys",
        "ContextKeyValues": [stack.upload_bucket],
        "ContextKeyType": "stringList",
    }
    for short, expected in may.items():
        role = iam.get_role(RoleName=stack.functions[short].role)["Role"]["Arn"]
        allowed = set()
        for action, resource in asked:
            [judged] = iam.simulate_principal_policy(
                PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource], ContextEntries=[key]
            )["EvaluationResults"]
            if judged["EvalDecision"] == "allowed":
                allowed.add((action, resource))
        assert allowed == expected, short


def test_a_stack_that_is_taken_down_leaves_nothing_behind_even_when_full():
    stack = Stack.named("down-test")
    build(stack)
    s3 = stack.client("s3")
    s3.put_bucket_versioning(Bucket=stack.upload_bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=stack.upload_bucket, Key="incoming/1/a.txt", Body=body)
    s3.delete_object(Bucket=stack.upload_bucket, Key="incoming/1/a.txt")
    s3.create_multipart_upload(Bucket=stack.upload_bucket, Key="incoming/1/big.bin")
    assert len(leftovers(stack)) > 15
    destroy(stack)
    assert leftovers(stack) == []
    destroy(stack)  # nothing to do is no error


def test_two_stacks_live_side_by_side(stack):
    other = Stack.named("layers-test-2")
    build(other, "storage")
    destroy(other)
    assert manifest(stack)["upload_bucket"] == stack.upload_bucket
