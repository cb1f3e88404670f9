"""Each row of docs/emulator.md, done: the difference is there today, or the row goes."""

import json
import re
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import cloud
from tests.cloud.functions.making import (
    LOGS,
    TRUST,
    eventually,
    invoke,
    log_events,
    make_function,
    make_role,
    package,
)
from tests.cloud.functions.test_mappings import READ_STREAM
from tests.cloud.functions.test_queues import TELL as ECHO
from tests.cloud.functions.test_queues import got
from tests.cloud.functions.test_streams import make_table
from tests.cloud.http_api.issuing import AUDIENCE, issuing
from tests.cloud.http_api.making import add_routes, ask, make_api, make_integration, permit
from tests.cloud.s3.conftest import ask as send_plainly
from tests.cloud.test_messages import make_topic, may_invoke

LEDGER = Path(cloud.__file__).resolve().parents[1] / "docs" / "emulator.md"
ANCHOR = re.compile(r'<a id="([a-z-]+)"></a>`([a-z-]+)`')
SHOWN = {}
TELL = """
import os, socket
from urllib.parse import urlsplit
def handler(event, context):
    if event == "kill":
        os.kill(os.getpid(), 9)
    if event == "connect":
        place = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        socket.create_connection((place.hostname, place.port), 5).close()
    if event == "fail":
        raise ValueError("asked for")
    return [context.function_version, os.getpid(), os.environ.get("AWS_ENDPOINT_URL")]
"""


def row(function):
    """Register what shows a row; the function's name is the row's."""
    SHOWN[function.__name__.replace("_", "-")] = function
    return function


def rows():
    return [anchor for anchor, _ in ANCHOR.findall(LEDGER.read_text())]


def test_every_row_has_a_name_of_its_own_and_is_shown_here():
    found = ANCHOR.findall(LEDGER.read_text())
    assert all(anchor == name for anchor, name in found)
    assert sorted(rows()) == sorted(SHOWN)
    assert len(set(rows())) == len(rows())


@pytest.mark.parametrize("name", rows())
def test_the_difference_is_there(name, aws, request):
    request.getfixturevalue("scene")
    SHOWN[name](aws)


@pytest.fixture(scope="module")
def scene(aws):
    """What many rows look at: a function, an API that calls it, a bucket, a table."""
    Scene.function = make_function(TELL, Timeout=20)
    Scene.arn = f"arn:aws:lambda:us-east-1:{aws.account_id}:function:{Scene.function}"
    Scene.api, Scene.url = make_api()
    permit(Scene.api, Scene.function)
    Scene.bucket = f"ledger-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=Scene.bucket)
    Scene.table = f"ledger-{uuid.uuid4().hex[:8]}"
    boto3.client("dynamodb").create_table(
        TableName=Scene.table,
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "S"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )


class Scene:
    """Set by the fixture of that name."""

    function = arn = api = url = bucket = table = ""


def refused(call, **asked):
    with pytest.raises(ClientError) as caught:
        call(**asked)
    return caught.value.response["Error"]["Code"]


def put(partition, sort, **more):
    item = {"p": {"S": partition}, "s": {"S": sort}} | more
    boto3.client("dynamodb").put_item(TableName=Scene.table, Item=item)


# ---- everywhere --------------------------------------------------------------------------------------------


@row
def account(aws):
    assert aws.account_id == "123456789012"
    assert (
        boto3.client("ce").get_cost_and_usage(
            TimePeriod={"Start": "2026-01-01", "End": "2026-02-01"},
            Granularity="MONTHLY",
            Metrics=["BlendedCost"],
        )["ResultsByTime"]
        == []
    )


@row
def region(aws):
    assert refused(boto3.client("s3", region_name="eu-west-1").list_buckets) == "AuthorizationHeaderMalformed"


@row
def http(aws):
    places = [aws.endpoint_url, Scene.url, aws.website_url(Scene.bucket)]
    assert all(place.startswith("http://127.0.0.1:") for place in places)
    assert len(set(places)) == 3


@row
def at_once(aws):
    assert invoke(make_function("def handler(event, context): return 1", Role=make_role()))[0] == 1


@row
def services(aws):
    assert refused(boto3.client("textract").list_adapters) == "NotImplemented"


# ---- HTTP APIs ---------------------------------------------------------------------------------------------


