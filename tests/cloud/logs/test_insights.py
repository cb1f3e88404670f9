"""Logs Insights: the queries that one asks about functions, answered as Insights would."""

import pytest

from cloud.logs.insights import QueryError, parse, run
from cloud.moto_side import LoggedEvent

REQUEST = "8f5f4bd2-0000-4000-8000-0123456789ab"
REST = "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"
LINES = [
    f"START RequestId: {REQUEST} Version: $LATEST\n",
    f"[ERROR]\t2026-11-25T03:00:00.000Z\t{REQUEST}\tuser=ann, size=10\n",
    '{"level": "INFO", "size": 25, "file": {"name": "cat.png"}}\n',
    f"END RequestId: {REQUEST}\n",
    f"REPORT RequestId: {REQUEST}\tDuration: 3.50 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t{REST}",
]
EVENTS = [
    LoggedEvent(1_764_000_000_000 + 60_000 * number, line, "stream", "/aws/lambda/f", str(number), 0)
    for number, line in enumerate(LINES)
]


def ask(text):
    rows, _ = run(parse(text), EVENTS)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]


def test_newest_first_with_time_and_message_when_nothing_else_is_said():
    rows = ask("limit 2")
    assert [row["@message"][:6] for row in rows] == ["REPORT", "END Re"]
    assert rows[0]["@timestamp"] == "2025-11-24 16:04:00.000"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("@message like /ERROR/", 1),
        ("@message like /(?i)error/", 1),
        ('@message like "ERROR" or @type = "REPORT"', 2),
        ("@message not like /RequestId/", 2),
        ("ispresent(size) and size > 20", 1),
        ('file.name = "cat.png"', 1),
        ('@type in ["START", "END"]', 2),
        ('not (@type = "REPORT" or @type = "END")', 3),
        (f'@requestId = "{REQUEST}"', 4),
        ("@duration >= 3.5", 1),
        ('level != "INFO"', 4),
    ],
)
def test_filters(condition, count):
    assert len(ask(f"fields @message | filter {condition}")) == count


def test_lambda_s_reports_have_fields_of_their_own():
    [row] = ask('filter @type = "REPORT" | fields @duration, @billedDuration, @maxMemoryUsed, @initDuration')
    assert row == {
        "@duration": "3.5",
        "@billedDuration": "4",
        "@maxMemoryUsed": "36000000",
        "@initDuration": "110.1",
    }


def test_statistics_by_field_and_by_time():
    assert ask("stats count(*) as n by @type | sort n desc | limit 1") == [{"n": "2"}]
    [row] = ask("stats avg(@duration), max(@duration) as most, count_distinct(@logStream) as streams")
    assert row == {"avg(@duration)": "3.5", "most": "3.5", "streams": "1"}
    bins = ask("stats count(*) by bin(3m) | sort bin(3m) asc")
    assert [row["count(*)"] for row in bins] == ["3", "2"]


def test_parsing_out_of_the_message():
    [row] = ask(
        'parse @message "user=*, size=*" as user, size2 | filter ispresent(user) | fields user, size2'
    )
    assert row == {"user": "ann", "size2": "10"}
    [row] = ask("parse @message /size=(?<bytes>\\d+)/ | filter bytes > 1 | display bytes")
    assert row == {"bytes": "10"}


@pytest.mark.parametrize(
    "text", ["pattern @message", "stats pct(@duration, 99)", "filter @message like", "limit x"]
)
def test_what_is_beyond_it_is_refused_not_answered_wrongly(text):
    with pytest.raises(QueryError):
        parse(text)
