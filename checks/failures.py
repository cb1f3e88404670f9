"""Where the triggered function's failed events go, and whether they get there."""

from __future__ import annotations

from collections.abc import Iterator

from checks import changes, permissions
from checks.actions import sending
from checks.asking import NotThereError
from checks.look import Look
from checks.patterns import as_list
from checks.permissions import Permissions
from checks.rule import Verdict, failed, missing


def failure_destination(look: Look) -> Iterator[Verdict]:
    """What is wrong with the places where failed events go; nothing when they are good."""
    function, config = look.function("index_upload"), look.event_invoke_config("index_upload")
    evidence = f"{config.told('DestinationConfig')}; {function.told('DeadLetterConfig')}"
    may = permissions.of(look, "index_upload")
    if not may.destinations:
        yield missing(
            "failed events go nowhere: after three attempts they are lost",
            evidence,
            "monitoring",
            fix=again(look),
        )
    for arn in may.destinations:
        try:
            yield from unreached(look, may, arn, evidence)
        except NotThereError as gone:
            yield failed(
                f"the destination of failed events is gone: {gone.what}",
                f"{evidence}; {gone.evidence}",
                fix=again(look),
            )


def unreached(look: Look, may: Permissions, arn: str, evidence: str) -> Iterator[Verdict]:
    """What keeps failed events from a destination. Raises NotThereError where there is none of that name."""
    if arn.split(":")[4] in ("", look.target.account_id):  # of another account's, only that account can tell
        evidence += f"; {look.destination(arn).call} found it"
    denied = [one for way in sending(arn) if not (one := may.usual.of(*way)).allowed]
    if denied:
        before = look.inline_policy("index_upload", "failures")
        kept = as_list(before["Statement"]) if before else []
        needed = [{"Effect": "Allow", "Action": [act], "Resource": [place]} for act, place in sending(arn)]
        hopeless = any(one.word == "explicitDeny" or not one.within_boundary for one in denied)
        more = changes.role_policy(
            may.role,
            "failures",
            before,
            [*kept, *needed],
            f"Let the role {may.role!r} send failed events on",
        )
        shown = "; ".join(map(str, denied))
        yield failed(
            f"the role may not send failed events to their destination: {shown}",
            f"{evidence}; {may.usual.call} answered {shown}",
            change=None if hopeless else more,
            fix="Take the denial away: see the evidence.",
        )


def again(look: Look) -> str:
    return f"workbook up --name {look.target.name} makes queue, permission and destination again."
