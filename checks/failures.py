"""Where the triggered function's failed events go, and whether they get there."""

from __future__ import annotations

from collections.abc import Iterator

from checks import changes, permissions
from checks.asking import NotThereError
from checks.look import Look
from checks.questions import sending
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
    if service_and_account(arn) == ("sqs", look.target.account_id):
        try:  # whether another destination is there, only a failed event shows
            evidence += f"; {look.queue(arn).told('QueueUrl')}"
        except NotThereError as gone:
            yield failed(
                f"the destination of failed events is gone: {gone.what}",
                f"{evidence}; {gone.evidence}",
                fix=again(look),
            )
            return
    action, place = sending(arn)
    may = permissions.of(look, "index_upload")
    decision = may.usual.of(action, place)
    if not decision.allowed:
        allow = {"Effect": "Allow", "Action": [action], "Resource": [place]}
        change = (
            None
            if decision.word == "explicitDeny" or not decision.within_boundary
            else changes.role_policy(
                may.role,
                "failures",
                None,
                [allow],
                f"Let the role {may.role!r} send failed events on",
            )
        )
        yield failed(
            f"the role may not send failed events to their destination: {decision}",
            f"{evidence}; {may.usual.call} answered {decision}",
            change=change,
            fix=f"Take the denial of {action} on {place} away: see the evidence.",
        )


def service_and_account(arn: str) -> tuple[str, str]:
    parts = arn.split(":")
    return parts[2], parts[4]


def again(look: Look) -> str:
    return f"workbook up --name {look.target.name} makes queue, permission and destination again."
