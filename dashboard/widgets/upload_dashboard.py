"""The upload dashboard in a notebook: the page's six abilities, over the same HTTP API."""

import functools
import mimetypes
import time
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from dashboard.widgets.api import Api, ProblemError
from dashboard.widgets.key_guard import KeyGuard
from dashboard.widgets.look import HEAD, STYLE
from dashboard.widgets.status_line import StatusLine
from dashboard.widgets.texts import as_html, line, shortened

PAGE = 50  # rows asked for at once
MOST = 100  # rows the API gives at once
PATIENCE_SECONDS = 10  # for S3's event to become a record


def tells(method: Callable) -> Callable:
    """What goes wrong becomes ``message``: an exception in a widget's callback would be seen by nobody."""

    @functools.wraps(method)
    def telling(self: "UploadDashboard", *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except ProblemError as problem:
            self._say(str(problem))
            return None

    return telling


class UploadDashboard(w.VBox):
    """A view over ``files``, ``selected`` and ``message``. Controls call these methods, and so may you."""

    def __init__(self, api_url: str) -> None:
        self.files: list[dict] = []  # the records loaded so far
        self.selected: dict | None = None  # the chosen file's record
        self.message = ""  # what happened last
        self._next: str | None = None
        self._api: Api | None = None
        self._drawing = False
        self._make_controls()
        super().__init__(
            [
                w.HTML(STYLE + HEAD),
                self._head,
                self._list,
                self._foot,
                self._panel,
                self._line,  # the question itself is said here
                self._question,
                KeyGuard(),
            ]
        )
        self.add_class("upload-dashboard")
        self._connect(api_url)

    # What it does

    @tells
    def reload(self) -> None:
        """Ask again for as many files as are loaded now, from the top."""
        self._load([], None, max(PAGE, len(self.files)))

    @tells
    def more(self) -> None:
        self._load(self.files, self._next, len(self.files) + PAGE)

    @tells
    def upload(self, name: str, data: bytes, content_type: str | None = None) -> str | None:
        """Send bytes straight to S3 by a ticket, wait until they are listed, and return their object key."""
        data = bytes(data)
        content_type = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._line.bar_name = f"Upload of {name}"
        try:
            ticket = self._reachable().ticket(name, content_type, len(data))
            self._say(f"Sending {name} to S3\u2026")
            self._api.put(ticket, data, self._progress)
        finally:
            self._line.part = None
        object_key = ticket["object_key"]
        listed = self._wait_for(object_key)
        self.reload()
        advice = f"stored, but not recorded within {PATIENCE_SECONDS} s. Look at the log of index-upload."
        self._say(f"{name} is {'uploaded and listed.' if listed else advice}")
        return object_key

    @tells
    def choose(self, object_key: str | None) -> dict | None:
        """Show one file's record, with a link of a few minutes to open it. None chooses nothing."""
        self.selected = None
        self._asking = False
        try:
            if object_key is not None:
                self.selected = self._reachable().record(object_key)
                minutes = self.selected["expires_in"] // 60
                self._say(f"{self.selected['name']}: its link opens for {minutes} minutes.")
        finally:
            self._show()
        return self.selected

    def open(self) -> str | None:
        """A fresh link to the chosen file: returned, and shown."""
        if self.comm is None:
            super().open()  # ipywidgets has an open() too: it calls this one to connect a new widget
            return None
        record = self._chosen() and self.choose(self._chosen()["object_key"])
        return record["open_url"] if record else None

    @tells
    def delete(self, confirmed: bool = False) -> None:
        """Delete the chosen file. Without ``confirmed`` it only asks."""
        record = self._chosen()
        if record is None:
            return
        if not confirmed:
            self._asking = True
            self._show()
            self._say(f"Delete {record['name']}? Nobody can bring it back.")
            return
        self._reachable().delete(record["object_key"])
        self.choose(None)
        self.reload()
        self._say(f"Deleted {record['name']}.")

    def keep(self) -> None:
        """Take the question back."""
        self._asking = False
        self._show()
        self._say("Nothing was deleted.")

    @property
    def shown(self) -> list[dict]:
        """The loaded files that the filter lets through."""
        wanted = "" if self._prefix else self.filter.value.strip().casefold()
        return [record for record in self.files if wanted in record["name"].casefold()]

    def __repr__(self) -> str:
        count = f"{len(self.files)} {'file' if len(self.files) == 1 else 'files'}"
        chosen = f", {self.selected['name']!r} selected" if self.selected else ""
        return shortened(f"UploadDashboard: {count}{chosen}")

    # How it does it

    @tells
    def _connect(self, api_url: str) -> None:
        try:
            self._api = Api(api_url)
            self.reload()
        finally:
            self._show()

    def _reachable(self) -> Api:
        if self._api is None:
            raise ProblemError("This dashboard has no API. Make another: UploadDashboard(api_url).")
        return self._api

    def _load(self, files: list[dict], token: str | None, wanted: int) -> None:
        while True:
            page = self._reachable().page(self._prefix, min(MOST, wanted - len(files)), token)
            files, token = files + page["files"], page["next"]
            if not token or len(files) >= wanted:
                break
        self.files, self._next = files, token
        self._show()

    @property
    def _prefix(self) -> str:
        """What holds a slash is the beginning of an object key, and the API looks for it."""
        return self.filter.value.lstrip() if "/" in self.filter.value else ""

    def _wait_for(self, object_key: str) -> bool:
        end, pause = time.monotonic() + PATIENCE_SECONDS, 0.03
        while not any(
            record["object_key"] == object_key for record in self._api.page(object_key, 1)["files"]
        ):
            if time.monotonic() > end:
                return False
            time.sleep(pause)
            pause = min(pause * 1.6, 1.5)
        return True

    def _chosen(self) -> dict | None:
        if self.selected is None:
            self._say("Choose a file first.")
        return self.selected

    def _progress(self, part: float) -> None:
        if self._line.part is None or part - self._line.part >= 0.01 or part == 1:
            self._line.part = part

    # How it looks

    def _make_controls(self) -> None:
        self._asking = False
        wide = w.Layout(width="100%")
        self.filter = w.Text(
            description="Filter", placeholder="name, or incoming/\u2026", layout=w.Layout(flex="1 1 14rem")
        )
        self.uploader = w.FileUpload(
            multiple=True,
            description="Upload files",
            tooltip="Choose files to upload",
            button_style="primary",
        )
        self.reload_button = w.Button(description="Reload", tooltip="Ask the API again")
        self.list = w.Select(description="Files", rows=7, layout=wide)
        self.more_button = w.Button(description="Load more", tooltip="Ask the API for the next files")
        self.details = w.HTML(layout=wide)
        self.open_button = w.Button(
            description="New link", tooltip="Ask for a fresh link to open the chosen file"
        )
        self.delete_button = w.Button(
            description="Delete\u2026", tooltip="Delete the chosen file, after a question"
        )
        self.yes_button = w.Button(
            description="Delete for good", button_style="danger", tooltip="Really delete it"
        )
        self.no_button = w.Button(description="Keep it", tooltip="Do not delete it")
        self._count = w.Label()
        self._line = StatusLine()
        row = w.Layout(flex_flow="row wrap", align_items="center", justify_content="space-between")
        self._head = w.Box([self.filter, self.uploader, self.reload_button], layout=row)
        self._list = self.list
        self._foot = w.Box([self._count, self.more_button], layout=row)
        self._panel = w.VBox([self.details, w.HBox([self.open_button, self.delete_button])])
        self._panel.add_class("upload-dashboard-details")
        self._question = w.HBox([self.no_button, self.yes_button])
        self._question.add_class("upload-dashboard-question")

        self.filter.observe(lambda change: self._filtered(change), "value")
        self.uploader.observe(lambda change: self._files_chosen(change["new"]), "value")
        self.list.observe(lambda change: self._drawing or self.choose(change["new"]), "value")
        for button, method in {
            self.reload_button: self.reload,
            self.more_button: self.more,
            self.open_button: self.open,
            self.delete_button: self.delete,
            self.no_button: self.keep,
        }.items():
            button.on_click(lambda _, method=method: method())
        self.yes_button.on_click(lambda _: self.delete(confirmed=True))

    def _filtered(self, change: dict) -> None:
        if "/" in change["new"] or "/" in change["old"]:
            self.reload()
        else:
            self._show()

    def _files_chosen(self, chosen: tuple) -> None:
        if not chosen:
            return  # emptied below
        failed = [self.message for one in chosen if not self.upload(one["name"], one["content"], one["type"])]
        self.uploader.value = ()  # so that the same file can be chosen again
        if failed and len(chosen) > 1:
            self._say(f"{len(chosen) - len(failed)} of {len(chosen)} files are uploaded. {failed[0]}")

    def _show(self) -> None:
        self._drawing = True
        try:
            self.list.options = [(line(record), record["object_key"]) for record in self.shown]
            keys = [key for _, key in self.list.options]
            chosen = self.selected and self.selected["object_key"]
            self.list.value = chosen if chosen in keys else None
        finally:
            self._drawing = False
        self._count.value = self._counted()
        for control, visible in {
            self.more_button: self._next,
            self._panel: self.selected,
            self._question: self.selected and self._asking,
        }.items():
            control.layout.display = None if visible else "none"
        self.details.value = as_html(self.selected) if self.selected else ""

    def _counted(self) -> str:
        """How many files there are, and how many of them are shown."""
        if not self.files:
            return "No files begin like that." if self._prefix else "No files yet. Upload the first one."
        more = ", and there are more" if self._next else ""
        if len(self.shown) == len(self.files):
            return f"{len(self.files)} {'file' if len(self.files) == 1 else 'files'}{more}"
        return f"{len(self.shown)} of {len(self.files)} files{more}"

    def _say(self, text: str) -> None:
        self.message = self._line.text = text
