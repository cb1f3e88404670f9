"""A canary in the bucket: one object under the prefix is indexed once."""

from __future__ import annotations

from collections.abc import Iterator

from checks.live import LiveLook, wait_for
from checks.quiet import settle
from checks.rule import Verdict, failed, passed

SETTLING = 1.0  # seconds in which a second line would come too


def delivery(look: LiveLook) -> Iterator[Verdict]:
    """Put an object, and wait for its record and its line in the index function's log."""
    key = f"{look.folder}canary.txt"
    look.put(key, b"tweet\n")
    record, seconds, looks = wait_for(lambda: look.record(key))
    call = f"s3.put_object({key!r}), then dynamodb.get_item"
    if record is None:
        yield failed(
            f"{seconds:.1f} s after it arrived, the object has no record",
            f"{call} in {looks} looks",
            fix="See SAFETY-3, then the log of the index function.",
        )
        return
    if wait_for(lambda: look.lines("index_upload", key)[0])[0]:
        settle(SETTLING)
    found = look.lines("index_upload", key)[0]
    created = [line for line in found if "ObjectRemoved" not in line]
    evidence = f"{call}: a record after {seconds:.1f} s; log lines: {len(created)}"
    invocations = len(created)
    if invocations > 1:
        yield failed(
            f"one object made the function run {invocations} times",
            f"{evidence}: {created[:3]}",
            fix="See SAFETY-3: more than one path leads to the function.",
        )
        return
    seen = (
        f"{invocations} line in the log"
        if created
        else "no line with its key in the log (VISIBILITY-3 looks closer)"
    )
    yield passed(f"recorded once, after {seconds:.1f} s; {seen}", evidence)
