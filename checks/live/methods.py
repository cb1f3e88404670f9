"""Methods: what the API answers to those that it declares, and to those that it does not."""

from __future__ import annotations

from collections.abc import Iterator

from checks.http import Reply
from checks.live import LiveLook, as_json
from checks.live.round_trip import trip
from checks.rule import Verdict, failed, passed, skipped

REFUSED = (403, 404, 405)


def matrix(look: LiveLook) -> Iterator[Verdict]:
    """Every declared route once, and others that nobody declared."""
    nothing = f"/files/{look.folder}not-there.txt"
    before = look.call("GET", "/files", {"limit": "1"})
    answers: dict[str, tuple[Reply, tuple[int, ...]]] = {
        "GET /files": (before, (200,)),
        "GET /files?limit=x": (look.call("GET", "/files", {"limit": "x"}), (400,)),
        "GET of a file that is not there": (look.call("GET", nothing), (404,)),
        "DELETE of a file that is not there": (look.call("DELETE", nothing), (204,)),
        "POST /uploads with nothing": (look.call("POST", "/uploads", body={}), (400,)),
        "POST /uploads": (trip(look).ticket[0], (201,)),
    }
    undeclared = {"PUT": "/files", "PATCH": nothing, "POST": "/files", "DELETE": "/files", "GET": "/uploads"}
    routes = {f"{method} {path}" for method, path in undeclared.items()} - set(look.target.routes)
    for method, path in undeclared.items():
        if f"{method} {path}" in routes:
            answers[f"{method} {path}"] = (
                look.call(method, path, body={} if method in ("PUT", "PATCH", "POST") else None),
                REFUSED,
            )
    file = trip(look)
    if file.shown.yes and file.file.status == 200:  # the file has been read: it should be there still
        answers["GET of the list after GET of a file"] = (file.listed(), (200,))
    answers["GET of another path"] = (look.call("GET", f"/audit-{look.id}"), REFUSED)
    wrong = [
        f"{what} answered {reply.status}, not {' or '.join(map(str, good))}"
        for what, (reply, good) in answers.items()
        if reply.status not in good
    ]
    evidence = "; ".join(f"{what}: {reply.status}" for what, (reply, _) in answers.items())
    no_json = [
        what
        for what, (reply, good) in answers.items()
        if good == (200,) and reply.status == 200 and "files" not in as_json(reply)
    ]
    wrong += [f"{what} answered no list" for what in no_json]
    read = answers.get("GET of the list after GET of a file")
    if read and file.row(read[0]) is None:
        wrong.append("GET of a file takes it out of the list")
    if wrong:
        yield failed(
            "; ".join(wrong), evidence, fix="See API-1 and API-2, then the log of the route's function."
        )
    else:
        yield passed(f"{len(answers)} requests answered as declared", evidence)


def deletion(look: LiveLook) -> Iterator[Verdict]:
    """A file that is deleted twice, and what is left of it."""
    file = trip(look)
    if not file.uploaded:
        yield skipped(
            f"nothing could be uploaded, so nothing can be deleted ({file.upload or file.ticket[0]}): "
            "see STATE-1"
        )
        return
    first, second = file.deletions
    _ = file.gone
    stored = look.do(
        "s3",
        "head_object",
        absent=("404", "NoSuchKey", "NotFound"),
        Bucket=look.target.upload_bucket,
        Key=file.key,
    )
    record, after = look.record(file.key), look.call("GET", f"/files/{file.key}")
    wrong = []
    if first.status != 204:
        wrong.append(f"DELETE answered {first.status}, not 204")
    if second.status != 204:
        wrong.append(f"DELETE again answered {second.status}, not 204")
    if not stored.absent:
        wrong.append("the object is still in the bucket")
    if record is not None:
        wrong.append("the record is still in the table")
    if after.status != 404:
        wrong.append(f"GET afterwards answered {after.status}, not 404")
    object_ = stored.told() if stored.absent else f"{stored.call} answered 200"
    evidence = f"{first}; again {second.status}; {object_}; record: {record}; {after}"
    if wrong:
        yield failed(
            "; ".join(wrong), evidence, fix="See the log of the delete function, and its role's permissions."
        )
    else:
        yield passed("204, 204 again; object and record are gone, and GET answers 404", evidence)
