"""STS: who am I, and the temporary credentials of a role."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Policy
from cloud.identity.principals import Principal

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response

LONGEST_SESSION = 43_200  # seconds
SHORTEST_SESSION = 900
LONGEST_CHAINED_SESSION = 3600  # of a role that another role's session assumes
SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)


def get_caller_identity(account: Account, call: Call) -> Response:
    caller = call.caller
    return call.answer({"UserId": caller.user_id, "Account": account.id, "Arn": caller.arn})


def assume_role(account: Account, call: Call) -> Response:
    """Make a session of a role that trusts the caller.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    asked = call.parameters
    arn, session = asked.get("RoleArn", ""), asked.get("RoleSessionName", "")
    _check_session_name(session)
    role = moto_side.iam_role(arn.rsplit("/", 1)[-1])
    trust = Policy(engine.parse(role.assume_role_policy_document if role else "{}"), "resource")
    context = {"sts:externalid": asked["ExternalId"]} if asked.get("ExternalId") else {}
    ask = Ask(call.caller, "sts:AssumeRole", (arn,), account.context(call) | context)
    trusted = any(engine.applies(statement, ask, source="resource") for statement in _allows(trust))
    decision = account.authorizer.decide(ask, [trust])
    if role is None or role.arn != arn or not trusted or not decision.allowed:
        message = f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", message, 403)
    seconds = int(asked.get("DurationSeconds", 3600))
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise AwsError("ValidationError", _duration_message(seconds))
    if call.caller.kind == "session" and seconds > LONGEST_CHAINED_SESSION:
        limit = "the 1 hour session limit for roles assumed by role chaining."
        message = f"The requested DurationSeconds exceeds {limit}"
        raise AwsError("ValidationError", message)
    if seconds > int(role.max_session_duration or 3600):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message)
    limits = [asked["Policy"]] if asked.get("Policy") else []
    limits += [moto_side.iam_managed_policy(one["arn"]) or "{}" for one in asked.get("PolicyArns") or []]
    tags = moto_side.iam_tags(role) | {tag["Key"]: tag["Value"] for tag in asked.get("Tags") or []}
    name = role.name
    principal = Principal(
        "session",
        f"arn:aws:sts::{account.id}:assumed-role/{name}/{session}",
        account.id,
        f"{role.id}:{session}",
        name,
        session,
        tags,
        tuple(engine.parse(text) for text in limits),
    )
    made = account.keyring.begin_session(principal, seconds)
    return call.answer(
        {
            "Credentials": {
                "AccessKeyId": made.access_key_id,
                "SecretAccessKey": made.secret_access_key,
                "SessionToken": made.token,
                "Expiration": datetime.fromtimestamp(made.expires or 0, UTC).replace(tzinfo=None),
            },
            "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        }
    )


def _check_session_name(name: str) -> None:
    problem = (
        "have length greater than or equal to 2"
        if len(name) < 2
        else "have length less than or equal to 64"
        if len(name) > 64
        else ""
        if SESSION_NAME.fullmatch(name)
        else r"satisfy regular expression pattern: [\w+=,.@-]*"
    )
    if problem:
        start = (
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint"
        )
        raise AwsError("ValidationError", f"{start}: Member must {problem}")


def _allows(trust: Policy) -> list[dict[str, object]]:
    statements = engine.as_list(trust.document.get("Statement", []))
    return [statement for statement in statements if statement.get("Effect") == "Allow"]


def _duration_message(seconds: int) -> str:
    limit, word = (SHORTEST_SESSION, "greater") if seconds < SHORTEST_SESSION else (LONGEST_SESSION, "less")
    return (
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
        f"Member must have value {word} than or equal to {limit}"
    )


HANDLERS = {"AssumeRole": assume_role, "GetCallerIdentity": get_caller_identity}
