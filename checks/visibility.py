"""Visibility: every function's execution role may write to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes, permissions
from checks.change import Call, Change
from checks.findings import Severity
from checks.look import Look
from checks.patterns import as_list
from checks.rule import Row, Verdict, failed, missing, passed

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("visibility", "Visibility", "Every function's execution role may write to CloudWatch Logs")
RETENTION_DAYS = 14
WRITING = ("logs:CreateLogStream", "logs:PutLogEvents")


@ROW.rule(
    1,
    Severity.MEDIUM,
    "Every function has a log group, and its logs end",
    expected="the function's log group exists and has a retention",
    why="Without a log group there is nothing to look at when something fails; without a retention it is "
    "kept, and paid for, for ever.",
    about="functions",
    layer="monitoring",
    looks_at=("lambda:GetFunction", "logs:DescribeLogGroups"),
    fix="create_log_group, and put_retention_policy.",
)
def log_group(look: Look, short: str) -> Iterator[Verdict]:
    """The log group that the function itself names, or Lambda's default for its name."""
    name, answer, function = (
        look.log_group_name(short),
        look.log_group(short),
        look.target.functions[short].name,
    )
    read, asked = Call("logs", "describe_log_groups", {"logGroupNamePrefix": name}), {"logGroupName": name}
    if not answer:
        keep = asked | {"retentionInDays": RETENTION_DAYS}
        change = Change(
            f"Make the log group {name!r}",
            read,
            {"logGroups": []},
            {"logGroups": [keep]},
            [Call("logs", "create_log_group", asked), Call("logs", "put_retention_policy", keep)],
            [Call("logs", "delete_log_group", asked)],
        )
        yield failed(
            f"{function} has no log group {name!r}",
            f"{answer.call} does not list {name!r}",
            name,
            change=change,
        )
    elif not answer.get("retentionInDays"):
        change = changes.setting(
            f"Keep the logs of {function!r} for {RETENTION_DAYS} days",
            read,
            {"logGroups": [dict(answer)]},
            {"logGroups": [dict(answer) | {"retentionInDays": RETENTION_DAYS}]},
            Call("logs", "put_retention_policy", asked | {"retentionInDays": RETENTION_DAYS}),
            Call("logs", "delete_retention_policy", asked),
            [f"Lines older than {RETENTION_DAYS} days are deleted."],
        )
        yield missing(
            f"{name} keeps its lines for ever",
            answer.told("logGroupName", "retentionInDays"),
            "monitoring",
            name,
            change=change,
        )
    else:
        yield passed(
            f"{answer['retentionInDays']} days", answer.told("logGroupName", "retentionInDays"), name
        )


@ROW.rule(
    2,
    Severity.CRITICAL,
    "Every function's role may write to its log group",
    expected="logs:CreateLogStream and logs:PutLogEvents are allowed on the function's own log group, "
    "through identity policies, permissions boundary and explicit Deny",
    why="Without the permission Lambda says nothing, and neither does the function: no group, no stream, no "
    "error. Everything works until it doesn't, and then nobody can tell why.",
    about="functions",
    layer="api",
    looks_at=("lambda:GetFunction", "iam:SimulatePrincipalPolicy"),
    fix="Allow both actions on the log group's ARN with ':*' behind it.",
)
def may_write(look: Look, short: str) -> Iterator[Verdict]:
    """Asks IAM's simulator about the function's own log group, in each form of its ARN."""
    may = permissions.of(look, short)
    look.role_details(short)
    group = look.log_group_name(short)
    actions = WRITING if look.log_group(short) else ("logs:CreateLogGroup", *WRITING)
    denied = []
    for action in actions:
        forms = [may.usual.of(action, form) for form in may.log_places.get(action, may.log_forms)]
        if any(one.word == "explicitDeny" for one in forms) or not any(one.allowed for one in forms):
            denied.append(next((one for one in forms if one.word == "explicitDeny"), forms[0]))
    if not denied:
        yield passed(
            f"may write to {group}",
            f"{may.usual.call} answered {may.usual.of(WRITING[1], may.log_forms[0])}",
            may.role,
        )
        return
    unknown = sorted({key for one in denied if one.word == "implicitDeny" for key in one.unknown})
    shown = "; ".join(map(str, denied))
    change = None
    if all(one.word == "implicitDeny" and one.within_boundary for one in denied):
        arn = may.log_forms[1]
        before = look.inline_policy(short, "logs")
        allow = {"Effect": "Allow", "Action": list(actions), "Resource": [arn]}
        kept = as_list(before["Statement"]) if before else []
        change = changes.role_policy(
            may.role, "logs", before, [*kept, allow], f"Let the role {may.role!r} write to its log group"
        )
    depends = f" (its policies ask for {', '.join(unknown)})" if unknown else ""
    yield failed(
        f"{short} leaves no trace: {shown}{depends}",
        f"{may.usual.call} answered {shown}",
        may.role,
        change=change,
        fix="Take the Deny away, or let the permissions boundary allow both actions: the evidence names the "
        "policy.",
    )


@ROW.rule(
    3,
    Severity.HIGH,
    "What a function prints arrives in its log group",
    expected="a request's own marker is found in the function's log group",
    why="The simulator knows policies. Whether a line arrives, only a line shows.",
    about="functions",
    layer="delete",
    looks_at=("HTTP requests", "logs:FilterLogEvents"),
    needs=("api", "upload_bucket"),
    fix="See VISIBILITY-2.",
    live=True,
)
def marker_arrives(look: LiveLook, short: str) -> Iterator[Verdict]:
    """Makes the function print a name that nobody else uses, and looks for it in the function's log group."""
    from checks.live.markers import arrival

    yield from arrival(look, short)
