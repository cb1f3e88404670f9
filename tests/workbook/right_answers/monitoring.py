"""Right answers to 08_monitoring in other words: each must pass its check."""

RIGHT = {
    "monitoring-1": [
        (
            "splits at the tabs",
            r"""
def parse_report(line):
    if not line.startswith("REPORT RequestId:"):
        return None
    found = dict(part.split(": ", 1) for part in line.strip().split("\t") if ": " in part)
    number = lambda name: float(found[name].split()[0]) if name in found else None
    return dict(
        duration=number("Duration"),
        billed=number("Billed Duration"),
        size=number("Memory Size"),
        used=number("Max Memory Used"),
        init=number("Init Duration"),
    )


parsed = [parse_report(line) for line in reports]
""",
        ),
        (
            "names whole numbers as such",
            r"""
def parse_report(line):
    found = re.match(
        r"REPORT .*?\tDuration: (\S+) ms\tBilled Duration: (\d+) ms\tMemory Size: (\d+) MB"
        r"\tMax Memory Used: (\d+) MB(?:\tInit Duration: (\S+) ms)?",
        line,
    )
    if found is None:
        return None
    duration, billed, size, used, init = found.groups()
    return {
        "duration": float(duration), "billed": int(billed), "size": int(size), "used": int(used),
        "init": None if init is None else float(init),
    }


parsed = [parse_report(line) for line in reports]
""",
        ),
    ],
    "monitoring-2": [
        (
            "names the streams, as AWS's messages do",
            """
def may_log(logs_arn):
    actions = ["logs:PutLogEvents", "logs:CreateLogStream"]
    return {"Effect": "Allow", "Action": actions, "Resource": f"{logs_arn}:log-stream:*"}


upload_group = stack.functions["create_upload"].log_group
logs_arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{upload_group}"
grant(iam, role, "least", [may_log(logs_arn), *silent])
""",
        ),
    ],
    "monitoring-3": [
        (
            "gives a dict of arguments",
            """
def keep_logs(logs, log_group, days):
    wanted = {"logGroupName": log_group, "retentionInDays": days}
    return logs.put_retention_policy(**wanted)


for one in stack.functions.values():
    keep_logs(logs, one.log_group, 14)
""",
        ),
    ],
    "monitoring-4": [
        (
            "says one or more, with the resource",
            """
def watch(cloudwatch, name, namespace, metric, dimensions, tags=()):
    boto3.resource("cloudwatch").Metric(namespace, metric).put_alarm(
        AlarmName=name,
        AlarmDescription="One error is enough.",
        Dimensions=[dict(Name=key, Value=dimensions[key]) for key in dimensions],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        Tags=list(tags),
    )


for one in stack.functions.values():
    watch(cloudwatch, f"{one.name}-errors", "AWS/Lambda", "Errors", {"FunctionName": one.name}, stack.tag_list)
watch(cloudwatch, f"{stack.name}-api-5xx", "AWS/ApiGateway", "5xx", {"ApiId": api_id}, stack.tag_list)
""",
        ),
    ],
    "monitoring-5": [
        (
            "builds the ARN itself",
            """
def create_queue(sqs, name, tags=None):
    sqs.create_queue(QueueName=name, tags=tags or {})
    return f"arn:aws:sqs:{sqs.meta.region_name}:{stack.account_id}:{name}"


def send_failures(lambda_, function, queue_arn):
    lambda_.put_function_recursion_config(RecursiveLoop="Terminate", FunctionName=function)
    to_queue = {"OnFailure": {"Destination": queue_arn}}
    lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig=to_queue, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=3600
    )


queue_arn = create_queue(sqs, stack.failure_queue, stack.tags)
grant(iam, index.role, "failures", [allow(["sqs:SendMessage"], [stack.failure_queue_arn])])
send_failures(lambda_, index.name, queue_arn)
""",
        ),
    ],
}
