"""POST /uploads: a ticket is worth one file, of one type and length, for five minutes, and nothing else."""

import base64
import unicodedata
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GIB = 1024**3


def test_a_ticket_says_where_and_how_to_send_the_file(dashboard):
    ticket = dashboard.ticket("holiday photo.png", "image/png", 2048)
    assert set(ticket) == {"object_key", "url", "method", "headers", "expires_in"}
    assert ticket["method"] == "PUT"
    assert ticket["headers"]["Content-Type"] == "image/png"
    assert ticket["expires_in"] == 300
    first, identifier, name = ticket["object_key"].split("/")
    assert (first, len(identifier), name) == ("incoming", 32, "holiday photo.png")


def test_the_url_is_signed_with_version_4_over_content_type_and_length(dashboard):
    query = parse_qs(urlsplit(dashboard.ticket()["url"]).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]


def test_the_file_arrives_under_the_key_of_the_ticket(dashboard):
    ticket = dashboard.ticket(size=5)
    assert dashboard.send(ticket, b"hello").status == 200
    assert dashboard.bucket.Object(ticket["object_key"]).get()["Body"].read() == b"hello"
    dashboard.until(lambda: dashboard.record(ticket["object_key"]))  # not in the next test


@pytest.mark.parametrize("content", [b"hell", b"hello!"])
def test_a_file_of_another_length_is_refused(dashboard, content):
    answer = dashboard.send(dashboard.ticket(size=5), content)
    assert answer.status == 403
    assert b"SignatureDoesNotMatch" in answer.body


def test_a_file_of_another_type_is_refused(dashboard):
    answer = dashboard.send(dashboard.ticket(), b"hello", {"Content-Type": "text/html"})
    assert answer.status == 403


def test_a_ticket_cannot_be_used_for_another_key_or_bucket(dashboard):
    ticket = dashboard.ticket()
    for other in ("incoming/mine.txt", "elsewhere/a.txt"):
        moved = ticket | {"url": ticket["url"].replace(ticket["object_key"], other)}
        assert dashboard.send(moved, b"hello").status == 403


def test_the_same_name_twice_gives_two_keys_so_nobody_overwrites_anybody(dashboard):
    assert dashboard.ticket("a.txt")["object_key"] != dashboard.ticket("a.txt")["object_key"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Grüße aus Köln.txt", "Grüße aus Köln.txt"),
        (unicodedata.normalize("NFD", "Ö.txt"), "Ö.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.txt", "C__temp_a.txt"),
        ("<img src=x onerror=alert(1)>.png", "_img src_x onerror_alert_1__.png"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie_ x"),
        ("...", "file"),
        ("報告.pdf", "報告.pdf"),
        ("\u202egnp.exe", "_gnp.exe"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_could_harm(dashboard, name, safe):
    assert dashboard.ticket(name)["object_key"].rsplit("/", 1)[-1] == safe


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=400).filter(str.strip))
def test_any_name_gives_a_key_under_the_prefix_with_exactly_three_parts(dashboard, name):
    key = dashboard.ticket(name)["object_key"]
    first, identifier, last = key.split("/")
    assert (first, len(identifier)) == ("incoming", 32)
    assert last
    assert len(key.encode()) <= 1024
    assert not any(unicodedata.category(letter).startswith("C") for letter in key)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        [],
        7,
        {},
        {"name": "a.txt", "content_type": "text/plain"},
        {"name": "a.txt", "size": 1},
        {"name": "", "content_type": "text/plain", "size": 1},
        {"name": "   ", "content_type": "text/plain", "size": 1},
        {"name": 7, "content_type": "text/plain", "size": 1},
        {"name": "a.txt", "content_type": None, "size": 1},
        {"name": "a.txt", "content_type": "text/plain", "size": 0},
        {"name": "a.txt", "content_type": "text/plain", "size": -1},
        {"name": "a.txt", "content_type": "text/plain", "size": "5"},
        {"name": "a.txt", "content_type": "text/plain", "size": 5.0},
        {"name": "a.txt", "content_type": "text/plain", "size": True},
    ],
)
def test_a_bad_or_missing_field_is_a_bad_request(dashboard, body):
    answer = dashboard.call("POST", "/uploads", body)
    assert answer.status == 400
    assert answer.error["code"] == "BadRequest"


def test_a_lone_surrogate_in_the_name_is_no_reason_to_crash(dashboard):
    answer = dashboard.call(
        "POST", "/uploads", {"name": "a\ud800.txt", "content_type": "text/plain", "size": 1}
    )
    assert answer.status == 201
    assert answer.json["object_key"].endswith("/a_.txt")


@pytest.mark.parametrize(("size", "status"), [(1, 201), (5 * GIB, 201), (5 * GIB + 1, 413), (10**30, 413)])
def test_a_file_has_one_byte_to_five_gibibytes(dashboard, size, status):
    answer = dashboard.call("POST", "/uploads", {"name": "a", "content_type": "text/plain", "size": size})
    assert answer.status == status
    if status == 413:
        assert str(size) in answer.error["message"]


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "IMAGE/JPEG",
        "text/plain",
        "text/csv",
        "application/pdf",
        "application/zip",
        "application/gzip",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "audio/mpeg",
        "video/mp4",
        "application/octet-stream",
    ],
)
def test_ordinary_types_are_taken(dashboard, content_type):
    assert dashboard.ticket("a", content_type)["headers"]["Content-Type"] == content_type.lower()


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "image/svg+xml", "application/xhtml+xml", "text/plain\r\nx: y", "png", "*/*"],
)
def test_types_that_a_browser_would_run_are_not_taken(dashboard, content_type):
    answer = dashboard.call("POST", "/uploads", {"name": "a", "content_type": content_type, "size": 1})
    assert answer.status == 415
    assert answer.error["code"] == "TypeNotAllowed"


def test_a_body_that_is_no_text_is_read_all_the_same(dashboard):

    body = b'{"name": "a.txt", "content_type": "text/plain", "size": 5}'
    binary = {"content-type": "application/octet-stream"}  # API Gateway hands it over in base64
    assert dashboard.ask("POST", "/uploads", body, binary).status == 201
    assert dashboard.ask("POST", "/uploads", b"\xff\xfe", binary).status == 400
    assert (
        dashboard.ask("POST", "/uploads", base64.b64encode(body), {"content-type": "text/plain"}).status
        == 400
    )


def test_the_key_in_the_url_is_the_key_of_the_ticket(dashboard):
    ticket = dashboard.ticket("1 + 1 = 2 & more?.txt")
    assert unquote(urlsplit(ticket["url"]).path).endswith(ticket["object_key"])