@row
def domain_name(aws):
    function = make_function("def handler(event, context): return event['requestContext']['domainName']")
    permit(Scene.api, function)
    add_routes(Scene.api, make_integration(Scene.api, function), "GET /domain")
    assert ask(Scene.url, "/domain").body.decode() == f"{Scene.api}.execute-api.localhost"


@row
def http_proxy(aws):
    client = boto3.client("apigatewayv2")
    listener = f"arn:aws:elasticloadbalancing:us-east-1:{aws.account_id}:listener/app/a/b/c"
    link = {"ConnectionType": "VPC_LINK", "ConnectionId": "a", "IntegrationUri": listener}
    for path, leads in (("/url", {"IntegrationUri": f"{aws.endpoint_url}/_cloud/health"}), ("/link", link)):
        made = client.create_integration(
            ApiId=Scene.api,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="GET",
            PayloadFormatVersion="1.0",
            **leads,
        )
        add_routes(Scene.api, f"integrations/{made['IntegrationId']}", f"GET {path}")
    assert [ask(Scene.url, path).status for path in ("/url", "/link")] == [200, 503]


@row
def issuers(aws):
    with issuing() as issuer:
        authorizer = boto3.client("apigatewayv2").create_authorizer(
            ApiId=Scene.api,
            AuthorizerType="JWT",
            Name="jwt",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Audience": [AUDIENCE], "Issuer": issuer.url},
        )["AuthorizerId"]
        target = make_integration(Scene.api, Scene.function)
        add_routes(Scene.api, target, "GET /jwt", AuthorizationType="JWT", AuthorizerId=authorizer)
        assert issuer.url.startswith("http://127.0.0.1:")
        assert ask(Scene.url, "/jwt", headers={"Authorization": issuer.token()}).status == 200


def import_(aws):
    client = boto3.client("apigatewayv2")
    assert refused(client.import_api, Body="{}") == "NotImplemented"
    found = refused(client.export_api, ApiId=Scene.api, OutputType="JSON", Specification="OAS30")
    assert found == "NotImplemented"


SHOWN["import"] = import_


@row
def websockets(aws):
    made = boto3.client("apigatewayv2").create_api(
        Name="w", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert ask(made["ApiEndpoint"], headers=headers).status == 404


# ---- Lambda ------------------------------------------------------------------------------------------------


@row
def python(aws):
    name = make_function("import sys\ndef handler(event, context): return sys.version", Runtime="python3.19")
    version = invoke(name)[0].split(".")[:2]
    assert f"python:{'.'.join(version)}." in log_events(name, "REPORT")[0]
    assert version != ["3", "19"]


@row
def runtimes(aws):
    for settings in ({"Runtime": "nodejs22.x"}, {"Layers": [f"{Scene.arn.replace('function', 'layer')}:1"]}):
        with pytest.raises(ClientError, match="InvalidParameterValueException"):
            make_function("", Role=make_role(), **settings)


@row
def endpoint_variable(aws):
    assert invoke(Scene.function)[0][2] == aws.endpoint_url


@row
def retries(aws):
    clock = json.loads(ask(aws.endpoint_url, "/_cloud/clock").body)
    assert clock["scale"] == pytest.approx(1 / 60)


@row
def first_process(aws):
    if json.loads(ask(aws.endpoint_url, "/_cloud/health").body)["isolation"] == "namespaces":
        assert invoke(Scene.function, "kill")[0][1] == 1


@row
def isolation(aws):
    """Without either, a function reads a file of ours; with one of them, it does not."""
    reading = "def handler(event, context):\n    return open(event).read()\n"
    kept = json.loads(ask(aws.endpoint_url, "/_cloud/health").body)["isolation"] != "none"
    answer = invoke(make_function(reading), str(LEDGER))[1]
    assert ("FunctionError" in answer) == kept
    with open_cloud() as session:
        role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        session.client("lambda").create_function(
            FunctionName="read",
            Runtime="python3.11",
            Handler="handler.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": package(reading)},
        )
        answer = session.client("lambda").invoke(FunctionName="read", Payload=json.dumps(str(LEDGER)))
        assert json.loads(answer["Payload"].read()) == LEDGER.read_text()


