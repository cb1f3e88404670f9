"""Markers: a name that nobody else uses, and whether it arrives in a function's log."""

from __future__ import annotations

from collections.abc import Iterator

from checks.live import LiveLook, wait_for
from checks.live.round_trip import trip
from checks.rule import Verdict, failed, passed

SECONDS = 60.0  # CloudWatch takes seconds, sometimes more


def arrival(look: LiveLook, short: str) -> Iterator[Verdict]:
    """Make a function print a marker, and wait for the line."""
    marker = f"{look.folder}marker-{short}"
    if short == "list_files":
        sent = str(look.call("GET", "/files", {"prefix": marker}))
    elif short == "get_file":
        sent = str(look.call("GET", f"/files/{marker}"))
    elif short == "delete_file":
        sent = str(look.call("DELETE", f"/files/{marker}"))
    elif short == "create_upload":
        reply, ticket = trip(look).ticket
        sent, marker = str(reply), str(ticket.get("object_key") or "create_upload refused")
    else:
        look.put(marker, b"marker\n")
        sent = f"s3.put_object({marker!r})"
    found, seconds, looks = wait_for(
        lambda: look.lines(short, marker)[0], SECONDS if look.cloud == "aws" else 15.0
    )
    call, group = look.lines(short, marker)[1], look.log_group_name(short)
    if found:
        yield passed(
            f"{marker!r} arrived after {seconds:.1f} s",
            f"{sent}; {call} found {found[0].strip()[:200]!r}",
            group,
        )
    elif other := look.lines(short, "")[0]:
        yield passed(
            f"lines of this run arrived; none of them holds {marker!r}",
            f"{sent}; {call} found {other[-1].strip()[:200]!r}",
            group,
        )
    else:
        yield failed(
            f"nothing arrived in {seconds:.1f} s",
            f"{sent}; {call} found nothing in {looks} looks",
            group,
            fix="See VISIBILITY-2; and whether the request reached the function at all: API-2, SAFETY-3.",
        )
