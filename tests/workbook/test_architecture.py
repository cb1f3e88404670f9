"""The architecture map, drawn of a real stack that is built, half built, and broken."""

import pytest

from dashboard.stack import Stack, build, destroy
from dashboard.stack.roles import grant
from workbook.architecture_map import architecture
from workbook.architecture_parts import State, permits


@pytest.fixture(scope="module")
def whole(aws):
    stack = Stack.named("map-test")
    build(stack)
    yield stack
    destroy(stack)


@pytest.fixture
def stack(whole):
    """The whole stack; what a test breaks is built again."""
    yield whole
    build(whole)


def test_nothing_is_built_at_first(aws):
    drawn = architecture(Stack.named("map-nothing"))
    assert {part.state for part in drawn.parts} == {State.NOT_BUILT}
    assert repr(drawn) == "architecture: 0 of 11 parts built"


def test_half_a_stack_is_half_drawn(aws):
    stack = Stack.named("map-half")
    build(stack, "metadata")
    drawn = architecture(stack)
    built = {part.id for part in drawn.parts if part.state is State.BUILT}
    assert built == {"bucket", "event", "index_upload", "table", "logs"}
    assert drawn["page"].state is State.NOT_BUILT
    destroy(stack)


def test_a_whole_stack_is_whole(stack):
    drawn = architecture(stack)
    assert drawn.complete, str(drawn)
    assert repr(drawn) == "architecture: 11 of 11 parts built"


def drop_permission(stack):
    stack.client("lambda").remove_permission(
        FunctionName=stack.functions["list_files"].name, StatementId="api-get"
    )


def other_scheme(stack):
    apigateway = stack.client("apigatewayv2")
    [api] = [one for one in apigateway.get_apis()["Items"] if one["Name"] == stack.api_name]
    cors = api["CorsConfiguration"]
    apigateway.update_api(
        ApiId=api["ApiId"],
        CorsConfiguration={**cors, "AllowOrigins": ["https" + cors["AllowOrigins"][0].removeprefix("http")]},
    )


def open_bucket(stack):
    stack.client("s3").delete_public_access_block(Bucket=stack.upload_bucket)


def move_prefix(stack):
    s3 = stack.client("s3")
    rules = s3.get_bucket_notification_configuration(Bucket=stack.upload_bucket)
    rules.pop("ResponseMetadata")
    rules["LambdaFunctionConfigurations"][0]["Filter"]["Key"]["FilterRules"][0]["Value"] = "uploads/"
    s3.put_bucket_notification_configuration(Bucket=stack.upload_bucket, NotificationConfiguration=rules)


def forget_variable(stack):
    stack.client("lambda").update_function_configuration(
        FunctionName=stack.functions["get_file"].name, Environment={"Variables": {}}
    )


def silence(stack):
    grant(stack.client("iam"), stack.functions["delete_file"].role, "least", [
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}])  # fmt: skip


def close_page(stack):
    stack.client("s3").delete_bucket_policy(Bucket=stack.site_bucket)


def lose_log_group(stack):
    stack.client("logs").delete_log_group(logGroupName=stack.functions["create_upload"].log_group)


@pytest.mark.parametrize(
    ("break_it", "part", "reason"),
    [
        (drop_permission, "api", "it may not invoke list_files, so GET /files answers 500"),
        (other_scheme, "api", "it does not allow the page's origin"),
        (open_bucket, "bucket", "nothing blocks public access"),
        (move_prefix, "event", "its prefix is 'uploads/', not 'incoming/'"),
        (forget_variable, "get_file", "TABLE_NAME is not set"),
        (silence, "delete_file", "its role may not write to its log"),
        (close_page, "page", "visitors may not read the page"),
        (lose_log_group, "logs", "create_upload has no log group"),
    ],
)
def test_what_is_broken_is_named_with_its_reason(stack, break_it, part, reason):
    break_it(stack)
    drawn = architecture(stack)
    assert [(one.id, one.reason) for one in drawn.parts if one.state is State.FAILING] == [(part, reason)]
    assert repr(drawn) == f"architecture: 10 of 11 parts built; failing: {part}"
    assert f"▲ {drawn[part].title}" in str(drawn)


def test_it_is_a_picture_with_words_for_those_who_do_not_see_it(stack):
    html = architecture(stack)._repr_html_()
    assert 'role="img" aria-label="architecture: 11 of 11 parts built"' in html
    assert html.count("✓ built") >= 11
    assert "The same as text" in html


def test_an_unknown_part_is_answered_with_the_parts(stack):
    with pytest.raises(KeyError, match="There is no part 'moon'"):
        architecture(stack)["moon"]


@pytest.mark.parametrize(
    ("like", "permitted"),
    [("arn:aws:execute-api:us-east-1:1:a/*/GET/files", True), ("arn:aws:execute-api:us-east-1:1:b/*", False)],
)
def test_a_permission_counts_for_its_own_source(like, permitted):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Condition": {"ArnLike": {"AWS:SourceArn": like}},
    }
    source = "arn:aws:execute-api:us-east-1:1:a/$default/GET/files"
    assert permits(statement, "apigateway.amazonaws.com", source) is permitted
    assert not permits(statement, "s3.amazonaws.com", source)
