"""Safety: S3 triggers are limited to a prefix, so that no recursive loop can start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes, handlers, narrowing, permissions
from checks.bucket_grants import bucket_says
from checks.change import Call
from checks.failures import failure_destination
from checks.findings import Severity
from checks.invoking import lets_bucket
from checks.look import Look
from checks.rule import Row, Verdict, failed, listed, missing, passed
from checks.triggers import CREATED, REMOVED, mended, triggers, unqualified

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("safety", "Safety", "S3 triggers are limited to a prefix, so that no recursive loop can start")


@ROW.rule(
    1,
    Severity.CRITICAL,
    "Every trigger is limited to the prefix where uploads arrive",
    expected="each notification of ObjectCreated has exactly the expected prefix",
    why="A function that is invoked for every object of a bucket, and writes one, invokes itself: over and "
    "over, at full speed, until somebody notices the bill. The prefix is what divides what comes in from "
    "what goes out.",
    about="upload_bucket",
    layer="events",
    looks_at=("s3:GetBucketNotificationConfiguration",),
    fix="Put the notification configuration back with a filter rule for the prefix.",
)
def prefix_on_every_trigger(look: Look) -> Iterator[Verdict]:
    """The filter of every notification of the upload bucket that speaks of new objects."""
    answer, prefix = look.notifications(), look.target.prefix
    found = triggers(answer)
    evidence = answer.told(triggers=[str(one) for one in found])
    guilty = [one for one in found if one.on_created and one.prefix != prefix]
    if guilty:
        wider = [one for one in guilty if not one.prefix.startswith(prefix)]
        what = (
            "it also starts for what is written elsewhere" if wider else "uploads beside it are never indexed"
        )
        yield failed(
            f"{'; '.join(map(str, guilty))}, and not {prefix!r}: {what}",
            evidence,
            change=mended(look, f"Limit the triggers of {look.target.upload_bucket!r} to {prefix!r}"),
        )
    elif not any(one.on_created for one in found):
        yield missing(
            "nothing is triggered by uploads",
            evidence,
            "events",
            change=mended(look, "Send uploads' events to the index function"),
        )
    else:
        yield passed(f"prefix {prefix!r} on every trigger", evidence)


@ROW.rule(
    2,
    Severity.CRITICAL,
    "The triggered function cannot write what triggers it",
    expected="s3:PutObject is denied to the function's role on every key that its trigger matches",
    why="The prefix keeps the loop away as long as the code is right. The role keeps it away when the code "
    "is wrong.",
    about="index_upload",
    layer="events",
    looks_at=(
        "s3:GetBucketNotificationConfiguration",
        "iam:SimulatePrincipalPolicy",
        "iam:GetAccountAuthorizationDetails",
    ),
    needs=("upload_bucket",),
    fix="Take s3:PutObject under the prefix out of the role, or write to another bucket.",
)
def cannot_trigger_itself(look: Look) -> Iterator[Verdict]:
    """Asks IAM's simulator whether the function's role may put objects where the function is triggered."""
    may, short = permissions.of(look, "index_upload"), "index_upload"
    found = [one for one in triggers(look.notifications()) if one.on_created]
    evidence = look.notifications().told(triggers=[str(one) for one in found])
    starts = {look.target.prefix, *(one.prefix for one in found)}
    loops = [
        (decision, circumstances)
        for circumstances, simulation in may.all
        for (action, resource), decision in simulation.decisions.items()
        if action == "s3:PutObject"
        and decision.allowed
        and any(resource.startswith(f"{may.uploads}/{start}") for start in starts)
    ]
    bucket = str(look.target.upload_bucket)
    policy = look.bucket_policy(bucket)
    given: list[tuple[permissions.Decision, dict[str, list[str]]]] = [
        (decision, {})
        for decision in bucket_says(policy, may, bucket)[0]
        if decision.action == "s3:PutObject"
        and any(decision.resource.startswith(f"{may.uploads}/{start}") for start in starts)
    ]
    if given:
        evidence = f"{policy.told('Policy')}; {evidence}"
    loops += given
    if loops:
        shown = "; ".join(dict.fromkeys(str(decision) for decision, _ in loops))
        yield failed(
            f"the function may write where it is triggered: {shown}",
            f"{may.usual.call} answered {shown}; {evidence}",
            change=narrowing.narrowed(look, short, [decision for decision, _ in loops]),
            fix="Take the permission out of the policy that the evidence names.",
        )
    else:
        denied = may.usual.of("s3:PutObject", may.upload)
        yield passed(
            "it may not put objects where its trigger looks",
            f"{may.usual.call} answered {denied}; {evidence}",
        )


@ROW.rule(
    3,
    Severity.HIGH,
    "Uploads take one path to the index function",
    expected="each creation and removal under the prefix is delivered to the index function once, and S3 "
    "may invoke it",
    why="With two paths everything happens twice, and each retry doubles again; with a gap, the table no "
    "longer says what the bucket holds.",
    about="upload_bucket",
    layer="events",
    looks_at=(
        "s3:GetBucketNotificationConfiguration",
        "lambda:GetFunction",
        "lambda:GetPolicy",
        "lambda:ListEventSourceMappings",
    ),
    needs=("index_upload",),
    fix="Keep one notification, for the index function, and its permission for this bucket.",
)
def one_path(look: Look) -> Iterator[Verdict]:
    """The targets and events of every notification, and the function's permission for this bucket."""
    answer, bucket = look.notifications(), str(look.target.upload_bucket)
    found, index = triggers(answer), look.function_arn("index_upload")
    evidence = answer.told(triggers=[f"{one}: {', '.join(sorted(one.events))}" for one in found])
    if not found:
        yield missing(
            "no notification is configured",
            evidence,
            "events",
            change=mended(look, "Send uploads' events to the index function"),
        )
        return
    mend = mended(look, f"Send the events of {bucket!r} to the index function alone")
    said = []
    others = [one for one in found if unqualified(one.arn) != index]
    if others:
        said.append(f"events also go elsewhere: {'; '.join(map(str, others))}")
    if "EventBridgeConfiguration" in answer:
        said.append("all events of the bucket also go to EventBridge")
    mappings = look.event_source_mappings("index_upload")
    if feeding := [one for one in mappings["EventSourceMappings"] if one.get("State") != "Disabled"]:
        yield failed(
            f"the function is also fed by {', '.join(one['EventSourceArn'] for one in feeding)}",
            f"{evidence}; {mappings.told(EventSourceMappings=feeding)}",
            fix="\n".join(
                ["lambda_ = boto3.client('lambda')"]
                + [f"lambda_.delete_event_source_mapping(UUID={one['UUID']!r})" for one in feeding]
            ),
        )
    own = [one for one in found if unqualified(one.arn) == index]
    if old := [one for one in own if one.arn != index]:
        said.append(f"events go to an alias or a version, not to the newest code: {'; '.join(map(str, old))}")
    for event in sorted(CREATED | REMOVED):
        paths = [one for one in own if event in one.events]
        if not paths:
            said.append(f"{event} is not delivered")
        elif any(one.suffix for one in paths):
            said.append(f"{event} is delivered for some suffixes only")
        elif not any(one.on_created or look.target.prefix.startswith(one.prefix) for one in paths):
            said.append(f"{event} is delivered for {listed([one.prefix for one in paths])} only")
    evidence_of_function = look.function("index_upload").told("FunctionArn")
    if said:
        yield failed("; ".join(said), f"{evidence}; {evidence_of_function}", change=mend)
    policy = look.function_policy("index_upload")
    name = look.target.functions["index_upload"].name
    account = look.target.account_id
    if not any(lets_bucket(statement, bucket, account) for statement in policy["Statement"]):
        asked = {
            "StatementId": "s3-uploads",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            "SourceArn": f"arn:aws:s3:::{bucket}",
            "SourceAccount": look.target.account_id,
        }
        before = look.policy_as_answered("index_upload")
        change = changes.permission(name, policy, before, None, asked, f"Let {bucket!r} invoke {name!r}")
        yield failed(
            "S3 may not invoke the function: every event is lost",
            policy.told("Statement"),
            name,
            change=change,
        )
    elif not said and not feeding:
        yield passed(
            "one path: every creation and removal goes to the index function",
            f"{evidence}; {policy.told('Statement')}",
        )


