"""Five lines about the project, read beside a real stack."""

import pytest

from dashboard.stack import Stack, build, destroy
from workbook.explain import explain_project, named

GOOD = """\
The frontend is a static site hosted on S3.
API Gateway routes the browser's requests to Lambda functions.
Files are stored in a private S3 bucket and opened with presigned URLs.
DynamoDB stores a metadata record of every file.
CloudWatch keeps the logs, the first place to look when something fails.
"""


@pytest.fixture(scope="module")
def stack(aws):
    stack = Stack.named("explain-test")
    build(stack)
    yield stack
    destroy(stack)


def without(line):
    return "\n".join(one for at, one in enumerate(GOOD.splitlines()) if at != line)


def test_five_good_lines_are_complete(stack):
    told = explain_project(GOOD, stack)
    assert told.complete, str(told)
    assert repr(told) == "explain_project: 5 of 5 layers"


def test_labels_and_another_order_are_read_too(stack):
    text = """Monitoring: CloudWatch alarms and logs
    Metadata: a DynamoDB table with bucket and object_key
    Hosting: S3 static website
    Files: S3, private
    API: an HTTP API of API Gateway, with Lambda behind its routes"""
    told = explain_project(text, stack)
    assert told.complete, str(told)


@pytest.mark.parametrize(
    ("line", "layer"),
    [*enumerate(["frontend hosting", "API layer", "file storage", "metadata storage", "monitoring"])],
)
def test_a_layer_that_no_line_tells_of_is_named(stack, line, layer):
    told = explain_project(without(line), stack)
    assert told.missing == [layer]
    assert "No line tells of it yet. For instance:" in str(told)


def test_a_line_without_its_service_is_asked_for_it(stack):
    told = explain_project(GOOD.replace("DynamoDB stores", "A database stores"), stack)
    assert told.missing == ["metadata storage"]
    assert "Your metadata storage is DynamoDB: name it." in str(told)


def test_a_service_that_is_not_yours_is_told_kindly(stack):
    told = explain_project(GOOD.replace("hosted on S3", "hosted on CloudFront"), stack)
    assert told.missing == ["frontend hosting"]
    assert "You name CloudFront, but your own frontend hosting is S3: name it." in " ".join(str(told).split())


def test_a_service_beside_yours_that_you_do_not_have_is_told(stack):
    told = explain_project(GOOD.replace("hosted on S3", "hosted on S3 and CloudFront"), stack)
    assert "Your own project has no CloudFront here." in str(told)


def test_a_name_that_nothing_of_yours_has_is_told(stack):
    told = explain_project(
        GOOD.replace("DynamoDB stores", "The DynamoDB table `some-other-table` stores"), stack
    )
    assert "Nothing of yours is named `some-other-table`." in str(told)
    yours = explain_project(
        GOOD.replace("DynamoDB stores", f"The DynamoDB table `{stack.table}` stores"), stack
    )
    assert yours.complete


def test_what_is_not_built_is_told(aws):
    told = explain_project(GOOD, Stack.named("explain-nothing"))
    assert len(told.missing) == 5
    assert "Well said, but in your account it is not built." in str(told)


@pytest.mark.parametrize("nothing", ["", "   \n", None, ..., 7, "I like turtles."])
def test_nothing_said_is_no_traceback(stack, nothing):
    assert len(explain_project(nothing, stack).missing) == 5


def test_one_line_does_not_count_twice(stack):
    everything = (
        "S3, API Gateway, S3, DynamoDB and CloudWatch host the page, the api, files, metadata and logs."
    )
    assert len(explain_project(everything, stack).missing) == 4


def test_the_card_is_calm_html(stack):
    assert explain_project(GOOD, stack)._repr_html_().startswith('<section class="workbook-card"')


def test_longer_names_of_services_are_not_taken_apart():
    assert named("Amazon API Gateway (HTTP API), CloudWatch") == ["API Gateway", "CloudWatch"]
