"""What the page showed: kept beside its frame, for whoever opens the notebook when the page is gone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import urllib3

from workbook.asking import Answer, ask
from workbook.card import as_html

TITLE = "The page as it was when this cell ran"
GONE = "A page lives as long as its cloud. Run the cell, and the page itself stands here."
MOST = 8  # files that a copy names
LETTERS = 60  # of a name


def copy_of(url: str) -> str:
    """A card with the files that the page at ``url`` lists now, or with what keeps it from listing any."""
    said, files = seen(url)
    rows = [(shortened(str(file.get("name"))), f"{file.get('size'):,} bytes") for file in files[:MOST]]
    return as_html(TITLE, [("it said", said), *rows, ("now", GONE)], "info")


def seen(url: str) -> tuple[str, list[dict[str, Any]]]:
    """What the page says of its list in a browser, and the files on it, by name.

    It asks as the page does: ``config.json`` for the API's address, and the API for the list, with the
    page's origin. An answer that CORS withholds from the page is withheld here too.
    """
    address = urlsplit(url)
    origin = f"{address.scheme}://{address.netloc}"
    try:
        config = ask("GET", f"{origin}/config.json").json
        api = config.get("apiUrl") if isinstance(config, dict) else None
        if not isinstance(api, str):
            return "config.json names no API, so there is no list.", []
        answer = ask("GET", f"{api}/files", {"Origin": origin})
    except urllib3.exceptions.HTTPError:
        return "The browser could not reach the page or its API.", []
    if not answer.readable_by(origin):
        return "The browser could not reach the API: its CORS settings do not allow this page.", []
    return listed(answer)


def listed(answer: Answer) -> tuple[str, list[dict[str, Any]]]:
    """What an answer of the API comes to on the page."""
    found = answer.json
    files = found.get("files") if isinstance(found, dict) else None
    if answer.status != 200 or not isinstance(files, list):
        return f"The API answered {answer.status}, so there is no list.", []
    if not files:
        return "No files yet. Upload the first one, and it appears here.", []
    number = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    more = "; there are more" if found.get("next") else ""
    first = f", of which {MOST} are named here" if len(files) > MOST else ""
    return f"{number}{more}{first}.", sorted(files, key=lambda file: str(file.get("name")))


def shortened(name: str) -> str:
    """A name that leaves room for what stands beside it."""
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
