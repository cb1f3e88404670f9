"""The dashboard as widgets, without a browser: state in Python, and controls that call the same methods."""

import boto3
import pytest

from dashboard.stack import Stack, build, destroy, manifest
from dashboard.widgets import UploadDashboard
from workbook.waiting import wait_for


@pytest.fixture(scope="module")
def built(aws):
    stack = Stack.named("widgets-test")
    build(stack, "delete")
    shown = UploadDashboard(manifest(stack)["api_url"])
    shown.upload("first.txt", b"first")  # the functions start: later ones are recorded in no time
    assert wait_for(lambda: shown.reload() or shown.files, 60)
    shown.choose(shown.files[0]["object_key"])
    shown.delete(confirmed=True)
    yield manifest(stack)
    destroy(stack)


@pytest.fixture
def dashboard(built):
    shown = UploadDashboard(built["api_url"])
    yield shown
    shown.filter.value = ""
    shown.reload()
    for record in list(shown.files):
        shown.choose(record["object_key"])
        shown.delete(confirmed=True)


def test_a_file_goes_up_is_shown_and_goes_away(dashboard):
    assert repr(dashboard) == "UploadDashboard: 0 files"
    key = dashboard.upload("notes.txt", b"Hello.")
    assert dashboard.message == "notes.txt is uploaded and listed."
    dashboard.list.value = key  # as a click on the row does
    assert dashboard.selected["content_type"] == "text/plain"
    assert repr(dashboard) == "UploadDashboard: 1 file, 'notes.txt' selected"
    dashboard.delete_button.click()
    assert (dashboard.message, len(dashboard.files)) == ("Delete notes.txt? Nobody can bring it back.", 1)
    dashboard.yes_button.click()
    assert (dashboard.message, dashboard.files, dashboard.selected) == ("Deleted notes.txt.", [], None)


def test_the_filter_finds_names_and_beginnings_of_keys(dashboard):
    dashboard.upload("Alpha.txt", b"a")
    key = dashboard.upload("beta.txt", b"b")
    dashboard.filter.value = "ALPHA"
    assert [record["name"] for record in dashboard.shown] == ["Alpha.txt"]
    dashboard.filter.value = key[:20]
    assert [record["name"] for record in dashboard.shown] == ["beta.txt"]


def test_its_text_form_is_one_short_line(dashboard):
    key = dashboard.upload("x" * 190 + ".txt", b"a")
    dashboard.choose(key)
    assert len(repr(dashboard)) < 110
    assert "\n" not in repr(dashboard)


def test_what_is_refused_is_said_in_words(dashboard):
    assert dashboard.upload("page.html", b"<p>", "text/html") is None
    assert dashboard.message == "Files of type 'text/html' are not taken. (415 TypeNotAllowed)"
    assert dashboard.choose("incoming/nothing.txt") is None
    assert dashboard.message == "No file is recorded as 'incoming/nothing.txt'. (404 NotFound)"


def test_an_api_that_has_no_route_or_no_answer_yet_is_no_traceback(aws):
    apigateway = boto3.client("apigatewayv2")
    made = apigateway.create_api(Name="widgets-empty", ProtocolType="HTTP")
    empty = UploadDashboard(made["ApiEndpoint"])
    assert empty.message == "The API has no route for this. Deploy the layer that makes it. (404)"
    assert empty.upload("a.txt", b"a") is None
    apigateway.delete_api(ApiId=made["ApiId"])
