"""A file's whole life through the API: ticket, upload, list, link, deletion, and deletion again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.http import Reply, send
from checks.live import LiveLook, as_json, wait_for
from checks.rule import Verdict, failed, passed

CONTENT = b"The audit was here, and removes this again.\n"


@dataclass(frozen=True)
class Seen:
    """Whether something showed, after how long, and in how many looks."""

    yes: bool
    seconds: float
    looks: int
    last: Reply

    def __str__(self) -> str:
        return f"after {self.seconds:.1f} s, {self.looks} look{'s' if self.looks > 1 else ''}; {self.last}"


class Trip:
    """One file's life. Each step is taken once, when a rule first wants to know of it."""

    def __init__(self, look: LiveLook) -> None:
        self.look = look
        self.name = f"audit-{look.id}.txt"

    @cached_property
    def ticket(self) -> tuple[Reply, dict[str, Any]]:
        return self.look.ticket(self.name, len(CONTENT))

    @property
    def key(self) -> str:
        return str(self.ticket[1].get("object_key", ""))

    @cached_property
    def upload(self) -> Reply | None:
        """What S3 answered to the file; None without a ticket."""
        reply, ticket = self.ticket
        if reply.status != 201 or not ticket.get("url"):
            return None
        headers = {**ticket.get("headers", {}), "Origin": self.look.page_origin}
        return send(ticket.get("method", "PUT"), ticket["url"], headers, CONTENT)

    @property
    def uploaded(self) -> bool:
        return self.upload is not None and self.upload.status == 200

    def listed(self) -> Reply:
        return self.look.call("GET", "/files", {"prefix": self.key, "limit": "1"})

    def row(self, reply: Reply) -> dict[str, Any] | None:
        """The file's row in a list; None where there is none."""
        rows = as_json(reply).get("files", [])
        return next((one for one in rows if one.get("object_key") == self.key), None)

    @cached_property
    def shown(self) -> Seen:
        """Whether the list shows the file, some time after the upload."""
        return self.watched(present=True) if self.uploaded else self.not_uploaded()

    @cached_property
    def file(self) -> Reply:
        """The file's record and link, once it is listed."""
        _ = self.shown
        return self.look.call("GET", f"/files/{self.key}")

    @cached_property
    def deletions(self) -> tuple[Reply, Reply]:
        """The answers to DELETE, and to DELETE again."""
        _ = self.file
        path = f"/files/{self.key}"
        return self.look.call("DELETE", path), self.look.call("DELETE", path)

    @cached_property
    def gone(self) -> Seen:
        """Whether the list no longer shows the file, some time after its deletion."""
        _ = self.deletions
        return self.watched(present=False)

    def watched(self, *, present: bool) -> Seen:
        last: list[Reply] = []

        def look() -> bool:
            last[:] = [self.listed()]
            return last[0].status == 200 and (self.row(last[0]) is not None) is present

        yes, seconds, looks = wait_for(look)
        return Seen(bool(yes), seconds, looks, last[0])

    def not_uploaded(self) -> Seen:
        return Seen(False, 0.0, 1, self.upload or self.ticket[0])


def trip(look: LiveLook) -> Trip:
    """The one trip of this audit."""
    made = look.kept.get("trip")
    if made is None:
        made = look.kept["trip"] = Trip(look)
    assert isinstance(made, Trip)
    return made


def visible(look: LiveLook, seconds: float) -> Iterator[Verdict]:
    """Whether the list follows an upload, and a deletion."""
    file, fix = (
        trip(look),
        "Follow the upload: S3's event, the index function's log, the table, the list's log.",
    )
    if not file.uploaded:
        yield failed(
            f"nothing can be uploaded: {file.upload or file.ticket[0]}",
            f"{file.ticket[0]}; {file.upload}",
            fix=fix,
        )
        return
    shown = file.shown
    if not shown.yes:
        yield failed(f"{seconds:.0f} s after the upload the list does not show it", str(shown), fix=fix)
        return
    row = file.row(shown.last) or {}
    if row.get("size", len(CONTENT)) != len(CONTENT):
        yield failed(
            f"the list says that the file has {row['size']!r} bytes; {len(CONTENT)} were uploaded",
            f"{shown}: {row}",
            fix=fix,
        )
        return
    gone = file.gone
    if not gone.yes:
        yield failed(f"{seconds:.0f} s after the deletion the list still shows it", str(gone), fix=fix)
        return
    yield passed(
        f"the upload shows {shown}; the deletion {gone}",
        f"{file.upload}; {shown}; {file.deletions[0]}; {gone}",
    )
