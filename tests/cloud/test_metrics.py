"""Metrics of functions and APIs, and the alarms on them, over the wire."""

import json
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from cloud import moto_side
from cloud.alarms import Rule
from cloud.metrics import Metrics, percentile_of
from tests.cloud.functions.making import eventually, invoke, make_function
from tests.cloud.http_api.making import ask, make_echo

CODE = "def handler(event, context):\n    if event: raise ValueError('asked for')"


@pytest.fixture(scope="module")
def cloudwatch(aws):
    return boto3.client("cloudwatch")


@pytest.fixture(scope="module")
def function(aws):
    name = make_function(CODE)
    for event in (None, None, 1):
        invoke(name, event)
    client = boto3.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        invoke(name)
    client.delete_function_concurrency(FunctionName=name)
    return name


def statistics(client, namespace, metric, statistic, **dimensions):
    """The values of one metric over the last minutes, one a minute, added up or the largest."""
    found = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    values = [point[statistic] for point in found]
    together = {"Sum": sum, "SampleCount": sum, "Maximum": max, "Minimum": min}[statistic]
    return together(values) if values else None


def test_a_function_s_invocations_errors_throttles_and_duration(cloudwatch, function):
    def of(metric, statistic="Sum"):
        return statistics(cloudwatch, "AWS/Lambda", metric, statistic, FunctionName=function)

    assert (of("Invocations"), of("Errors")) == (3, 1)
    assert of("Throttles") >= 1  # the SDK asks again when it is throttled
    assert of("Duration", "SampleCount") == 3
    assert of("Duration", "Maximum") > 0
    assert of("ConcurrentExecutions", "Maximum") == 1


def test_get_metric_data_reads_the_same(cloudwatch, function):
    dimensions = [{"Name": "FunctionName", "Value": function}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": dimensions}
    [result] = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )["MetricDataResults"]
    assert sum(result["Values"]) == 3


def test_the_metrics_are_listed_with_their_dimensions(cloudwatch, function):
    found = cloudwatch.list_metrics(
        Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": function}]
    )["Metrics"]
    assert {"Invocations", "Errors", "Throttles", "Duration"} <= {metric["MetricName"] for metric in found}


def test_an_api_counts_its_answers(cloudwatch, aws):
    api_id, url, _ = make_echo("GET /files")
    for target in ("/files", "/files", "/none", "/files?answer=%7B%22statusCode%22%3A%22x%22%7D"):
        ask(url, target)

    def of(metric, statistic="Sum"):
        return statistics(cloudwatch, "AWS/ApiGateway", metric, statistic, ApiId=api_id)

    assert (of("Count"), of("4xx"), of("5xx")) == (4, 1, 1)
    assert of("Latency", "SampleCount") == 4
    assert of("IntegrationLatency", "SampleCount") == 3
    assert of("Latency", "Maximum") >= of("IntegrationLatency", "Minimum")


@pytest.mark.parametrize(
    ("rule", "values", "state"),
    [
        (Rule("GreaterThanThreshold", 0, 1, 1), [1.0], "ALARM"),
        (Rule("GreaterThanThreshold", 0, 1, 1), [0.0], "OK"),
        (Rule("GreaterThanOrEqualToThreshold", 1, 1, 1), [1.0], "ALARM"),
        (Rule("LessThanThreshold", 1, 1, 1), [0.0], "ALARM"),
        (Rule("LessThanOrEqualToThreshold", 1, 1, 1), [2.0], "OK"),
        (Rule("GreaterThanThreshold", 0, 3, 2), [1.0, None, 1.0], "ALARM"),
        (Rule("GreaterThanThreshold", 0, 3, 3), [1.0, None, 1.0], "OK"),
        (Rule("GreaterThanThreshold", 0, 3, 3, "breaching"), [1.0, None, 1.0], "ALARM"),
        (Rule("GreaterThanThreshold", 0, 1, 1), [None], "INSUFFICIENT_DATA"),
        (Rule("GreaterThanThreshold", 0, 1, 1, "breaching"), [None], "ALARM"),
        (Rule("GreaterThanThreshold", 0, 1, 1, "notBreaching"), [None], "OK"),
        (Rule("GreaterThanThreshold", 0, 1, 1, "ignore"), [None], None),
    ],
)
def test_the_state_that_an_alarm_s_last_periods_call_for(rule, values, state):
    assert rule.state(values) == state


