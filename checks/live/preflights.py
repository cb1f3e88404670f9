"""Preflights: what browsers are told before they send a request across origins."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from checks.asking import CouldNotAskError
from checks.http import Reply, send
from checks.live import LiveLook
from checks.live.strangers import object_address
from checks.rule import Verdict, failed, passed

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def hostile(origin: str) -> dict[str, str]:
    """Origins that are not the page's, and look more or less like it."""
    place = urlsplit(origin)
    host, port = place.hostname or "", place.port
    here = f":{port}" if port else ""
    other = "http" if place.scheme == "https" else "https"
    return {
        "a foreign origin": "https://evil.example",
        "null": "null",
        "the page's host with another ending": f"{place.scheme}://{host}.evil.example{here}",
        "the page's host with something before it": f"{place.scheme}://evil-{host}{here}",
        "a subdomain of the page's host": f"{place.scheme}://evil.{host}{here}",
        "the other scheme": f"{other}://{host}{here}",
        "another port": f"{place.scheme}://{host}:{(port or 8000) % 65535 + 1}",
        "a dot behind the host": f"{place.scheme}://{host}.{here}",
        "a slash behind it": f"{origin}/",
        "its name as user information": f"{place.scheme}://{host}@evil.example",
    }


def matrix(look: LiveLook) -> Iterator[Verdict]:
    """Each origin with each method, at the API and at the bucket."""
    routes = {key.partition(" ")[0] for key in look.target.routes}
    yield judged(look, f"{look.api_url}/files", routes, look.target.label("api"))
    yield judged(
        look, f"{object_address(look)}/{look.folder}preflight.txt", {"PUT"}, str(look.target.upload_bucket)
    )


def judged(look: LiveLook, url: str, wanted: set[str], name: str) -> Verdict:
    origin, said, asked, rows = look.page_origin, [], 0, []
    for method in METHODS:
        reply, asked = preflight(url, origin, method), asked + 1
        rows.append(f"{method} from {origin}: {reply.status}")
        if allows(reply, origin, method) is not (method in wanted):
            said.append(f"the page {'may not' if method in wanted else 'may'} send {method}")
    for what, stranger in hostile(origin).items():
        for method in sorted(wanted):
            reply, asked = preflight(url, stranger, method), asked + 1
            if allowed := reply.headers.get("access-control-allow-origin"):
                said.append(f"{what} ({stranger}) is allowed {method}: {allowed}")
                rows.append(f"{method} from {stranger}: {reply.status}, allows {allowed}")
                break
    evidence = f"OPTIONS {url}: {'; '.join(rows)}; {asked} preflights"
    if said:
        return failed(
            "; ".join(said),
            evidence,
            name,
            fix="See CORS-1 and CORS-4 for the API, CORS-2 and CORS-4 for the bucket.",
        )
    return passed(f"{asked} preflights: only the page, only {', '.join(sorted(wanted))}", evidence, name)


def preflight(url: str, origin: str, method: str) -> Reply:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    reply = send("OPTIONS", url, headers)
    if reply.status >= 500 or reply.status == 429:
        raise CouldNotAskError(reply.request, "to reach it", str(reply.status), "the server had a fault")
    return reply


def allows(reply: Reply, origin: str, method: str) -> bool:
    """Whether a browser would go on after this answer."""
    methods = {
        one.strip().upper() for one in reply.headers.get("access-control-allow-methods", "").split(",")
    }
    headers = {
        one.strip().lower() for one in reply.headers.get("access-control-allow-headers", "").split(",")
    }
    return (
        200 <= reply.status < 300
        and reply.headers.get("access-control-allow-origin") in (origin, "*")
        and (method in methods or "*" in methods or method in ("GET", "POST"))
        and bool(headers & {"content-type", "*"})
    )