@contextmanager
def open_cloud():
    """A cloud whose functions nothing keeps from this machine's files; yields a session in it."""
    command = [sys.executable, "-m", "cloud", "--port", "0", "--json", "--isolation", "none"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        session = boto3.Session(
            ready["access_key_id"], ready["secret_access_key"], region_name=ready["region"]
        )
        make = session.client
        session.client = lambda service: make(service, endpoint_url=ready["endpoint_url"])
        yield session
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@row
def concurrency(aws):
    """Twenty events that each take a moment are shared among eight environments; AWS would begin twenty."""
    name = make_function("import time\ndef handler(event, context):\n    time.sleep(0.5)\n", Timeout=60)
    for _ in range(20):
        boto3.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    assert eventually(lambda: sum("REPORT" in line for line in log_events(name)) == 20, seconds=120)
    streams = boto3.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert 1 < len(streams) <= 8


@row
def network(aws):
    assert "FunctionError" not in invoke(Scene.function, "connect")[1]


@row
def event_sources(aws):
    asked = {"FunctionName": Scene.function, "StartingPosition": "LATEST"}
    for arn in (
        f"arn:aws:kinesis:us-east-1:{aws.account_id}:stream/s",
        f"arn:aws:kafka:us-east-1:{aws.account_id}:cluster/c/1",
        f"arn:aws:rds:us-east-1:{aws.account_id}:cluster:c",
    ):
        create = boto3.client("lambda").create_event_source_mapping
        assert refused(create, EventSourceArn=arn, **asked) == "NotImplemented"


@row
def stream_batches(aws):
    """With a factor of two AWS would begin the second change while the first is still at work."""
    code = """
import time
def handler(event, context):
    print("GOT begin")
    time.sleep(1)
    print("GOT end")
"""
    name = make_function(code, LOGS, READ_STREAM)
    table, stream = make_table()
    for key in "ab":
        boto3.client("dynamodb").put_item(TableName=table, Item={"p": {"S": key}})
    boto3.client("lambda").create_event_source_mapping(
        FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=1,
        ParallelizationFactor=2,
    )  # fmt: skip

    told = eventually(lambda: got(name) if len(got(name)) == 4 else None)
    assert [line.strip() for line in told] == ["begin", "end"] * 2


@row
def signatures(aws):
    """There is no certificate where the message says."""
    topic, name = make_topic(), make_function(ECHO)
    may_invoke(name, topic)
    boto3.client("sns").publish(TopicArn=topic, Message="x")
    told = json.loads(eventually(lambda: got(name))[0])["Records"][0]["Sns"]
    address = urlsplit(told["SigningCertUrl"])
    assert address.netloc == "sns.us-east-1.amazonaws.com"
    assert b"CERTIFICATE" not in send_plainly(f"{aws.endpoint_url}{address.path}").body


@row
def function_urls(aws):
    client = boto3.client("lambda")
    asked = {"FunctionName": Scene.function, "AuthType": "NONE"}
    assert refused(client.create_function_url_config, **asked) == "NotImplemented"
    assert refused(client.invoke_with_response_stream, FunctionName=Scene.function) == "NotImplemented"


@row
def snap_start(aws):
    """From a snapshot, a log begins with RESTORE_START."""
    name = make_function(TELL, Runtime="python3.12", SnapStart={"ApplyOn": "PublishedVersions"})
    boto3.client("lambda").publish_version(FunctionName=name)
    invoke(f"{name}:1")
    assert any(line.startswith("INIT_START") for line in log_events(name, "REPORT"))


@row
def provisioned(aws):
    asked = {"FunctionName": Scene.function, "Qualifier": "1", "ProvisionedConcurrentExecutions": 1}
    assert refused(boto3.client("lambda").put_provisioned_concurrency_config, **asked) == "NotImplemented"


# ---- CloudWatch --------------------------------------------------------------------------------------------


@row
def insights(aws):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/ledger/insights")
    for query in ("pattern @message", "diff", "stats sum(@duration / 2)"):
        asked = {"logGroupName": "/ledger/insights", "startTime": 0, "endTime": 1, "queryString": query}
        assert refused(logs.start_query, **asked) == "MalformedQueryException"


@row
def percentiles(aws):
    invoke(Scene.function)
    asked = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Duration",
        "StartTime": datetime.now(UTC) - timedelta(minutes=10),
        "EndTime": datetime.now(UTC),
        "Period": 60,
    }
    get = boto3.client("cloudwatch").get_metric_statistics
    assert refused(get, **asked, ExtendedStatistics=["tm90"]) == "InvalidParameterValue"