def test_an_alarm_says_why_in_cloudwatch_s_words():
    rule = Rule("GreaterThanThreshold", 0.0, 1, 1)
    assert (
        rule.reason([2.0], "ALARM")
        == "Threshold Crossed: 1 datapoint [2.0] was greater than the threshold (0.0)."
    )
    assert "was not greater than" in rule.reason([0.0], "OK")
    assert rule.reason([None], "INSUFFICIENT_DATA") == "Insufficient Data: 1 datapoint was unknown."


def test_an_alarm_changes_state_by_itself_and_tells_its_topic(cloudwatch, aws):
    name, function = f"errors-{uuid.uuid4().hex[:8]}", make_function(CODE)
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,  # a minute may end meanwhile
        DatapointsToAlarm=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["StateValue"] == "OK"
    invoke(function, 1)
    [message] = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))  # nobody looked at it
    notice = json.loads(json.loads(message["Body"])["Message"])
    assert (notice["AlarmName"], notice["NewStateValue"], notice["OldStateValue"]) == (name, "ALARM", "OK")
    assert notice["Trigger"]["MetricName"] == "Errors"
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", notice["NewStateReason"])


# ---- percentiles -------------------------------------------------------------------------------------------


@pytest.fixture
def latencies(cloudwatch):
    """A metric of one's own: 98 quick answers, a slow one and a very slow one; its name."""
    name = f"latency-{uuid.uuid4().hex[:8]}"
    data = [{"MetricName": name, "Value": value} for value in [10.0] * 98 + [200.0, 3000.0]]
    cloudwatch.put_metric_data(Namespace="Test", MetricData=data)
    return name


def recent(period=3600):
    """The last hours as one asks for them; the data of a test falls into one period of them."""
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1), "Period": period}


def test_percentiles_of_a_metric(cloudwatch, latencies):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    [point] = cloudwatch.get_metric_statistics(
        Namespace="Test",
        MetricName=latencies,
        Statistics=["Maximum"],
        ExtendedStatistics=["p50", "p99", "p99.9", "p100"],
        **recent(),
    )["Datapoints"]
    assert point["Maximum"] == 3000
    assert point["ExtendedStatistics"] == {"p50": 10, "p99": 200, "p99.9": 3000, "p100": 3000}


def test_percentiles_as_data_of_a_graph(cloudwatch, latencies):
    time_span = recent()
    stat = {"Metric": {"Namespace": "Test", "MetricName": latencies}, "Period": time_span.pop("Period")}
    queries = [{"Id": one, "MetricStat": stat | {"Stat": one}} for one in ("p50", "p99")]
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, **time_span)["MetricDataResults"]
    assert {one["Id"]: one["Values"] for one in found} == {"p50": [10], "p99": [200]}


def test_percentiles_of_a_function_s_duration(cloudwatch, function):
    [point] = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Statistics=["Minimum", "Maximum"],
        ExtendedStatistics=["p0", "p100"],
        **recent(7200),
    )["Datapoints"]
    shares = point["ExtendedStatistics"]
    assert shares["p0"] == pytest.approx(point["Minimum"], rel=0.01)
    assert shares["p100"] == pytest.approx(point["Maximum"], rel=0.01)


def test_what_tells_only_of_a_sum_has_no_percentiles(cloudwatch):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    name = f"sums-{uuid.uuid4().hex[:8]}"
    values = {"SampleCount": 3, "Sum": 6, "Minimum": 1, "Maximum": 3}
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "StatisticValues": values}])
    asked = {"Namespace": "Test", "MetricName": name, "ExtendedStatistics": ["p50"]} | recent()
    [point] = cloudwatch.get_metric_statistics(**asked)["Datapoints"]
    assert "ExtendedStatistics" not in point


