"""A browser at the page: after each write it asks for the list again. Nobody reads the page's code."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from checks.live import LiveLook, as_json
from checks.rule import Verdict, failed, passed, skipped

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FLAGS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def follows(look: LiveLook, seconds: float) -> Iterator[Verdict]:
    """Upload and delete a file by the page's own controls, and watch what the page asks for."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: F401 is it there?
    except ImportError:
        yield skipped("Playwright is not installed, so no browser looked: pip install playwright")
        return
    path = chromium()
    if path is None:
        yield skipped(
            "no Chromium is installed, so no browser looked: apt-get install chromium, or set CHROMIUM"
        )
        return
    with ThreadPoolExecutor(1, "browser") as own_thread:  # notebooks have an event loop in theirs
        yield own_thread.submit(visit, look, path, seconds).result()


def chromium() -> str | None:
    """The browser to use: what CHROMIUM names, else one on the path, else Playwright's own."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


class Visit:
    """What the page asked, in order, while somebody used it."""

    def __init__(self, page: Any, api: str, name: str) -> None:
        self.page, self.name = page, name
        self.api = urlsplit(api).netloc
        self.log: list[str] = []
        page.on("response", self.note)

    def note(self, response: Any) -> None:
        request, where = response.request, urlsplit(response.url)
        if request.method == "OPTIONS":
            return
        if where.netloc == self.api and parse_qs(where.query).get("prefix", [""])[0].endswith(self.name):
            return  # "is it recorded yet?", of one key, is not the list
        if where.netloc == self.api:
            self.log.append(f"{request.method} {where.path} {response.status}")
        elif request.method == "PUT":
            self.log.append(f"PUT {where.path} {response.status}")

    def asked_after(self, method: str) -> bool:
        """Whether a list was asked for after the last write of a method that succeeded."""
        writes = [
            at
            for at, line in enumerate(self.log)
            if line.startswith(f"{method} ") and line.split()[-1][0] == "2"
        ]
        return bool(writes) and any(line.startswith("GET /files ") for line in self.log[writes[-1] + 1 :])

    def row(self) -> Any:
        return self.page.get_by_role("row").get_by_role("button", name=self.name)


def visit(look: LiveLook, path: str, seconds: float) -> Verdict:
    """The visit itself, in a thread of its own."""
    from playwright.sync_api import Error, sync_playwright

    name, wait = f"audit-{look.id}-page.txt", seconds * 1000
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root gets none
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS + sandbox)
        except Error as error:
            return skipped(
                f"Chromium at {path!r} does not start, so no browser looked: {str(error).splitlines()[0]}"
            )
        try:
            page = browser.new_page()
            seen = Visit(page, look.api_url, name)
            page.on("response", lambda response: remember(look, response))
            return steps(look, seen, wait)
        except Error as error:
            return failed(
                f"the page could not be used: {str(error).splitlines()[0]}",
                f"{look.site_url()}: {seen.log}",
                fix="Open the page, and look at the browser's console.",
            )
        finally:
            browser.close()


def remember(look: LiveLook, response: Any) -> None:
    """The key of the page's own ticket: to be tidied up."""
    if (
        response.request.method == "POST"
        and urlsplit(response.url).path == "/uploads"
        and response.status == 201
    ):
        key = response.json().get("object_key", "")
        if key.startswith(look.target.prefix):
            look.keys.add(key)


def steps(look: LiveLook, seen: Visit, wait: float) -> Verdict:
    from playwright.sync_api import TimeoutError as TooLate

    page, fix = seen.page, "After a write, let the page announce it, and the list ask again when it hears."
    crowded = bool(as_json(look.call("GET", "/files", {"limit": "50"})).get("next"))
    page.goto(look.site_url())
    chooser = page.get_by_label("Choose files")
    try:
        chooser.wait_for(state="attached")
    except TooLate:
        if look.target.whole:
            return skipped("the page has no control called 'Choose files', so this audit can't drive it")
        return failed(
            "the page shows no control to choose files",
            f"{look.site_url()}: {seen.log}",
            fix="Publish the page again.",
        )
    if crowded:
        page.get_by_label("Filter").fill(seen.name)
    chooser.set_input_files([{"name": seen.name, "mimeType": "text/plain", "buffer": b"from a browser\n"}])
    try:
        seen.row().first.wait_for(timeout=wait)
    except TooLate:
        if not crowded or seen.asked_after("PUT") is False:
            return failed(
                f"{wait / 1000:.0f} s after the upload the page does not show it",
                f"the page asked: {seen.log}",
                fix=fix,
            )
        return skipped("there are more files than the page shows at once, so its new row can't be seen")
    if not seen.asked_after("PUT"):
        return failed(
            "after the upload the page shows the file without asking for the list",
            f"the page asked: {seen.log}",
            fix=fix,
        )
    seen.row().first.click()
    page.locator("file-details").get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    try:
        seen.row().first.wait_for(state="detached", timeout=wait)
    except TooLate:
        return failed(
            f"{wait / 1000:.0f} s after the deletion the page still shows it",
            f"the page asked: {seen.log}",
            fix=fix,
        )
    page.wait_for_timeout(500)  # an answer may still be under way
    if not seen.asked_after("DELETE"):
        return failed(
            "after the deletion the row is gone, but the page did not ask for the list",
            f"the page asked: {seen.log}",
            fix=fix,
        )
    return passed(
        "a list was asked for after the upload and after the deletion; the row came and went",
        f"the page asked: {', '.join(seen.log)}",
    )
