"""Single defects of the visibility row, each with the rules that must say so."""

from __future__ import annotations

from tests.checks.defects import OTHER, allow, boundary, changed_policy, defect, each, extra_policy, without


@each("VISIBILITY-1", api="list_files", triggered="index_upload")
def log_group_deleted(stack, short):
    logs, name = stack.client("logs"), stack.functions[short].log_group
    logs.delete_log_group(logGroupName=name)

    def undo():
        logs.create_log_group(logGroupName=name, tags=stack.tags)
        logs.put_retention_policy(logGroupName=name, retentionInDays=14)

    grant = extra_policy(stack, short, allow("logs:CreateLogGroup", "*"))  # else VISIBILITY-2 too

    def both():
        grant()
        undo()

    return both


@defect("VISIBILITY-1")
def kept_for_ever(stack):
    logs, name = stack.client("logs"), stack.functions["get_file"].log_group
    logs.delete_retention_policy(logGroupName=name)
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=14)


@defect("VISIBILITY-2")
def no_log_permission(stack):
    return changed_policy(stack, "list_files", lambda statements: statements[1:])


@each("VISIBILITY-2", streams="logs:CreateLogStream", events="logs:PutLogEvents")
def half_a_log_permission(stack, action):
    return changed_policy(stack, "create_upload", without(action))


@each(
    "VISIBILITY-2",
    another_group=lambda arn: arn.replace("list-files", "get-file"),
    another_region=lambda arn: arn.replace("us-east-1", "eu-west-1"),
    another_account=lambda arn: arn.replace("123456789012", OTHER),
    bare_group=lambda arn: arn.removesuffix(":*"),
    one_stream=lambda arn: arn.removesuffix("*") + "log-stream:main",
)
def logs_elsewhere(stack, rename):
    def change(statements):
        statements[0]["Resource"] = [rename(statements[0]["Resource"][0])]
        return statements

    return changed_policy(stack, "list_files", change)


@each(
    "VISIBILITY-2",
    all_logs=lambda _: ("logs:*", "*"),
    its_streams=lambda stack: (
        "logs:PutLogEvents",
        f"arn:aws:logs:*:*:log-group:{stack.functions['delete_file'].log_group}:log-stream:*",
    ),
    everything_of_logs_in_a_list=lambda _: (["logs:Create*", "logs:Put*"], ["arn:aws:logs:*:*:*"]),
)
def logs_denied(stack, case):
    action, resource = case(stack)
    return extra_policy(stack, "delete_file", {"Effect": "Deny", "Action": action, "Resource": resource})


@defect("VISIBILITY-2")
def boundary_without_logs(stack):
    return boundary(stack, "list_files", allow(["dynamodb:*", "s3:*"], "*"))


def logs_into(stack, group, days=None):
    """The list function, which logs into another group; without days there is no such group."""
    logs, lambda_, name = stack.client("logs"), stack.client("lambda"), stack.functions["list_files"].name
    if days:
        logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)

    def put(where):
        lambda_.update_function_configuration(
            FunctionName=name, LoggingConfig={"LogFormat": "Text", "LogGroup": where}
        )

    put(group)

    def undo():
        put(stack.functions["list_files"].log_group)
        if days:
            logs.delete_log_group(logGroupName=group)

    return undo


@defect("VISIBILITY-1", "VISIBILITY-2")
def logs_into_a_group_that_is_not_there(stack):
    return logs_into(stack, "/elsewhere/list")


@defect("VISIBILITY-2")
def logs_into_a_group_that_it_may_not_write(stack):
    return logs_into(stack, "/elsewhere/list", 7)


@each(
    "VISIBILITY-2",
    all_but={"NotAction": ["s3:*", "dynamodb:*"], "Resource": "*"},
    all_other_groups={"Action": "logs:*", "NotResource": "arn:aws:logs:*:*:log-group:/elsewhere:*"},
    outside_a_network={
        "Action": "logs:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
    },
    in_this_region={
        "Action": "logs:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    },
)
def logs_denied_by(stack, statement):
    return extra_policy(stack, "list_files", {"Effect": "Deny", **statement})
