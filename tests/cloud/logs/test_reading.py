"""Reading logs over the wire: patterns page by page, and Insights."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError

from cloud.logs.filtering import cut
from cloud.moto_side import LoggedEvent


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


@pytest.fixture(scope="module")
def streams(aws):
    """A client, and the events 0 to 5 in turn in the streams a, ab and b, written a millisecond apart."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName="/streams")
    now = int(time.time() * 1000)
    for place, stream in enumerate(("a", "ab", "b")):
        client.create_log_stream(logGroupName="/streams", logStreamName=stream)
        events = [{"timestamp": now + number, "message": str(number)} for number in (place, place + 3)]
        client.put_log_events(logGroupName="/streams", logStreamName=stream, logEvents=events)
    return client, now


def told(page):
    return "".join(event["message"] for event in page["events"])


def test_events_of_several_streams_come_in_the_order_of_their_time(streams):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    client, now = streams
    page = client.filter_log_events(logGroupName="/streams", limit=4)
    assert told(page) == "0123"
    assert page["searchedLogStreams"] == []  # "As of May 15, 2020, this parameter is no longer supported"
    assert told(client.filter_log_events(logGroupName="/streams", nextToken=page["nextToken"])) == "45"
    assert told(client.filter_log_events(logGroupName="/streams", startTime=now + 2, endTime=now + 3)) == "23"


def test_streams_are_chosen_by_their_names_or_by_how_they_begin(streams):
    client, _ = streams
    assert told(client.filter_log_events(logGroupName="/streams", logStreamNamePrefix="a")) == "0134"
    assert told(client.filter_log_events(logGroupName="/streams", logStreamNames=["a", "b"])) == "0235"
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/streams"
    assert told(client.filter_log_events(logGroupIdentifier=arn, logStreamNamePrefix="ab")) == "14"


@pytest.mark.parametrize(
    "asked",
    [
        {"logStreamNames": ["a"], "logStreamNamePrefix": "a"},
        {"logGroupIdentifier": "/streams"},
        {"nextToken": "no token"},
        {"limit": 10_001},
    ],
)
def test_what_cannot_be_asked_for_is_refused(streams, asked):
    with pytest.raises(ClientError, match="InvalidParameterException"):
        streams[0].filter_log_events(**{"logGroupName": "/streams"} | asked)


def test_a_page_holds_a_megabyte_of_messages_at_most():
    events = [LoggedEvent(number, "x" * 300_000, "s", "g", str(number), 0) for number in range(5)]
    assert cut(events, 10) == (events[:3], True)
    assert cut(events[:3], 10) == (events[:3], False)
    assert cut([LoggedEvent(0, "x" * 2_000_000, "s", "g", "0", 0)], 10)[1] is False


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
