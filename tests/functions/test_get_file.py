"""GET /files/{key+}: one record, and a link that opens the file for five minutes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functions.conftest import ask

NAMES = ["Grüße aus Köln.txt", "1 + 1 = 2.txt", "50% off.txt", "Bob's file.txt", "報告.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_record_comes_with_a_link_that_opens_the_same_bytes(dashboard, name):
    key = dashboard.upload(name, b"the bytes")
    answer = dashboard.call("GET", dashboard.path(key))
    assert answer.status == 200
    found = answer.json
    assert set(found) == {
        "object_key",
        "name",
        "size",
        "content_type",
        "etag",
        "uploaded_at",
        "open_url",
        "expires_in",
    }
    assert (found["object_key"], found["size"], found["expires_in"]) == (key, 9, 300)
    assert ask("GET", found["open_url"]).body == b"the bytes"


def test_the_link_is_signed_with_version_4_for_five_minutes(dashboard):
    link = dashboard.call("GET", dashboard.path(dashboard.upload())).json["open_url"]
    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Expires"] == ["300"]
    assert "X-Amz-Signature" in query


def test_the_link_can_do_nothing_but_open_this_file(dashboard):
    key, other = dashboard.upload("mine.txt"), dashboard.upload("yours.txt")
    link = dashboard.call("GET", dashboard.path(key)).json["open_url"]
    assert ask("DELETE", link).status == 403
    assert ask("PUT", link, b"new").status == 403
    mine, yours = (one.split("/")[1] for one in (key, other))
    assert ask("GET", link.replace(mine, yours)).status == 403


def test_a_page_is_downloaded_and_never_run(dashboard):
    dashboard.bucket.put_object(Key="incoming/1/a.html", Body=b"<script>", ContentType="text/html")
    dashboard.until(lambda: dashboard.record("incoming/1/a.html"))
    link = dashboard.call("GET", "/files/incoming/1/a.html").json["open_url"]
    assert ask("GET", link).headers["content-disposition"].startswith("attachment;")


def test_a_file_that_nobody_recorded_is_not_found(dashboard):
    answer = dashboard.call("GET", "/files/incoming/1/nothing.txt")
    assert answer.status == 404
    assert answer.error == {"code": "NotFound", "message": "No file is recorded as 'incoming/1/nothing.txt'."}


def test_a_key_longer_than_any_key_is_not_found(dashboard):
    assert dashboard.call("GET", "/files/" + "a" * 1200).status == 404


def test_a_record_outside_the_prefix_opens_nothing(dashboard):
    """The link can do what the function's role can do, and the role reads uploads alone."""
    dashboard.bucket.put_object(Key="private/a.txt", Body=b"secret")
    dashboard.table.put_item(
        Item={
            "bucket": dashboard.bucket.name,
            "object_key": "private/a.txt",
            "name": "a.txt",
            "size": 6,
            "content_type": "x",
        }
    )
    answer = dashboard.call("GET", "/files/private/a.txt")
    if answer.status == 200:
        assert ask("GET", answer.json["open_url"]).status == 403
    else:
        assert answer.status == 404
    dashboard.table.delete_item(Key={"bucket": dashboard.bucket.name, "object_key": "private/a.txt"})
