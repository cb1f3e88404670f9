"""Logs Insights, as far as one asks it about functions and APIs: fields, filter, parse, stats, sort,
dedup, limit.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloud.logs import statistics
from cloud.logs.conditions import Condition, QueryError, Row, condition_of, number_of
from cloud.moto_side import LoggedEvent

__all__ = ["Query", "QueryError", "parse", "run"]

MOST_ROWS = 10_000
PIPE = re.compile(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/(?:\\.|[^/\\])+/|[^|"\'/]|/)+')
COMMA = re.compile(r",(?![^(]*\))")
AGGREGATE = re.compile(r"(\w+)\(\s*([^),]*?)\s*(?:,\s*([\d.]+)\s*)?\)(?:\s+as\s+(\w+))?", re.I)
FIELD = re.compile(r"@?[\w.-]+")
BIN = re.compile(r"bin\(\s*(\d+)\s*(ms|s|m|h|d)[a-z]*\s*\)", re.I)
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
REPORT = {
    "@duration": (r"\tDuration: ([\d.]+) ms", 1.0),
    "@billedDuration": (r"\tBilled Duration: ([\d.]+) ms", 1.0),
    "@memorySize": (r"\tMemory Size: (\d+) MB", 1e6),
    "@maxMemoryUsed": (r"\tMax Memory Used: (\d+) MB", 1e6),
    "@initDuration": (r"\tInit Duration: ([\d.]+) ms", 1.0),
}


@dataclass
class Query:
    """A parsed query, as steps that each make rows of rows."""

    steps: list[Callable[[list[Row]], list[Row]]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    sorted: bool = False
    counted: bool = False
    deduplicated: bool = False
    limit: int = MOST_ROWS


def parse(text: str) -> Query:
    """Read a query. Raises QueryError for what is not understood.

    >>> parse("fields @timestamp, @message | sort @timestamp desc | limit 20").limit
    20
    """
    query = Query()
    for found in PIPE.finditer(text.strip()):
        command, _, rest = found[0].strip().partition(" ")
        name, rest = command.lower(), rest.strip()
        if query.deduplicated and name != "limit":
            raise QueryError(f"After dedup there can be limit, and not {command!r}")
        match name:
            case "fields" | "display":
                query.shown = [one.strip() for one in COMMA.split(rest)]
                if unknown := [one for one in query.shown if name == "fields" and not FIELD.fullmatch(one)]:
                    raise QueryError(f"The embedded cloud's Insights computes no field {unknown[0]!r}")
            case "filter":
                _keep(query, condition_of(rest))
            case "parse":
                query.steps.append(_parse_step(rest))
            case "stats":
                query.steps.append(_stats_step(rest, query))
            case "sort":
                query.steps.append(_sort_step(rest))
                query.sorted = True
            case "dedup":
                query.steps.append(_dedup_step(rest, query))
            case "limit":
                if not rest.isdigit():
                    raise QueryError(f"limit takes a number, not {rest!r}")
                query.limit = int(rest)
            case _:
                raise QueryError(f"The embedded cloud's Insights does not know {command!r}")
    return query


def run(query: Query, events: Sequence[LoggedEvent]) -> tuple[list[dict[str, str]], list[Row]]:
    """The rows that a query shows, and those that it matched."""
    rows = [_row(event) for event in events]
    matched = rows
    for step in query.steps:
        rows = step(rows)
        matched = rows if not query.counted else matched
    if not query.sorted and not query.counted:
        rows.sort(key=lambda row: row["@timestamp"], reverse=True)
    shown = query.shown or ([] if query.counted else ["@timestamp", "@message"])
    return [_shown(row, shown) for row in rows[: query.limit]], matched


def _row(event: LoggedEvent) -> Row:
    """The fields of an event: its own, those of Lambda's lines, and the members of one that is JSON."""
    message = event.message.rstrip("\n")
    row: Row = {
        "@timestamp": event.timestamp,
        "@message": message,
        "@logStream": event.stream,
        "@log": event.group,
        "@ptr": event.id,
    }
    if line := re.match(r"(START|END|REPORT) RequestId: (\S+)", message):
        row |= {"@type": line[1], "@requestId": line[2]}
    elif request := re.search(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", message):
        row["@requestId"] = request[0]
    if row.get("@type") == "REPORT":
        for name, (pattern, factor) in REPORT.items():
            if found := re.search(pattern, message):
                row[name] = float(found[1]) * factor
    start = message.find("{")
    if start >= 0:
        with contextlib.suppress(ValueError):  # not JSON after all
            row |= dict(_flat(json.loads(message[start:])))
    return row


def _flat(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(prefix.rstrip("."), value)] if prefix else []
    return [pair for name, one in value.items() for pair in _flat(one, f"{prefix}{name}.")]


def _shown(row: Row, names: Sequence[str]) -> dict[str, str]:
    wanted = list(names) + (["@ptr"] if "@ptr" in row else [])
    wanted = wanted if names else list(row)
    return {name: _text(name, row[name]) for name in wanted if row.get(name) is not None}


def _text(name: str, value: Any) -> str:
    if name in ("@timestamp", "@ingestionTime") or name.startswith("bin("):
        when = datetime.fromtimestamp(value / 1000, UTC)
        return when.strftime("%Y-%m-%d %H:%M:%S.") + f"{int(value) % 1000:03}"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.4f}".rstrip("0")
    return value if isinstance(value, str) else json.dumps(value)


