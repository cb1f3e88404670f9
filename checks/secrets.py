"""Secrets that lie open: the shapes of keys and tokens, shown only in part."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from checks.asking import NotThereError
from checks.http import get
from checks.look import Look

SHAPES = {
    "an AWS access key id": r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    "a GitLab token": r"glpat-[\w-]{20,}",
    "an npm token": r"npm_[A-Za-z0-9]{36,}",
    "a Slack token": r"xox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w{16,}",
    "a SendGrid key": r"SG\.[\w-]{16,}\.[\w-]{32,}",
    "a key of a language model": r"(?<![\w-])sk-[A-Za-z0-9_-]{32,}",
    "a Google API key": r"AIza[A-Za-z0-9_-]{35}",
    "a Stripe key": r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "a JSON web token": r"eyJ[A-Za-z0-9_-]{8,999}\.eyJ[A-Za-z0-9_-]{8,999}\.[A-Za-z0-9_-]{8,}",
    "a presigned URL": r"X-Amz-Signature=[0-9a-f]{64}",
    "an authorization": r"\b(?:Bearer|Basic)\s+(?P<value>(?=\S*\d)[A-Za-z0-9+/=._~-]{16,})",
    "an account key": r"(?i:AccountKey|SharedAccessKey)=(?P<value>[A-Za-z0-9+/=]{32,})",
    "a password in a connection string": r"(?i:server|host|data source|user id|uid|user)=[^;=]+;"
    r"(?:[^;=]+=[^;]*;){0,9}(?i:password|pwd)=(?P<value>[^;\s\"'`]{4,})",
    "a password in an address": r"(?<![a-z0-9+])[a-z][a-z0-9+]{1,20}://[^\s:/@\"']{0,99}:"
    r"(?P<value>[^\s:/@\"'{$<]{3,99})@[\w.-]",
    "a secret": r"(?i:secret|password|passwd|pwd|token|api_?key|access_?key|private_?key|credential)"
    r"[\w-]{0,24}"
    r"[\"']?\s*[:=]\s*[\"'`](?P<value>[^\s\"'`<>{}$]{8,})[\"'`]",
    "a password": r"(?i:password|passwd|pwd)[\"']?\s*[:=]\s*[\"'`](?P<value>[^\s\"'`<>{}$]{6,7})[\"'`]",
    "a password in a comment": r"(?i)^\s*(?://|/?\*+|#+|;|--|<!--)\s*(?:\w+\s+)?[\w.-]{0,60}(?:password|passwd|pwd)"
    r"\s*[=:]\s*(?P<value>[^\s\"'`{}$<>();,]{8,})\s*(?:-->|\*/)?\s*$",
    "a secret, unquoted": r"(?i)^\s*(?:export\s+)?[\w.-]{0,60}(?:secret|password|passwd|pwd|token|api_?key"
    r"|access_?key|private_?key)[\w.-]{0,60}\s*[=:]\s*(?P<value>[^\s\"'`{}$<>();,]{8,})\s*$",
}
PATTERNS = {kind: re.compile(shape) for kind, shape in SHAPES.items()}
SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")  # an AWS secret access key
TELLING = re.compile(
    r"(?i)(secret|passw(or)?d|passwd|passphrase|(^|_)(pwd|pass)($|_)|token|credential"
    r"|(api|access|private|signing|encryption|hmac|master|auth)_?key)"
    r"(?!.*_(name|arn|ur[li]|id|header|prefix|path|param(eter)?|table|queue|bucket|type|algorithm|length|field)$)"
)
PLACEHOLDERS = re.compile(
    r"(?i)(changeme|your[-_ ]\w+|x{4,}|placeholder|\*{3,}|\.\.\.|required|optional|undefined|password)"
)
READ: dict[bytes, list[tuple[int, str, str]]] = {}  # what was found in a text, by its hash
SETTING = re.compile(r"(?i)true|false|\d{1,5}")  # how long, how many, whether: no secret


@dataclass(frozen=True)
class Leak:
    """A secret: where it lies, what it is, and the little of it that may be shown."""

    where: str  # file:line, or a variable
    kind: str
    masked: str

    def __str__(self) -> str:
        return f"{self.kind} in {self.where} ({self.masked})"


def masked(text: str) -> str:
    """Enough to find it again, too little to use it."""
    return f"{text[:4]}{'*' * min(len(text) - 4, 8)}" if len(text) > 8 else "*" * len(text)


def random_looking(text: str) -> bool:
    """Whether a text looks drawn by lot, as keys are: many different characters, of several kinds."""
    counted = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counted.values())
    kinds = sum(any(test(c) for c in text) for test in (str.islower, str.isupper, str.isdigit))
    return entropy > 4.2 and kinds == 3


def in_text(text: str, where: str) -> Iterator[Leak]:
    """The secrets in a file, each with its line. A text that was read before is not read again."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    if digest not in READ:
        READ[digest] = list(read(text))
    yield from (Leak(f"{where}:{number}", kind, shown) for number, kind, shown in READ[digest])


def read(text: str) -> Iterator[tuple[int, str, str]]:
    """The secrets in a text: the line's number, what it is, and what may be shown."""
    for number, line in enumerate(text.splitlines(), 1):
        seen = set()
        for match in SECRET_KEY.finditer(line):
            if random_looking(match[0]) and "sha" not in line.lower():
                seen.add(match[0])
                yield number, "an AWS secret access key", masked(match[0])
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(line):
                value = match.groupdict().get("value") or match[0]
                if not PLACEHOLDERS.fullmatch(value) and not any(
                    value in one or one in value for one in seen
                ):
                    seen.add(value)
                    yield number, kind, masked(value)


def in_variable(name: str, value: str) -> Iterator[Leak]:
    """The secrets in one environment variable: by its value's shape, else by its name."""
    found = {Leak(name, leak.kind, leak.masked) for leak in in_text(value, name)}
    named = TELLING.search(name) and len(value) >= 4 and not value.startswith(("arn:", "/", "ssm:"))
    if not found and named and ("pass" in name.lower() or not SETTING.fullmatch(value)):
        found = {Leak(name, "a secret", masked(value))}
    yield from sorted(found, key=str)


def in_site(look: Look) -> Iterator[Leak]:
    """The secrets in the files that strangers can read.

    A file that is ours byte for byte, by its MD5, is read here; a stranger's GET fetches the others.
    """
    from dashboard.stack.frontend import SITE

    files = [path for path in SITE.rglob("*") if path.is_file()]
    ours = {
        hashlib.md5(content, usedforsecurity=False).hexdigest(): content
        for content in (path.read_bytes() for path in files)
    }
    with suppress(NotThereError):
        if not look.target.unnamed("api"):
            config = json.dumps({"apiUrl": look.api()["ApiEndpoint"]}).encode()
            ours[hashlib.md5(config, usedforsecurity=False).hexdigest()] = config
    listed = [one for one in look.site_objects()["Contents"] if one["Size"] > 0]
    with ThreadPoolExecutor(8, "site") as pool:
        contents = pool.map(lambda one: ours.get(one["ETag"].strip('"')) or fetched(look, one["Key"]), listed)
        for one, content in zip(listed, contents, strict=True):
            yield from in_text(content.decode("utf-8", "replace"), one["Key"])


def fetched(look: Look, key: str) -> bytes:
    """A file of the page, as a stranger gets it; nothing where strangers don't get it."""
    reply = get(f"{look.site_url().rstrip('/')}/{quote(key)}")
    return reply.content if reply.status == 200 else b""
