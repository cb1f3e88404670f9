"""The page from its own origin: list, upload, details, open and delete, in a real browser."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

UMLAUT = "Grüße aus Köln.txt"
NAMES = [UMLAUT, "1 + 1 = 2.txt", "Bob's 100% & more?.txt", "<img src=x onerror=hacked=1>.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_travels_from_the_browser_to_s3_and_back_until_it_is_deleted(name, built, files, reader):
    content = f"The bytes of {name}\n".encode() * 50
    reader.visit(built["site_url"])
    expect(reader.page.get_by_text("No files yet")).to_be_visible()

    reader.upload((name, content))
    expect(reader.sending(name)).to_contain_text("Listed")
    [stored] = files.stored()
    assert stored.get()["Body"].read() == content

    row = reader.page.get_by_role("row").nth(1)  # it came by itself: nobody reloaded
    expect(row).to_contain_text("text/plain")
    row.get_by_role("button").click()
    expect(reader.details).to_contain_text(stored.key)
    expect(reader.details).to_contain_text(stored.e_tag.strip('"'))
    expect(reader.details).to_contain_text(f"{len(content):,} bytes")
    if name == UMLAUT:
        reader.photograph("details")

    with reader.page.expect_popup() as opened:
        reader.details.get_by_role("link", name="Open").click()
    assert reader.page.request.get(opened.value.url).body() == content
    assert opened.value.evaluate("window.opener") is None

    reader.details.get_by_role("button", name="Delete").click()
    reader.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(reader.page.get_by_text("No files yet")).to_be_visible()
    assert files.stored() == []
    assert files.recorded() == []


def test_the_umlaut_is_still_there_in_the_list(built, files, reader):
    reader.visit(built["site_url"])
    reader.upload((UMLAUT, b"hello"))
    expect(reader.listed(UMLAUT)).to_be_visible()


def test_every_write_makes_the_list_ask_again(built, files, reader):
    reader.visit(built["site_url"])
    before = reader.calls.count("GET /files")
    reader.upload(("one.txt", b"1"))
    reader.listed("one.txt").click()
    after_upload = reader.calls.count("GET /files")
    assert after_upload >= before + 2  # is it recorded yet? then the list itself

    reader.details.get_by_role("button", name="Delete").click()
    reader.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(reader.listed("one.txt")).to_have_count(0)
    assert reader.calls.count("GET /files") == after_upload + 1


def test_keep_it_keeps_the_file(built, files, reader):
    reader.visit(built["site_url"])
    reader.upload(("keep.txt", b"me"))
    reader.listed("keep.txt").click()
    delete = reader.details.get_by_role("button", name="Delete")
    delete.click()
    reader.photograph("question")
    reader.page.get_by_role("button", name="Keep it").click()
    expect(delete).to_be_focused()
    assert len(files.stored()) == 1
    assert not any(call.startswith("DELETE") for call in reader.calls)


def test_progress_is_shown_and_a_cancelled_upload_leaves_nothing(built, files, reader):
    reader.visit(built["site_url"])
    slow_down(reader, bytes_a_second=200_000)  # seconds to look at each of the two
    reader.upload(("first.bin", bytes(900_000)), ("second.bin", bytes(3_000_000)), ("third.bin", b"3"))

    bar = reader.page.get_by_role("progressbar", name="Upload of first.bin")
    expect(bar).to_have_js_property("max", 1)
    reader.page.wait_for_function(
        "() => { const { value } = document.querySelector('progress'); return value > 0.1 && value < 0.9; }"
    )
    expect(reader.sending("first.bin")).to_contain_text(re.compile(r"\d+ % of 879 KiB"))
    reader.photograph("progress")
    expect(reader.sending("second.bin")).to_contain_text(re.compile(r"\d+ % of 2.9 MiB"))
    reader.sending("second.bin").get_by_role("button", name="Cancel").click()

    slow_down(reader, bytes_a_second=-1)
    expect(reader.sending("second.bin")).to_contain_text("Cancelled")
    expect(reader.listed("third.bin")).to_be_visible()
    assert sorted(stored.content_length for stored in files.stored()) == [1, 900_000]


def test_dropped_files_are_uploaded_too(built, files, reader):
    reader.visit(built["site_url"])
    dropped = reader.page.evaluate_handle(
        """() => {
            const held = new DataTransfer();
            for (const name of ["a.txt", "b.txt"]) {
                held.items.add(new File([name], name, { type: "text/plain" }));
            }
            return held;
        }"""
    )
    reader.page.dispatch_event("main", "drop", {"dataTransfer": dropped})
    expect(reader.listed("a.txt")).to_be_visible()
    expect(reader.listed("b.txt")).to_be_visible()


def test_more_files_than_a_page_are_loaded_on_demand_and_found_by_name_or_key(built, files, reader):
    for number in range(53):
        files.put(f"incoming/{number:03}/file {number}.txt", b"x")
    files.settle(53)
    reader.visit(built["site_url"])
    expect(reader.page.get_by_text("50 files so far; there are more.")).to_be_visible()
    reader.page.get_by_role("button", name="Load more").click()
    expect(reader.page.get_by_text("53 files.")).to_be_visible()

    search = reader.page.get_by_label("Filter")
    search.fill("FILE 4")
    expect(reader.page.get_by_text("11 of 53 files match.")).to_be_visible()
    search.fill("incoming/05")
    expect(reader.page.get_by_text("3 of 3 files match.")).to_be_visible()


def test_a_link_that_grew_too_old_is_replaced_before_it_opens(aws, built, files, reader):
    reader.page.clock.install()
    reader.visit(built["site_url"])
    reader.upload(("old.txt", b"still the same"))
    reader.listed("old.txt").click()
    link = reader.details.get_by_role("link", name="Open")
    first = link.get_attribute("href")

    aws.advance(301)
    reader.page.clock.fast_forward("05:01")
    assert reader.page.request.get(first).status == 403
    with reader.page.expect_popup() as opened:
        link.click()
    assert opened.value.url != first
    assert reader.page.request.get(opened.value.url).body() == b"still the same"


def test_the_page_and_its_api_are_two_origins(built, reader):
    reader.visit(built["site_url"])
    assert urlsplit(built["site_url"]).netloc != urlsplit(built["api_url"]).netloc
    expect(reader.page.locator("where-from")).to_contain_text(built["site_origin"])
    expect(reader.page.locator("where-from")).to_contain_text(built["api_url"])


def slow_down(reader, bytes_a_second):
    wire = reader.page.context.new_cdp_session(reader.page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", limits)