@ROW.rule(
    4,
    Severity.MEDIUM,
    "Loops are stopped, and what can't be handled is kept",
    expected="recursive loop detection is Terminate, reserved concurrency is not 0, Lambda finds the "
    "handler, and failed events go to a destination that exists and that the role may write to",
    why="Lambda stops a loop after about 16 rounds, if nobody has switched that off. What fails three times "
    "is gone, and with it the record of an upload, unless it has somewhere to go.",
    about="index_upload",
    layer="monitoring",
    looks_at=(
        "lambda:GetFunctionRecursionConfig",
        "lambda:GetFunction",
        "lambda:GetFunctionEventInvokeConfig",
        "sqs:GetQueueUrl",
        "sns:GetTopicAttributes",
        "lambda:GetFunctionConfiguration",
        "events:DescribeEventBus",
        "s3:GetBucketLocation",
        "iam:SimulatePrincipalPolicy",
    ),
    fix="put_function_recursion_config, put_function_concurrency, put_function_event_invoke_config.",
)
def brakes(look: Look) -> Iterator[Verdict]:
    """Loop detection, reserved concurrency and the failure destination of the triggered function."""
    name, loop, function = (
        look.target.functions["index_upload"].name,
        look.recursion_config("index_upload"),
        look.function("index_upload"),
    )
    asked, spoilt = {"FunctionName": name}, False
    if loop["RecursiveLoop"] != "Terminate":
        spoilt = True
        change = changes.setting(
            f"Let Lambda stop loops of {name!r}",
            Call("lambda", "get_function_recursion_config", asked),
            loop,
            {"RecursiveLoop": "Terminate"},
            Call("lambda", "put_function_recursion_config", asked | {"RecursiveLoop": "Terminate"}),
            Call("lambda", "put_function_recursion_config", asked | {"RecursiveLoop": loop["RecursiveLoop"]}),
        )
        yield failed(
            f"recursive loops are allowed: {loop['RecursiveLoop']}", loop.told("RecursiveLoop"), change=change
        )
    reserved = function["Concurrency"].get("ReservedConcurrentExecutions")
    if reserved == 0:
        spoilt = True
        change = changes.setting(
            f"Let {name!r} run again",
            Call("lambda", "get_function_concurrency", asked),
            {"ReservedConcurrentExecutions": 0},
            {},
            Call("lambda", "delete_function_concurrency", asked),
            Call("lambda", "put_function_concurrency", asked | {"ReservedConcurrentExecutions": 0}),
            ["Events that wait are handled at once."],
        )
        yield failed(
            "reserved concurrency is 0: the function never runs", function.told("Concurrency"), change=change
        )
    if why := handlers.lost(function, "index_upload"):
        spoilt = True
        yield failed(
            f"the function never starts, so every event fails: {why}",
            function.told("Handler", "CodeSha256"),
            change=handlers.found_again(function),
        )
    for verdict in failure_destination(look):
        spoilt = spoilt or verdict.status is not None
        yield verdict
        return
    if not spoilt:
        config = look.event_invoke_config("index_upload")
        yield passed(
            "loops are terminated; failed events are kept",
            f"{loop.told('RecursiveLoop')}; {function.told('Concurrency')}; "
            f"{config.told('DestinationConfig')}",
        )


@ROW.rule(
    5,
    Severity.HIGH,
    "An upload under the prefix is indexed once",
    expected="one record and one log line for an object under the prefix",
    why="Filters and permissions are settings; an object that arrives shows what they come to.",
    about="upload_bucket",
    layer="metadata",
    looks_at=("s3:PutObject", "dynamodb:GetItem", "logs:FilterLogEvents"),
    needs=("table", "index_upload"),
    fix="See SAFETY-1 and SAFETY-3, then the log of the index function.",
    live=True,
)
def canary(look: LiveLook) -> Iterator[Verdict]:
    """Puts an object under the prefix, and waits for its record and its line in the index function's log."""
    from checks.live.canary import delivery

    yield from delivery(look)