def test_an_extended_statistic_that_is_no_percentile_is_refused(cloudwatch, latencies):
    asked = {"Namespace": "Test", "MetricName": latencies, "ExtendedStatistics": ["tm90"]} | recent()
    with pytest.raises(cloudwatch.exceptions.ClientError, match="tm90") as caught:
        cloudwatch.get_metric_statistics(**asked)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_an_alarm_may_look_at_a_percentile(cloudwatch, latencies):
    alarm = {"AlarmName": latencies, "Namespace": "Test", "MetricName": latencies, "Period": 3600}
    alarm |= {"ExtendedStatistic": "p99", "EvaluationPeriods": 2, "DatapointsToAlarm": 1}
    for threshold, state in ((100, "ALARM"), (1000, "OK")):
        cloudwatch.put_metric_alarm(**alarm, Threshold=threshold, ComparisonOperator="GreaterThanThreshold")
        [found] = cloudwatch.describe_alarms(AlarmNames=[latencies])["MetricAlarms"]
        assert found["StateValue"] == state


# ---- the history of alarms ---------------------------------------------------------------------------------


def test_an_alarm_s_history_tells_of_each_change_of_state(cloudwatch):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html"""
    name = f"history-{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 5}])
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=2,  # an hour may end meanwhile
        DatapointsToAlarm=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.describe_alarms(AlarmNames=[name])
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="tried by hand")

    def history(**more):
        return cloudwatch.describe_alarm_history(AlarmName=name, **more)

    items = history(ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in items[:3]] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",  # its metric calls for that, whatever somebody said
    ]
    assert {(one["HistoryItemType"], one["AlarmType"]) for one in items} == {("StateUpdate", "MetricAlarm")}
    data = json.loads(items[1]["HistoryData"])
    assert data["version"] == "1.0"
    assert data["oldState"]["stateReason"].startswith("Threshold Crossed: 1 datapoint [5.0]")
    assert data["newState"] == {"stateValue": "OK", "stateReason": "tried by hand"}
    newest = history(MaxRecords=1)
    assert newest["AlarmHistoryItems"] == items[-1:]
    rest = history(NextToken=newest["NextToken"])["AlarmHistoryItems"]
    assert rest == items[:-1][::-1]
    assert history(HistoryItemType="ConfigurationUpdate")["AlarmHistoryItems"] == []
    assert history(EndDate=items[0]["Timestamp"] - timedelta(hours=1))["AlarmHistoryItems"] == []


# ---- what is kept for days ---------------------------------------------------------------------------------


def test_a_minute_that_is_over_is_kept_small_and_takes_late_observations():
    """A log line may come minutes late, and a metric filter counts it in its own minute."""
    metrics, name = Metrics("us-east-1"), f"kept-{uuid.uuid4().hex[:8]}"
    minute = time.time() // 60 * 60 - 120
    for value in [*range(100, 600), 5]:
        metrics.record("Test", {"Of": name}, {name: (float(value), "Milliseconds")}, minute)
    metrics.sweep()
    [point] = points_of(name)
    assert sys.getsizeof(point.counts) < 500 * 6, "a dictionary of them takes 45,000 bytes"
    metrics.record("Test", {"Of": name}, {name: (1.0, "Milliseconds")}, minute)
    metrics.sweep()
    assert len(points_of(name)) == 2
    asked = {"Namespace": "Test", "MetricName": name, "Period": 60, "Statistics": ["Sum", "SampleCount"]}
    span = {"StartTime": datetime.fromtimestamp(minute, UTC), "EndTime": datetime.now(UTC)}
    dimensions = [{"Name": "Of", "Value": name}]
    [period] = moto_side.metric_periods("us-east-1", asked | span | {"Dimensions": dimensions})
    assert period.statistics == {"Sum": sum(range(100, 600)) + 6, "SampleCount": 502}
    assert percentile_of("p50", period.counts) == 348
    assert percentile_of("p0", period.counts) == 1


def points_of(name):
    return [one for one in moto_side.backend("cloudwatch", "us-east-1").metric_data if one.name == name]


def test_what_is_older_than_fifteen_days_goes():
    metrics, name = Metrics("us-east-1"), f"old-{uuid.uuid4().hex[:8]}"
    for days in (14, 16):
        metrics.record("Test", {}, {name: (float(days), "Count")}, time.time() - days * 86_400)
    kept = moto_side.backend("cloudwatch", "us-east-1").metric_data
    metrics.sweep()
    assert [one.sum for one in points_of(name)] == [14]
    assert moto_side.backend("cloudwatch", "us-east-1").metric_data is kept, "others append to it meanwhile"
