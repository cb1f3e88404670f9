"""Mistakes that learners make in 08_monitoring: each must be refused by its check."""

PARSE = r"""
def parse_report(line):
    {guard}
    found = {{name: {number} for name, number in re.findall(r"{pattern}", line)}}
    return {{
        "duration": found.get("Duration"),
        "billed": found.get("Billed Duration"),
        "size": found.get("Memory Size"),
        "used": found.get("Max Memory Used"),
        "init": found.get("Init Duration"{default}),
    }}


parsed = [parse_report(line) for line in reports]
"""
PATTERN = r"([A-Z][A-Za-z ]+): ([\d.]+) (?:ms|MB)"
GUARD = 'if not line.startswith("REPORT"):\n        return None'


def parse(guard=GUARD, number="float(number)", pattern=PATTERN, default=""):
    return PARSE.format(guard=guard, number=number, pattern=pattern, default=default)


MAY_LOG = """
def may_log(logs_arn):
    return allow({actions}, {resources})


upload_group = stack.functions["create_upload"].log_group
logs_arn = f"arn:aws:logs:{{stack.region}}:{{stack.account_id}}:log-group:{{upload_group}}"
grant(iam, role, "least", [may_log(logs_arn), *silent])
"""
BOTH = '["logs:CreateLogStream", "logs:PutLogEvents"]'
OWN = '[f"{logs_arn}:*"]'

KEEP = """
def keep_logs(logs, log_group, days):
    {body}


for one in stack.functions.values():
    keep_logs(logs, one.log_group, 14)
"""

WATCH = """
def watch(cloudwatch, name, namespace, metric, dimensions, tags=()):
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace=namespace, MetricName={metric}, Dimensions={dimensions}, Statistic="{statistic}",
        Period=300, EvaluationPeriods={periods}, Threshold={threshold}, ComparisonOperator="{compare}",
        TreatMissingData="{missing}",
    )


for one in stack.functions.values():
    watch(cloudwatch, f"{{one.name}}-errors", "AWS/Lambda", "Errors", {{"FunctionName": one.name}}, stack.tag_list)
watch(cloudwatch, f"{{stack.name}}-api-5xx", "AWS/ApiGateway", "5xx", {{"ApiId": api_id}}, stack.tag_list)
"""
PAIRS = '[{"Name": key, "Value": value} for key, value in dimensions.items()]'


def watch(
    metric="metric",
    dimensions=PAIRS,
    statistic="Sum",
    periods=1,
    threshold=0,
    compare="GreaterThanThreshold",
    missing="notBreaching",
):
    return WATCH.format(
        metric=metric,
        dimensions=dimensions,
        statistic=statistic,
        periods=periods,
        threshold=threshold,
        compare=compare,
        missing=missing,
    )


CATCH = """
def create_queue(sqs, name, tags=None):
    url = sqs.create_queue(QueueName=name, tags=tags or {{}})["QueueUrl"]
    return {answer}


def send_failures(lambda_, function, queue_arn):
    lambda_.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts={retries}, DestinationConfig={{"{outcome}": {{"Destination": queue_arn}}}}
    )
    lambda_.put_function_recursion_config(FunctionName=function, RecursiveLoop="{loop}")


queue_arn = create_queue(sqs, stack.failure_queue, stack.tags)
grant(iam, index.role, "failures", [allow(["sqs:SendMessage"], [{queue}])])
send_failures(lambda_, index.name, queue_arn)
"""
ARN = 'sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]'


def catch(answer=ARN, retries=2, outcome="OnFailure", loop="Terminate", queue="stack.failure_queue_arn"):
    return CATCH.format(answer=answer, retries=retries, outcome=outcome, loop=loop, queue=queue)


WRONG = {
    "monitoring-1": [
        (
            "takes the billed duration for the duration",
            parse(pattern=r"((?:Billed )?[A-Z][a-z]+ ?[A-Z]?\w*): ([\d.]+)"),
        ),
        ("cuts the fractions off", parse(number="int(float(number))")),
        ("leaves texts as they are", parse(number="number")),
        ("says that a warm start took 0 ms to begin", parse(default=", 0.0")),
        ("reads every line that has numbers", parse(guard="pass")),
    ],
    "monitoring-2": [
        ("lets it do everything with every log", MAY_LOG.format(actions='["logs:*"]', resources='["*"]')),
        ("lets it write everywhere", MAY_LOG.format(actions=BOTH, resources='["*"]')),
        ("names the group and not what is in it", MAY_LOG.format(actions=BOTH, resources="[logs_arn]")),
        (
            "forgets to let it make streams",
            MAY_LOG.format(actions='["logs:PutLogEvents"]', resources=OWN),
        ),
        ("forgets to let it put events", MAY_LOG.format(actions='["logs:CreateLogStream"]', resources=OWN)),
        (
            "lets it read its log too",
            MAY_LOG.format(
                actions='["logs:CreateLogStream", "logs:PutLogEvents", "logs:FilterLogEvents"]',
                resources='[logs_arn, f"{logs_arn}:*"]',
            ),
        ),
    ],
    "monitoring-3": [
        (
            "keeps everything for a month",
            KEEP.format(body="logs.put_retention_policy(logGroupName=log_group, retentionInDays=30)"),
        ),
        (
            "sets the same group five times",
            KEEP.format(body="logs.put_retention_policy(logGroupName=list_group, retentionInDays=days)"),
        ),
        (
            "takes the retention away",
            KEEP.format(body="logs.delete_retention_policy(logGroupName=log_group)"),
        ),
        (
            "writes the days down",
            KEEP.format(body="logs.put_retention_policy(logGroupName=log_group, retentionInDays=14)"),
        ),
    ],
    "monitoring-4": [
        ("waits for the second error", watch(threshold=1)),
        ("rings for no error at all", watch(compare="GreaterThanOrEqualToThreshold")),
        ("takes silence for an error", watch(missing="breaching")),
        ("waits for an hour of errors", watch(periods=12)),
        ("looks at a metric that there is not", watch(metric='"Failures"')),
        ("watches all functions together", watch(dimensions="[]")),
        ("takes the average", watch(statistic="Average")),
        ("wants two errors", watch(threshold=1)),
    ],
    "monitoring-5": [
        ("gives up after the first attempt", catch(retries=0)),
        ("sends what went well", catch(outcome="OnSuccess")),
        ("returns the queue's URL", catch(answer="url")),
        ("lets loops go on", catch(loop="Allow")),
        ("lets the function send to another queue", catch(queue='stack.failure_queue_arn + "-other"')),
    ],
}
