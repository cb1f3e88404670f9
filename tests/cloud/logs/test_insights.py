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


NUMBERS = [
    LoggedEvent(1_764_000_000_000 + number, f'{{"user": "{user}", "ms": {ms}}}', "s", "g", str(number), 0)
    for number, (user, ms) in enumerate([("ann", 1), ("bob", 2), ("ann", 3), ("bob", 4), ("cid", 100)])
] + [LoggedEvent(1_764_000_000_009, "no user", "s", "g", "9", 0)]


def ask_numbers(text):
    rows, _ = run(parse(text), NUMBERS)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("pct(ms, 50)", "3"),
        ("pct(ms, 99)", "100"),
        ("percentile(ms, 20)", "1"),
        ("median(ms)", "3"),
        ("stddev(ms)", "39.0128"),
        ("count_distinct(user)", "3"),
        ("earliest(user)", "ann"),
        ("latest(user)", "cid"),
        ("sortsFirst(user)", "ann"),
        ("sortsLast(user)", "cid"),
    ],
)
def test_further_statistics(statistic, value):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html"""
    assert ask_numbers(f"stats {statistic} as found") == [{"found": value}]


def test_statistics_by_several_fields_and_time():
    rows = ask_numbers(
        "filter ispresent(user) | stats max(ms), count(*) as n by bin(1h), user | sort user asc"
    )
    assert [(row["user"], row["max(ms)"], row["n"]) for row in rows] == [
        ("ann", "3", "2"),
        ("bob", "4", "2"),
        ("cid", "100", "1"),
    ]
    assert {row["bin(1h)"] for row in rows} == {"2025-11-24 16:00:00.000"}


def test_dedup_keeps_the_first_of_each_and_all_that_have_no_value():
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html"""
    newest = ask_numbers("fields ms | dedup user")
    assert newest == [{}, {"ms": "100"}, {"ms": "4"}, {"ms": "3"}]
    least = ask_numbers("fields ms | filter ispresent(user) | sort ms asc | dedup user | limit 2")
    assert least == [{"ms": "1"}, {"ms": "2"}]


def test_texts_can_be_looked_for_by_a_function():
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html"""
    assert len(ask_numbers('filter strcontains(user, "b")')) == 2
    assert len(ask_numbers('filter strcontains(user, "b") = 0 and ms > 2')) == 2
    assert len(ask_numbers('filter not strcontains(user, "n") and ms < 50')) == 2


@pytest.mark.parametrize(
    "text",
    [
        "pattern @message",
        "stats pct(@duration)",
        "stats sum(@duration, 99)",
        "stats sum(@duration / 2)",
        "stats mode(@duration)",
        "fields @duration / 2",
        "dedup user | sort user",
        "dedup",
        "filter strcontains(user)",
        "filter @message like",
        "limit x",
    ],
)
def test_what_is_beyond_it_is_refused_not_answered_wrongly(text):
    with pytest.raises(QueryError):
        parse(text)
