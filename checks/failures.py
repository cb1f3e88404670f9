"""Where the triggered function's failed events go, and whether they get there."""

from __future__ import annotations

from collections.abc import Iterator

from checks import changes, permissions
from checks.asking import NotThereError
from checks.look import Look
from checks.rule import Verdict, failed, missing


def failure_destination(look: Look) -> Iterator[Verdict]:
    """What is wrong with the place where failed events go; nothing when it is good."""
    function, config = look.function("index_upload"), look.event_invoke_config("index_upload")
    destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") or ""
    arn = destination or function.get("DeadLetterConfig", {}).get("TargetArn", "")
    evidence = f"{config.told('DestinationConfig')}; {function.told('DeadLetterConfig')}"
    layer = "monitoring"
    if not arn:
        yield missing(
            "failed events go nowhere: after three attempts they are lost", evidence, layer, fix=again(look)
        )
        return
    if ":sqs:" not in arn:
        return  # a topic, a bus or a function: whether it is there, the live rules show
    try:
        queue = look.queue(arn)
    except NotThereError as gone:
        yield failed(
            f"the destination of failed events is gone: {gone.what}",
            f"{evidence}; {gone.evidence}",
            fix=again(look),
        )
        return
    may = permissions.of(look, "index_upload")
    decision = may.usual.of("sqs:SendMessage", arn)
    if not decision.allowed:
        allow = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [arn]}
        change = (
            None
            if decision.word == "explicitDeny" or not decision.within_boundary
            else changes.role_policy(
                may.role,
                "failures",
                None,
                [allow],
                f"Let the role {may.role!r} send failed events to their queue",
            )
        )
        yield failed(
            f"the role may not send failed events to their destination: {decision}",
            f"{evidence}; {queue.told('QueueUrl')}; {may.usual.call} answered {decision}",
            change=change,
            fix=f"Take the denial of sqs:SendMessage on {arn} away: see the evidence.",
        )


def again(look: Look) -> str:
    return f"workbook up --name {look.target.name} makes queue, permission and destination again."
