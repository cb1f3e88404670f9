"""GET /files: one page of the records, in the order of their keys, and a token for the next."""

import base64
from urllib.parse import quote

import pytest


def put_records(dashboard, count, prefix="incoming/"):
    """Records without objects: what a list shows is what the table says."""
    with dashboard.table.batch_writer() as batch:
        for number in range(count):
            record = {
                "bucket": dashboard.bucket.name,
                "object_key": f"{prefix}{number:03}/a.txt",
                "name": "a.txt",
            }
            batch.put_item(
                Item=record | {"size": number, "content_type": "text/plain", "etag": "e", "uploaded_at": "t"}
            )


@pytest.fixture
def dashboard(dashboard):
    yield dashboard
    with dashboard.table.batch_writer() as batch:
        for item in dashboard.table.scan()["Items"]:
            batch.delete_item(Key={"bucket": item["bucket"], "object_key": item["object_key"]})


def keys(answer):
    return [file["object_key"] for file in answer.json["files"]]


def test_an_empty_dashboard_has_an_empty_list_and_no_next(dashboard):
    answer = dashboard.call("GET", "/files")
    assert (answer.status, answer.json) == (200, {"files": [], "next": None})
    assert answer.headers["cache-control"] == "no-store"


def test_a_file_is_listed_with_all_that_is_known_of_it(dashboard):
    key = dashboard.upload("Grüße aus Köln.txt", b"hello")
    [file] = dashboard.call("GET", "/files").json["files"]
    assert set(file) == {"object_key", "name", "size", "content_type", "etag", "uploaded_at"}
    assert (file["object_key"], file["name"], file["size"]) == (key, "Grüße aus Köln.txt", 5)
    assert file["content_type"] == "text/plain"
    assert file["etag"] == "5d41402abc4b2a76b9719d911017c592"
    assert type(file["size"]) is int


def test_pages_follow_each_other_in_the_order_of_the_keys_without_gap_or_repeat(dashboard):
    put_records(dashboard, 23)
    seen, token, pages = [], "", 0
    while token is not None:
        answer = dashboard.call("GET", f"/files?limit=10&next={token}")
        seen, token, pages = seen + keys(answer), answer.json["next"], pages + 1
    assert pages == 3
    assert seen == [f"incoming/{number:03}/a.txt" for number in range(23)]


def test_fifty_files_make_a_page_when_nobody_says(dashboard):
    put_records(dashboard, 51)
    answer = dashboard.call("GET", "/files")
    assert len(keys(answer)) == 50
    assert answer.json["next"]


def test_a_prefix_narrows_the_list(dashboard):
    put_records(dashboard, 12)
    assert keys(dashboard.call("GET", "/files?prefix=incoming/01")) == [
        "incoming/010/a.txt",
        "incoming/011/a.txt",
    ]
    assert keys(dashboard.call("GET", "/files?prefix=incoming%2F003")) == ["incoming/003/a.txt"]
    assert keys(dashboard.call("GET", "/files?prefix=nothing/")) == []


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "1e1", "٣", "9" * 400])
def test_a_limit_is_a_number_from_1_to_100(dashboard, limit):
    answer = dashboard.call("GET", f"/files?limit={quote(limit)}")
    assert answer.status == 400
    assert '"limit"' in answer.error["message"]


@pytest.mark.parametrize("limit", ["1", "100"])
def test_the_ends_of_the_range_are_taken(dashboard, limit):
    assert dashboard.call("GET", f"/files?limit={limit}").status == 200


@pytest.mark.parametrize(
    "token", ["x", "!!!!", "AAAA", "bm90aGluZw", "incoming/1", "%F0%9F%A6%9E", "a" * 3000]
)
def test_a_token_that_we_did_not_give_is_refused(dashboard, token):
    answer = dashboard.call("GET", f"/files?next={token}")
    assert answer.status == 400
    assert answer.error["code"] == "BadRequest"


def test_a_token_does_not_lead_out_of_the_prefix(dashboard):
    token = base64.urlsafe_b64encode(b"secret/1").decode().rstrip("=")
    assert dashboard.call("GET", f"/files?next={token}").status == 400
    assert dashboard.call("GET", f"/files?prefix=incoming/2&next={token}").status == 400


def test_a_prefix_longer_than_any_key_is_refused(dashboard):
    assert dashboard.call("GET", f"/files?prefix={'a' * 1025}").status == 400


def test_nobody_lists_what_is_not_in_this_bucket(dashboard):
    other = {
        "bucket": "another-bucket",
        "object_key": "incoming/0/secret.txt",
        "name": "secret.txt",
        "size": 1,
    }
    dashboard.table.put_item(Item=other)
    assert keys(dashboard.call("GET", "/files")) == []