def _keep(query: Query, condition: Condition) -> None:
    query.steps.append(lambda rows: [row for row in rows if condition(row)])


def _parse_step(text: str) -> Callable[[list[Row]], list[Row]]:
    """``parse @message "user=*, size=*" as user, size`` or ``parse @message /(?<user>...)/``."""
    found = re.fullmatch(r'(?:(@?[\w.]+)\s+)?(?:"([^"]*)"|\'([^\']*)\'|/(.+)/)(?:\s+as\s+(.+))?', text)
    if found is None:
        raise QueryError(f"parse is not understood: {text!r}")
    source, names = found[1] or "@message", [one.strip() for one in (found[5] or "").split(",")]
    if found[4]:
        pattern = re.compile(found[4].replace("(?<", "(?P<"))
    else:
        glob = found[2] if found[2] is not None else found[3]
        parts = [re.escape(part) for part in glob.split("*")]
        if len(parts) - 1 != len(names):
            raise QueryError(f"parse has {len(parts) - 1} wildcards and {len(names)} names: {text!r}")
        middle = "".join(f"(?P<{name}>.*?){part}" for name, part in zip(names, parts[1:], strict=True))
        pattern = re.compile(parts[0] + middle + ("$" if glob.endswith("*") else ""), re.DOTALL)

    def step(rows: list[Row]) -> list[Row]:
        for row in rows:
            if hit := pattern.search(str(row.get(source, ""))):
                row.update(hit.groupdict())
        return rows

    return step


def _sort_step(text: str) -> Callable[[list[Row]], list[Row]]:
    keys = [part.split() for part in COMMA.split(text)]

    def step(rows: list[Row]) -> list[Row]:
        for name, *order in reversed(keys):
            down = not order or order[0].lower() != "asc"
            rows = sorted(rows, key=lambda row, name=name: _sortable(row.get(name)), reverse=down)
        return rows

    return step


def _dedup_step(text: str, query: Query) -> Callable[[list[Row]], list[Row]]:
    """Keep the first row of each combination of values; rows without one of the fields all stay.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html
    """
    names = [one.strip() for one in COMMA.split(text)]
    if not text:
        raise QueryError("dedup takes the names of fields")
    query.deduplicated, by_time = True, not query.sorted and not query.counted

    def step(rows: list[Row]) -> list[Row]:
        seen: set[tuple[str, ...]] = set()
        kept = []
        for row in sorted(rows, key=lambda row: row["@timestamp"], reverse=True) if by_time else rows:
            values = [row.get(name) for name in names]
            key = tuple(map(str, values))
            if None in values or key not in seen:
                kept.append(row)
            if None not in values:
                seen.add(key)
        return kept

    return step


def _sortable(value: Any) -> tuple[int, float, str]:
    number = number_of(value)
    return (1, number, "") if number is not None else (0, 0.0, "" if value is None else str(value))


def _stats_step(text: str, query: Query) -> Callable[[list[Row]], list[Row]]:
    """``stats count(*) as n, avg(@duration) by bin(5m), @logStream``."""
    query.counted = True
    what, _, by = re.sub(r"\s+by\s+", "\x00", text, count=1, flags=re.I).partition("\x00")
    aggregates = []
    for part in COMMA.split(what):
        found = AGGREGATE.fullmatch(part.strip())
        if found is None or found[1].lower() not in statistics.KNOWN:
            raise QueryError(f"The embedded cloud's Insights does not know {part.strip()!r}")
        kind, plain = found[1].lower(), part.strip()
        if not FIELD.fullmatch(found[2]) and (kind != "count" or found[2] not in ("", "*")):
            raise QueryError(f"The embedded cloud's Insights computes nothing inside of {plain!r}")
        if (found[3] is not None) != (kind in statistics.WITH_SHARE):
            raise QueryError(f"{plain!r} has not the arguments that {kind} takes")
        aggregates.append((found[4] or plain, kind, found[2], float(found[3] or 0)))
    groups = [one.strip() for one in COMMA.split(by)] if by else []

    def step(rows: list[Row]) -> list[Row]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            found.setdefault(tuple(_group(row, name) for name in groups), []).append(row)
        return [
            dict(zip(groups, key, strict=True))
            | {name: statistics.of(kind, one, members, share) for name, kind, one, share in aggregates}
            for key, members in found.items()
        ]

    return step


def _group(row: Row, name: str) -> Any:
    if size := BIN.fullmatch(name):
        width = int(int(size[1]) * SECONDS[size[2].lower()] * 1000)
        return row["@timestamp"] // width * width
    return row.get(name)