@row
def alarms(aws):
    """An alarm rings long before AWS's minute is over."""
    client, name = boto3.client("cloudwatch"), f"ledger-{uuid.uuid4().hex[:8]}"
    client.put_metric_data(Namespace="Ledger", MetricData=[{"MetricName": name, "Value": 1.0}])
    began = time.monotonic()
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="Ledger",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=2,  # a minute may end meanwhile
        DatapointsToAlarm=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    rings = eventually(
        lambda: client.describe_alarms(AlarmNames=[name], StateValue="ALARM")["MetricAlarms"], 50
    )
    assert rings
    assert time.monotonic() - began < 55


@row
def alarm_history(aws):
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="ledger-history",
        Namespace="Ledger",
        MetricName="none",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    asked = {"AlarmName": "ledger-history", "HistoryItemType": "ConfigurationUpdate"}
    assert client.describe_alarm_history(**asked)["AlarmHistoryItems"] == []
    assert refused(client.put_composite_alarm, AlarmName="c", AlarmRule="ALARM(x)") == "NotImplemented"


@row
def traces(aws):
    now = datetime.now(UTC)
    assert refused(boto3.client("xray").get_trace_summaries, StartTime=now, EndTime=now) == "NotImplemented"


# ---- DynamoDB ----------------------------------------------------------------------------------------------


@row
def throughput(aws):
    for number in range(20):  # of a kilobyte and more each, where one unit a second was bought
        put("throughput", str(number), body={"S": "x" * 2000})


@row
def ttl(aws):
    client = boto3.client("dynamodb")
    specification = {"Enabled": True, "AttributeName": "expires"}
    client.update_time_to_live(TableName=Scene.table, TimeToLiveSpecification=specification)
    put("ttl", "x", expires={"N": str(int(time.time()) - 1)})
    key = {"p": {"S": "ttl"}, "s": {"S": "x"}}
    assert eventually(lambda: "Item" not in client.get_item(TableName=Scene.table, Key=key))


@row
def consistency(aws):
    client = boto3.client("dynamodb")
    for number in range(20):
        put("consistency", "x", number={"N": str(number)})
        item = client.get_item(TableName=Scene.table, Key={"p": {"S": "consistency"}, "s": {"S": "x"}})[
            "Item"
        ]
        assert item["number"] == {"N": str(number)}


# ---- S3 ----------------------------------------------------------------------------------------------------


@row
def account_block(aws):
    with pytest.raises((EndpointConnectionError, ClientError)):
        boto3.client("s3control").get_public_access_block(AccountId=aws.account_id)


@row
def customer_keys(aws):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}
    asked = {"Bucket": Scene.bucket, "Key": "mine", "Body": b"x"}
    assert refused(boto3.client("s3").put_object, **asked, **key) == "InvalidRequest"


@row
def lifecycle(aws):
    with cloud.start() as own:
        s3 = boto3.client(
            "s3",
            endpoint_url=own.endpoint_url,
            aws_access_key_id=own.credentials.access_key_id,
            aws_secret_access_key=own.credentials.secret_access_key,
        )
        s3.create_bucket(Bucket="ledger")
        for key in ("moves", "ends"):
            s3.put_object(Bucket="ledger", Key=key, Body=b"x")
        moves = {"Transitions": [{"Days": 0, "StorageClass": "GLACIER"}], "Filter": {"Prefix": "moves"}}
        ends = {"Expiration": {"Days": 1}, "Filter": {"Prefix": "ends"}}
        rules = [{"Status": "Enabled"} | one for one in (moves, ends)]
        s3.put_bucket_lifecycle_configuration(Bucket="ledger", LifecycleConfiguration={"Rules": rules})
        own.advance(3 * 86_400)
        assert eventually(lambda: s3.list_objects_v2(Bucket="ledger")["KeyCount"] == 1, 60)
        [kept] = s3.list_objects_v2(Bucket="ledger")["Contents"]
        assert (kept["Key"], kept["StorageClass"]) == ("moves", "STANDARD")
