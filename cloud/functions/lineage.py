"""Recursive loops: how Lambda counts, in the trace header, how often one event has led back to a function.

The SDK hands the header on, so a function that writes what triggers it carries the count along. Lambda stops
at the 17th invocation. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

from cloud import ids

LIMIT = 16
LINEAGE = re.compile(r"(?:^|;)Lineage=(?P<version>\d+):(?P<entries>[0-9a-f]+:\d+(?:\|[0-9a-f]+:\d+)*)")


def counts(trace: str) -> dict[str, int]:
    """How often each function, by its hash, has been reached.

    >>> counts("Root=1-67891233-abcdef012345678912345678;Lineage=1:fc3b4ff1:3")
    {'fc3b4ff1': 3}
    """
    match = LINEAGE.search(unquote(trace))
    entries = match["entries"].split("|") if match else []
    return {name: int(number) for name, _, number in (entry.partition(":") for entry in entries)}


def number(trace: str, function_arn: str) -> int:
    """How often a function has been reached."""
    return counts(trace).get(mark(function_arn), 0)


def mark(function_arn: str) -> str:
    """The hash by which a function stands in the header."""
    return hashlib.sha256(function_arn.encode()).hexdigest()[:8]


def extended(trace: str, function_arn: str) -> tuple[str, int]:
    """The header for the next invocation of a function, and its number within the loop, from 1 on.

    >>> extended("", "arn:aws:lambda:us-east-1:123456789012:function:f")[1]
    1
    """
    plain = unquote(trace)
    found = counts(plain)
    name = mark(function_arn)
    found[name] = found.get(name, 0) + 1
    rest = [part for part in plain.split(";") if part and not part.startswith("Lineage=")]
    if not any(part.startswith("Root=") for part in rest):
        rest.insert(0, f"Root={ids.trace_root()}")
    entries = "|".join(f"{one}:{number}" for one, number in found.items())
    return ";".join([*rest, f"Lineage=1:{entries}"]), found[name]
