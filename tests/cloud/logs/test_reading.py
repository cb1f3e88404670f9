"""Reading logs over the wire: patterns page by page, and Insights."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def logs(aws):
    """A client, and a group with 30 events: every third an error."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName="/reading")
    client.create_log_stream(logGroupName="/reading", logStreamName="s")
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now + number, "message": f"[{'ERROR' if number % 3 == 0 else 'INFO'}] {number:02}"}
        for number in range(30)
    ]
    client.put_log_events(logGroupName="/reading", logStreamName="s", logEvents=events)
    return client


def test_a_pattern_finds_its_events_page_by_page(logs):
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/reading", filterPattern='"ERROR" -"03"', PaginationConfig={"PageSize": 4}
    )
    found = [[event["message"][-2:] for event in page["events"]] for page in pages]
    assert found == [["00", "06", "09", "12"], ["15", "18", "21", "24"], ["27"]]


def test_a_malformed_pattern_is_refused(logs):
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.filter_log_events(logGroupName="/reading", filterPattern="{ $.a = }")


def test_a_group_that_is_not_there_is_named_so(logs):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.filter_log_events(logGroupName="/none", filterPattern="ERROR")


def test_insights_answers_a_query_that_was_begun(logs):
    started = logs.start_query(
        logGroupName="/reading",
        startTime=int(time.time()) - 60,
        endTime=int(time.time()) + 60,
        queryString="fields @message | filter @message like /ERROR/ | sort @timestamp asc | limit 2",
    )
    answer = logs.get_query_results(queryId=started["queryId"])
    assert answer["status"] == "Complete"
    assert answer["statistics"]["recordsMatched"] == 10
    fields = [{pair["field"]: pair["value"] for pair in row} for row in answer["results"]]
    assert [row["@message"] for row in fields] == ["[ERROR] 00", "[ERROR] 03"]


def test_a_query_that_insights_here_does_not_know_is_refused(logs):
    with pytest.raises(ClientError, match="MalformedQueryException"):
        logs.start_query(logGroupName="/reading", startTime=0, endTime=1, queryString="pattern @message")
