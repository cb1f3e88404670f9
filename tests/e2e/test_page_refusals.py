"""What the page says when the browser, S3 or the API refuses, and when nobody is there to refuse."""

import json
import re
import socket
import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_the_same_page_from_another_origin_is_refused_by_the_browser_and_says_so(
    built, served_elsewhere, unlucky_reader
):
    elsewhere = served_elsewhere({"apiUrl": built["api_url"]})
    unlucky_reader.visit(elsewhere)
    told = unlucky_reader.page.locator("file-list").get_by_role("alert")
    expect(told).to_contain_text(f"could not reach the API at {built['api_url']}. If the console says CORS")
    expect(told).to_contain_text(elsewhere.rstrip("/"))
    assert any("blocked by CORS policy" in error for error in unlucky_reader.errors)
    unlucky_reader.photograph("other-origin")

    unlucky_reader.upload(("stranger.txt", b"hello"))
    expect(unlucky_reader.sending("stranger.txt")).to_contain_text("could not reach the API")


def test_a_ticket_is_of_no_use_to_a_page_from_another_origin(built, files, served_elsewhere, unlucky_reader):
    ticket = json.loads(
        ask(built, "POST", "/uploads", {"name": "a.txt", "content_type": "text/plain", "size": 5})
    )
    unlucky_reader.visit(served_elsewhere({"apiUrl": built["api_url"]}))
    unlucky_reader.errors.clear()
    refusal = unlucky_reader.page.evaluate(
        """async (ticket) => {
            const { put } = await import("/api.js");
            const file = new File(["hello"], "a.txt", { type: "text/plain" });
            const how = { signal: new AbortController().signal, onProgress() {} };
            return put(ticket, file, how).then(() => "sent", (error) => error.message);
        }""",
        ticket,
    )
    assert "could not reach S3" in refusal
    assert "the upload bucket's CORS rules" in refusal
    [error] = [error for error in unlucky_reader.errors if "CORS" in error]
    assert "preflight" in error
    assert files.stored() == []


def test_a_ticket_that_is_too_old_is_refused_by_s3_and_a_second_try_succeeds(
    aws, built, files, unlucky_reader
):
    reader = unlucky_reader
    reader.visit(built["site_url"])

    def five_minutes_later(route):
        aws.advance(301)
        route.continue_()

    reader.page.route(re.compile(r"/incoming/.*X-Amz-Signature"), five_minutes_later, times=1)
    reader.upload(("late.txt", b"hello"))
    sending = reader.sending("late.txt")
    expect(sending).to_contain_text("S3 refused the upload: Request has expired (403 AccessDenied)")
    expect(sending).to_contain_text("try again for a new one")
    reader.photograph("expired-ticket")
    assert files.stored() == []

    sending.get_by_role("button", name="Try again").click()
    expect(reader.listed("late.txt")).to_be_visible()


def test_the_api_s_own_words_reach_the_reader(built, files, unlucky_reader):
    unlucky_reader.visit(built["site_url"])
    unlucky_reader.upload(("empty.txt", b""))
    expect(unlucky_reader.sending("empty.txt")).to_contain_text("(400 ")
    expect(unlucky_reader.sending("empty.txt")).to_contain_text("size")


def test_a_file_that_somebody_else_deleted_is_explained(built, files, unlucky_reader):
    reader = unlucky_reader
    reader.visit(built["site_url"])
    reader.upload(("gone.txt", b"soon"))
    expect(reader.listed("gone.txt")).to_be_visible()
    [stored] = files.stored()
    ask(built, "DELETE", f"/files/{stored.key}")

    reader.listed("gone.txt").click()
    expect(reader.details.get_by_role("alert")).to_contain_text("(404 ")
    reader.page.get_by_role("button", name="Reload").click()
    expect(reader.page.get_by_text("No files yet")).to_be_visible()


def test_an_api_that_is_down_and_a_network_that_is_lost_are_told_apart(served_elsewhere, unlucky_reader):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and nobody listens there, nor can
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}"
        unlucky_reader.visit(served_elsewhere({"apiUrl": nobody}))
        told = unlucky_reader.page.locator("file-list").get_by_role("alert")
        expect(told).to_contain_text(f"could not reach the API at {nobody}")
        expect(told).to_contain_text("Otherwise the API is down, or the network is.")
        unlucky_reader.photograph("api-down")

    unlucky_reader.page.context.set_offline(True)
    unlucky_reader.page.get_by_role("button", name="Reload").click()
    expect(told).to_contain_text("This computer is offline")


def test_a_site_without_its_configuration_says_what_to_do(served_elsewhere, unlucky_reader):
    unlucky_reader.visit(served_elsewhere({}))
    told = unlucky_reader.page.locator("file-list").get_by_role("alert")
    expect(told).to_contain_text("Deploy the frontend layer again")


def test_the_list_comes_back_once_the_api_does(built, files, unlucky_reader):
    unlucky_reader.visit(built["site_url"])
    unlucky_reader.page.context.set_offline(True)
    reload = unlucky_reader.page.get_by_role("button", name="Reload")
    reload.click()
    told = unlucky_reader.page.locator("file-list").get_by_role("alert")
    expect(told).to_be_visible()
    unlucky_reader.page.context.set_offline(False)
    reload.click()
    expect(told).to_be_hidden()


def ask(built, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(
        built["api_url"] + path, data, {"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(asked) as answer:
        return answer.read()
