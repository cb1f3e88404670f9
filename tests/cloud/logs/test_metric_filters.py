"""Metric filters: what is logged becomes a metric, and alarms can look at it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

import time
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.cloud.functions.making import eventually, invoke, make_function


@pytest.fixture
def logs(aws):
    return boto3.client("logs")


@pytest.fixture
def group(logs):
    """A log group with one stream; its name, which is that of the metrics' namespace too."""
    name = f"filters-{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    return name


def put_filter(logs, group, pattern, value="1", name="f", **more):
    transformation = {"metricName": "m", "metricNamespace": group, "metricValue": value} | more
    logs.put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
    )


def say(logs, group, *messages, ago=0):
    events = [{"timestamp": int((time.time() - ago) * 1000), "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def values(namespace, statistics=("Sum", "SampleCount"), metric="m", **dimensions):
    """The statistics of a metric over the last hours; None when it does not exist."""
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=datetime.now(UTC) - timedelta(hours=2),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=86_400,
        Statistics=list(statistics),
    )["Datapoints"]
    return tuple(points[0][name] for name in statistics) if points else None


def test_each_match_counts_from_the_filter_s_first_moment_on(logs, group):
    """Filters are not retroactive."""
    say(logs, group, "ERROR before")
    put_filter(logs, group, "ERROR")
    say(logs, group, "ERROR one", "fine", "ERROR two")
    assert values(group) == (2, 2)


def test_a_value_may_stand_in_the_event(logs, group):
    put_filter(logs, group, "{ $.level = INFO }", "$.size", unit="Bytes")
    put_filter(logs, group, "[ip, status=2*, took]", "$took", name="g", metricName="took")
    say(
        logs, group, '{"level": "INFO", "size": 10}', '{"level": "INFO", "size": 32.5}',
        '{"level": "INFO", "size": "large"}', '{"level": "WARN", "size": 1}',
        "10.0.0.1 200 17", "10.0.0.2 404 99",
    )  # fmt: skip
    assert values(group) == (42.5, 2)
    assert values(group, metric="took") == (17, 1)


def test_dimensions_divide_the_metric(logs, group):
    put_filter(logs, group, "{ $.code = * }", dimensions={"Code": "$.code"})
    say(logs, group, '{"code": 404}', '{"code": 404}', '{"code": 500}', '{"other": 1}')
    assert values(group, Code="404") == (2, 2)
    assert values(group, Code="500") == (1, 1)


def test_without_a_match_the_default_value_is_reported_once_a_minute(logs, group):
    put_filter(logs, group, "ERROR", defaultValue=0)
    say(logs, group, "fine", "fine", ago=120)
    say(logs, group, "fine", ago=120)
    assert values(group) == (0, 1)
    say(logs, group, "ERROR")
    assert values(group) == (1, 2)


def test_a_filter_sees_what_functions_log(aws, logs):
    name = make_function("def handler(event, context):\n    print('ERROR', event)")
    logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    transformation = {"metricName": "m", "metricNamespace": name, "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=f"/aws/lambda/{name}",
        filterName="f",
        filterPattern="ERROR",
        metricTransformations=[transformation],
    )
    invoke(name, "a")
    assert eventually(lambda: values(name)) == (1, 1)


def test_a_filter_that_is_put_again_takes_the_place_of_the_first(logs, group):
    put_filter(logs, group, "ERROR")
    put_filter(logs, group, "WARN")
    [kept] = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert kept["filterPattern"] == "WARN"
    say(logs, group, "ERROR", "WARN")
    assert values(group) == (1, 1)
    logs.delete_metric_filter(logGroupName=group, filterName="f")
    say(logs, group, "WARN")
    assert values(group) == (1, 1)


def test_what_cannot_be_a_filter_is_refused(logs, group):
    invalid = logs.exceptions.InvalidParameterException
    with pytest.raises(invalid, match="Invalid metric filter pattern"):
        put_filter(logs, group, "{ $.a = }")
    with pytest.raises(invalid, match="dimensions and default value are mutually exclusive properties"):
        put_filter(logs, group, "{ $.a = 1 }", dimensions={"A": "$.a"}, defaultValue=0)
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        put_filter(logs, f"{group}-none", "ERROR")


@pytest.mark.parametrize(
    ("pattern", "messages", "found"),
    [
        ("ERROR", ["ok", "ERROR 1"], {1: {}}),
        ("{ $.size > 1 && $.a.b = * }", ['{"size": 2, "a": {"b": "x"}}', "no"],
         {0: {"$.size": "2", "$.a.b": "x"}}),
        ("[ip, ..., size]", ["10.0.0.1 GET /x 17"], {0: {"$ip": "10.0.0.1", "$size": "17"}}),
    ],
)  # fmt: skip
def test_a_pattern_can_be_tried(logs, pattern, messages, found):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html"""
    answer = logs.test_metric_filter(filterPattern=pattern, logEventMessages=messages)["matches"]
    assert {one["eventNumber"]: one["extractedValues"] for one in answer} == found
    assert all(one["eventMessage"] == messages[one["eventNumber"]] for one in answer)
