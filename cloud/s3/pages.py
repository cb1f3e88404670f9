"""Lists of keys, page by page: in order, with folders as common prefixes, from wherever the last page ended.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from urllib.parse import quote_plus

from cloud.s3.arguments import invalid_argument

if TYPE_CHECKING:
    from cloud.calls import Call
    from cloud.wire import Response

LARGEST_PAGE = 1000
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Listed(Protocol):
    """What is listed by its key; of several with one key, each has an id."""

    @property
    def key(self) -> str: ...

    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=Listed)


@dataclass
class Page(Generic[Entry]):
    """Entries and common prefixes, and where the page ended (key and id) if there are more."""

    entries: list[Entry] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: tuple[str, str] | None = None

    def __len__(self) -> int:
        return len(self.entries) + len(self.prefixes)


def page_of(
    entries: Sequence[Entry], prefix: str, delimiter: str, after: tuple[str, str], most: int
) -> Page[Entry]:
    """The first entries after a key, and perhaps after one of its ids; ``entries`` are in order of keys."""
    page: Page[Entry] = Page()
    last = after
    begin = bisect_left(entries, prefix, key=attrgetter("key"))
    for entry in entries[max(begin, _after(entries, *after)) :] if most else ():
        if not entry.key.startswith(prefix):
            break
        inside, found, _ = entry.key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        common = f"{prefix}{inside}{found}" if found else ""
        if common and (common == after[0] or common in page.prefixes[-1:]):
            continue
        if len(page) >= most:
            page.last = last
            break
        if common:
            page.prefixes.append(common)
        else:
            page.entries.append(entry)
        last = (common, "") if common else (entry.key, entry.id)
    return page


def _after(entries: Sequence[Entry], key: str, id_: str) -> int:
    """Where to go on after a marker. Of an id that is gone meanwhile, the rest of its key comes as well."""
    end = bisect_right(entries, key, key=attrgetter("key"))
    if not id_:
        return end
    begin = bisect_left(entries, key, key=attrgetter("key"))
    return next((place + 1 for place in range(begin, end) if entries[place].id == id_), begin)


def answer(call: Call, told: dict[str, Any]) -> Response:
    """A list as its operation's answer. Characters that XML cannot hold stand in it as references.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (EncodingType)
    """
    response = call.answer(told)
    response.body = CONTROL.sub(lambda found: b"&#x%x;" % found[0][0], response.content)
    return response


class Writing:
    """How a list writes keys and what is made of them: as they are, or encoded as in a URL.

    Measured: https://github.com/jchristn/S3Server (Compatibility, recorded from Amazon S3)

    >>> Writing({"encoding-type": "url"})("a b/~c*(1).txt")
    'a+b/%7Ec*%281%29.txt'
    """

    def __init__(self, asked: Mapping[str, str]) -> None:
        kind = asked.get("encoding-type", "")
        if kind not in ("", "url"):
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", kind)
        self.encodes = kind == "url"

    def __call__(self, text: str) -> str:
        return quote_plus(text, safe="/*").replace("~", "%7E") if self.encodes else text

    def members(self, page: Page[Entry], prefix: str, delimiter: str) -> dict[str, object]:
        """What every list tells of itself: prefix, delimiter, common prefixes, and how they are written."""
        told: dict[str, object] = {
            "Prefix": self(prefix),
            "IsTruncated": page.last is not None,
            "CommonPrefixes": [{"Prefix": self(one)} for one in page.prefixes],
        }
        if delimiter:
            told["Delimiter"] = self(delimiter)
        if self.encodes:
            told["EncodingType"] = "url"
        return told
