"""Presigned URLs, taken apart: what they sign, for how long, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checks.live import LiveLook, as_json
from checks.live.round_trip import trip
from checks.rule import Verdict, failed, passed, skipped

MASKED = "X-Amz-Signature and X-Amz-Security-Token not shown"


def shapes(look: LiveLook, longest: int) -> Iterator[Verdict]:
    """The ticket for an upload, and the link that opens a file."""
    file, target = trip(look), look.target
    reply, ticket = file.ticket
    name = target.label("create_upload")
    if reply.status != 201:
        yield failed(
            f"the API hands out no ticket: {reply}", str(reply), name, fix="See the create function's log."
        )
    else:
        signed = {"host", "content-type"} | (set() if target.whole else {"content-length"})
        said = list(wrong(look, ticket.get("url", ""), file.key, longest, signed))
        if str(ticket.get("method")).upper() != "PUT":
            said.append(f"it is for {ticket.get('method')!r}, not PUT")
        if not file.key.startswith(target.prefix) or file.key == target.prefix:
            said.append(f"the key {file.key!r} is not under {target.prefix!r}")
        yield judged(said, f"{reply}: {shown(ticket.get('url', ''))}", name)
    name = target.label("get_file")
    if not file.uploaded or not file.shown.yes:
        yield skipped("no file got into the list, so there is no link to look at: see STATE-1", name)
        return
    opened = as_json(file.file)
    if file.file.status != 200:
        yield failed(
            f"the API hands out no link: {file.file}", str(file.file), name, fix="See the get function's log."
        )
        return
    said = list(wrong(look, opened.get("open_url", ""), file.key, longest, {"host"}))
    yield judged(said, f"{file.file}: {shown(opened.get('open_url', ''))}", name)


def judged(said: list[str], evidence: str, name: str) -> Verdict:
    fix = "boto3.client('s3', config=Config(signature_version='s3v4')); ExpiresIn=300, ContentType in Params"
    if said:
        return failed("; ".join(said), evidence, name, fix=fix)
    return passed("SigV4, short-lived, for one object", evidence, name)


def wrong(look: LiveLook, url: str, key: str, longest: int, signed: set[str]) -> Iterator[str]:
    """What is wrong with a presigned URL."""
    query, where, bucket = parameters(url), urlsplit(url), str(look.target.upload_bucket)
    if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        yield "it is not signed with SigV4"
        return
    seconds = query.get("X-Amz-Expires", "")
    if not (seconds.isdigit() and 1 <= int(seconds) <= longest):
        yield f"it lives {seconds or 'some'} s, longer than {longest} s"
    if missing := signed - set(query.get("X-Amz-SignedHeaders", "").split(";")):
        yield f"it does not sign {', '.join(sorted(missing))}"
    host, path = where.hostname or "", unquote(where.path)
    if not (path == f"/{bucket}/{key}" or (host.startswith(f"{bucket}.") and path == f"/{key}")):
        yield f"it leads to {host}{path}, not to {key!r} in {bucket!r}"


def parameters(url: str) -> Mapping[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def shown(url: str) -> str:
    """A URL's shape, without what makes it good."""
    query = parameters(url)
    told = {
        name: query[name]
        for name in ("X-Amz-Algorithm", "X-Amz-Expires", "X-Amz-SignedHeaders")
        if name in query
    }
    return f"{url.partition('?')[0]} {told} ({MASKED})"
