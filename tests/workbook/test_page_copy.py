"""A saved notebook says what the page showed: the files that it could read, or what kept them from it."""

import socket

import pytest

from dashboard.stack import Stack, build, destroy
from dashboard.stack.api import find_api
from dashboard.stack.frontend import allow_origin, site_origin, site_url
from workbook import page
from workbook.page_copy import MOST, seen
from workbook.waiting import wait_for


@pytest.fixture(scope="module")
def stack(aws):
    stack = Stack.named("page-copy")
    build(stack, "frontend")
    yield stack
    destroy(stack)


def put(stack, *names: str) -> None:
    """Put small files where uploads arrive, and wait until the list has them."""
    for name in names:
        stack.client("s3").put_object(Bucket=stack.upload_bucket, Key=f"incoming/1/{name}", Body=b"Hello.")
    assert wait_for(lambda: set(names) <= {file["name"] for file in seen(site_url(stack))[1]}, seconds=60)


def test_an_empty_page_says_that_nothing_was_uploaded(stack):
    assert seen(site_url(stack)) == ("No files yet. Upload the first one, and it appears here.", [])


def test_the_copy_lies_inside_the_frame_and_names_the_files(stack):
    put(stack, "hello.txt", "<b>bold.txt")
    html = page(site_url(stack))._repr_html_()
    frame, _, inside = html.partition("<object ")
    assert site_url(stack) in frame
    assert inside.endswith("</object>")
    for told in ("2 files.", "hello.txt", "&lt;b&gt;bold.txt", "6 bytes", "Run the cell"):
        assert told in inside
    assert "<b>bold" not in html
    assert "X-Amz-" not in html
    assert len(html) < 4000  # characters


def test_many_files_are_counted_and_some_are_named(stack):
    put(stack, *(f"{number}.txt" for number in range(MOST + 1)))
    said, files = seen(site_url(stack))
    assert said == f"{len(files)} files, of which {MOST} are named here."
    assert page(site_url(stack))._repr_html_().count("6 bytes") == MOST


def test_what_cors_withholds_from_the_page_is_not_in_the_copy(stack):
    apigateway = stack.client("apigatewayv2")
    api_id = find_api(apigateway, stack.api_name)
    apigateway.delete_cors_configuration(ApiId=api_id)
    said, files = seen(site_url(stack))
    allow_origin(apigateway, api_id, site_origin(stack))
    assert said == "The browser could not reach the API: its CORS settings do not allow this page."
    assert files == []


def test_a_page_that_is_gone_does_not_stop_the_cell():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    assert seen(gone) == ("The browser could not reach the page or its API.", [])
    assert "could not reach the page" in page(gone)._repr_html_()
