"""The dashboard's HTTP API in five calls, and every way they can fail as one sentence."""

import http.client
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

TIMEOUT_SECONDS = 30


class ProblemError(Exception):
    """What went wrong, in a sentence for a person."""


class Api:
    """The HTTP API at ``api_url``, as the manifest of ``workbook up --json`` names it."""

    def __init__(self, api_url: str) -> None:
        if not re.match(r"https?://[^/\s]", str(api_url)):
            expected = "http://... or https://..., as `workbook up --json` prints it under api_url"
            raise ProblemError(f"{api_url!r} is not the API's address: expected {expected}.")
        self.url = str(api_url).rstrip("/")

    def page(self, prefix: str = "", limit: int = 50, token: str | None = None) -> dict:
        query = {"prefix": prefix, "limit": limit, "next": token}
        asked = urllib.parse.urlencode({name: value for name, value in query.items() if value})
        return self._call("GET", f"/files?{asked}")

    def record(self, object_key: str) -> dict:
        return self._call("GET", file_path(object_key))

    def ticket(self, name: str, content_type: str, size: int) -> dict:
        asked = {"name": name, "content_type": content_type, "size": size}
        ticket = self._call("POST", "/uploads", asked)
        if not isinstance(ticket, dict) or not {"object_key", "url", "method", "headers"} <= set(ticket):
            raise ProblemError(f"The API answered without a ticket: {json.dumps(ticket)[:80]}.")
        return ticket

    def delete(self, object_key: str) -> None:
        self._call("DELETE", file_path(object_key))

    def put(self, ticket: dict, data: bytes, progress: Callable[[float], None]) -> None:
        """Send the bytes where the ticket says: straight to S3, around the API."""
        headers = {"Content-Length": str(len(data))} | ticket["headers"]
        body = _Watched(data, progress)
        send(urllib.request.Request(ticket["url"], body, headers, method=ticket["method"]), "S3")  # noqa: S310

    def _call(self, method: str, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        answer = send(urllib.request.Request(self.url + path, data, headers, method=method), "the API")  # noqa: S310
        return json.loads(answer) if answer else {}


class _Watched(io.BytesIO):
    """Bytes that tell how far they have been read."""

    def __init__(self, data: bytes, progress: Callable[[float], None]) -> None:
        super().__init__(data)
        self._size, self._progress = len(data), progress

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        self._progress(self.tell() / self._size)
        return block


def file_path(object_key: str) -> str:
    """The path of one file: every part of its key encoded, the slashes kept.

    An HTTP API decodes a path twice and cuts it at a "?" in between, so "%" and "?" are encoded once more.

    >>> file_path("incoming/7/1 + 1.txt")
    '/files/incoming/7/1%20%2B%201.txt'
    """
    guarded = object_key.replace("%", "%25").replace("?", "%3F")
    return "/files/" + urllib.parse.quote(guarded, safe="/")


def send(request: urllib.request.Request, who: str) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 checked above
            return answer.read()
    except urllib.error.HTTPError as refusal:
        raise ProblemError(in_words(who, refusal.code, refusal.read().decode(errors="replace"))) from None
    except (OSError, http.client.HTTPException) as trouble:
        where = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(request.full_url))
        reason = getattr(trouble, "reason", trouble)
        raise ProblemError(
            f"Could not reach {who} at {where}: {reason}. Is the cloud still running?"
        ) from None


def in_words(who: str, status: int, text: str) -> str:
    """The reason in an answer that is not 2xx: our functions' JSON, API Gateway's JSON, or S3's XML.

    >>> in_words("the API", 404, '{"error": {"code": "not_found", "message": "No such file."}}')
    'No such file. (404 not_found)'
    >>> in_words("S3", 403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
    'S3 refused: Request has expired (403 AccessDenied)'
    """
    if found := re.search(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>", text):
        return f"{who} refused: {found[2]} ({status} {found[1]})"
    try:
        said = json.loads(text)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    error = said.get("error") if isinstance(said.get("error"), dict) else {}
    if status == 404 and not error:
        return f"{who[:1].upper()}{who[1:]} has no route for this. Deploy the layer that makes it. (404)"
    message = error.get("message") or said.get("message") or f"{who} gave no reason."
    return f"{message} ({' '.join(filter(None, [str(status), error.get('code')]))})"
