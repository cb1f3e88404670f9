"""The policy engine: may this principal do this action on this resource? Pure functions on policy documents.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from cloud.identity.conditions import Context, holds, like, literal
from cloud.identity.principals import Principal

Document = Mapping[str, Any]
Source = Literal["identity", "resource", "boundary", "session"]
VARIABLE = re.compile(r"\$\{([^}]*)\}")
LITERALS = {"*": literal("*"), "?": literal("?"), "$": "$"}


@dataclass(frozen=True)
class Policy:
    """A policy document and where it stands: its name, and whether it grants, limits or guards."""

    document: Document
    source: Source
    name: str = ""
    kind: str = "IAM Policy"
    text: str = field(
        default="", compare=False
    )  # as it was written: the simulator names lines and columns of it


@dataclass(frozen=True)
class Ask:
    """One question to the engine: who wants to do what, to which resource, under which circumstances.

    ``resource`` may have several spellings, as a log group has: one that is allowed suffices.
    """

    principal: Principal
    action: str
    resources: tuple[str, ...]
    context: Context = field(default_factory=dict)

    @property
    def resource(self) -> str:
        return self.resources[0]


@dataclass(frozen=True)
class Match:
    """A statement that decided: which policy it stands in, and its number there."""

    policy: Policy
    index: int
    statement: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """The engine's answer. ``limit`` names the kind of policy that stood in the way."""

    allowed: bool
    explicit: bool = False
    limit: Source = "identity"
    matches: tuple[Match, ...] = ()

    @property
    def word(self) -> str:
        """As the policy simulator says it: allowed, explicitDeny or implicitDeny."""
        return "allowed" if self.allowed else "explicitDeny" if self.explicit else "implicitDeny"


def decide(ask: Ask, policies: Sequence[Policy]) -> Decision:
    """Evaluate every policy that has a say within one account.

    An explicit deny anywhere wins. A resource policy that names the caller grants by itself; otherwise
    identity policies must allow, and so must a permissions boundary and a session policy where there is one.

    >>> reader = Policy({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}, "identity")
    >>> ann = Principal("user", "arn:aws:iam::123456789012:user/ann")
    >>> decide(Ask(ann, "s3:GetObject", ("arn:aws:s3:::b/k",)), [reader]).word
    'allowed'
    >>> decide(Ask(ann, "s3:PutObject", ("arn:aws:s3:::b/k",)), [reader]).word
    'implicitDeny'
    """
    denials = [match for policy in policies for match in _matching(ask, policy, "Deny")]
    if denials:
        return Decision(False, True, denials[0].policy.source, tuple(denials))
    allows = [match for policy in policies for match in _matching(ask, policy, "Allow")]
    grants = {match.policy.source for match in allows}
    present = {policy.source for policy in policies}
    if ask.principal.kind == "owner":
        return Decision(True, matches=tuple(allows))
    if ask.principal.kind in ("anonymous", "service"):
        return Decision("resource" in grants, limit="resource", matches=tuple(allows))
    named = [match for match in allows if match.policy.source == "resource" and grants_alone(ask, match)]
    if named and not (_by_role_arn(ask.principal, named) and _limited(present, grants)):
        return Decision(True, matches=tuple(allows))
    if "identity" not in grants and not named:
        return Decision(False, limit="identity", matches=tuple(allows))
    limit = _limited(present, grants)
    return Decision(limit is None, limit=limit or "identity", matches=tuple(allows))


def _limited(present: set[Source], grants: set[Source]) -> Source | None:
    """The boundary or session policy that is there but does not allow."""
    limits: tuple[Source, ...] = ("boundary", "session")
    return next((source for source in limits if source in present and source not in grants), None)


def grants_alone(ask: Ask, match: Match) -> bool:
    """Whether a resource policy's statement names the caller, not merely the caller's account."""
    if "NotPrincipal" in match.statement:
        return True
    account = {ask.principal.account, f"arn:aws:iam::{ask.principal.account}:root"}
    return any(name not in account for name in _naming(match.statement["Principal"], ask.principal))


def _by_role_arn(principal: Principal, matches: Iterable[Match]) -> bool:
    """Whether every statement names the role, whose sessions stay within its boundary, not the session."""
    return principal.kind == "session" and all(
        set(_naming(match.statement.get("Principal", {}), principal)) <= {principal.role_arn}
        for match in matches
    )


def _matching(ask: Ask, policy: Policy, effect: str) -> Iterator[Match]:
    variables = str(policy.document.get("Version", "2008-10-17")) >= "2012-10-17"
    for index, statement in enumerate(statements(policy.document)):
        if statement.get("Effect") == effect and applies(
            statement, ask, variables=variables, source=policy.source
        ):
            yield Match(policy, index, statement)


def statements(document: Document) -> list[Mapping[str, Any]]:
    """The statements of a policy, one or many; what is no statement says nothing."""
    found = as_list(document.get("Statement", []))
    return [statement if isinstance(statement, Mapping) else {} for statement in found]


def applies(
    statement: Mapping[str, Any], ask: Ask, *, variables: bool = True, source: Source = "identity"
) -> bool:
    """Whether a statement speaks of this principal, action, resource and circumstance."""
    return (
        _action_matches(statement, ask.action)
        and _resource_matches(statement, ask, variables=variables, source=source)
        and (source != "resource" or _principal_matches(statement, ask.principal))
        and _conditions_hold(statement.get("Condition", {}), ask.context, variables=variables)
    )


def _action_matches(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_action_like(pattern, action) for pattern in texts(statement["NotAction"]))
    return any(_action_like(pattern, action) for pattern in texts(statement.get("Action", [])))


def _action_like(pattern: str, action: str) -> bool:
    return like(pattern.lower(), action.lower())


def _resource_matches(statement: Mapping[str, Any], ask: Ask, *, variables: bool, source: Source) -> bool:
    if "NotResource" in statement:
        patterns = _filled(texts(statement["NotResource"]), ask.context, variables=variables)
        return not any(resource_like(pattern, resource) for pattern in patterns for resource in ask.resources)
    if "Resource" not in statement:
        return source == "resource"  # a role's trust policy has none: the role itself is meant
    patterns = _filled(texts(statement["Resource"]), ask.context, variables=variables)
    return any(resource_like(pattern, resource) for pattern in patterns for resource in ask.resources)


def resource_like(pattern: str, resource: str) -> bool:
    """Compare a Resource pattern with an ARN; ``*`` stays within a part, but in the last part it may go on.

    >>> resource_like("arn:aws:s3:::uploads/*", "arn:aws:s3:::uploads/incoming/a.txt")
    True
    """
    if pattern == "*" or resource == "*":
        return pattern == "*"
    patterns, parts = pattern.split(":", 5), resource.split(":", 5)
    if len(patterns) != len(parts):
        return like(pattern, resource)
    return all(map(like, patterns, parts))


def _filled(patterns: Iterable[str], context: Context, *, variables: bool) -> Iterator[str]:
    for pattern in patterns:
        filled = fill(pattern, context) if variables and "${" in pattern else pattern
        if filled is not None:
            yield filled


def fill(text: str, context: Context) -> str | None:
    """Put policy variables in, like ``${aws:username}``; None when one has no value and no default.

    >>> fill("arn:aws:s3:::uploads/${aws:username}/*", {"aws:username": "ann"})
    'arn:aws:s3:::uploads/ann/*'
    """
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        if found[1] in LITERALS:
            return LITERALS[found[1]]
        key, _, default = (part.strip() for part in found[1].partition(","))
        known = context.get(key.lower())
        if isinstance(known, str):
            return literal(known)
        missing = missing or not default
        return default.strip("'")

    filled = VARIABLE.sub(value, text)
    return None if missing else filled


def _principal_matches(statement: Mapping[str, Any], principal: Principal) -> bool:
    if "NotPrincipal" in statement:
        return not _spared(statement["NotPrincipal"], principal)
    return any(_naming(statement.get("Principal", {}), principal))


def _spared(element: Any, principal: Principal) -> bool:
    """Whether a NotPrincipal element leaves this principal out.

    A session is spared only together with its role and its account, a user together with the account:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    named = set(_naming(element, principal))
    if "*" in named or principal.kind in ("anonymous", "service", "owner"):
        return bool(named)
    account = {principal.account, f"arn:aws:iam::{principal.account}:root"}
    own = {principal.arn, principal.role_arn} if principal.kind == "session" else {principal.arn}
    return own <= named and bool(account & named)


def _naming(element: Any, principal: Principal) -> Iterator[str]:
    """The names in a Principal element that mean this principal."""
    if element == "*":
        yield "*"
        return
    if not isinstance(element, Mapping):
        return
    if principal.kind == "service":
        yield from (name for name in texts(element.get("Service", [])) if name == principal.name)
    aws = texts(element.get("AWS", []))
    yield from (name for name in aws if name == "*")
    if principal.kind not in ("anonymous", "service"):
        account = principal.account
        names = {principal.arn, account, f"arn:aws:iam::{account}:root"}
        if principal.kind == "session":
            names.add(principal.role_arn)
        yield from (name for name in aws if name in names)


def _conditions_hold(conditions: Any, context: Context, *, variables: bool) -> bool:
    if not isinstance(conditions, Mapping) or not all(
        isinstance(keys, Mapping) for keys in conditions.values()
    ):
        return False
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            values = (_text(value) for value in as_list(wanted))
            if not holds(operator, key, list(_filled(values, context, variables=variables)), context):
                return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value: Any) -> list[Any]:
    """One or many, as policies allow: always a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def texts(value: Any) -> list[str]:
    """The texts among one or many values; anything else can name nothing."""
    return [one for one in as_list(value) if isinstance(one, str)]


@lru_cache(maxsize=1024)
def parse(text: str | bytes) -> Document:
    """Read a policy document. One that is not a JSON object allows nothing.

    >>> parse("not json")
    {}
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


REASONS: dict[tuple[bool, Source], str] = {
    (False, "identity"): "because no identity-based policy allows the {action} action",
    (False, "resource"): "because no resource-based policy allows the {action} action",
    (False, "boundary"): "because no permissions boundary allows the {action} action",
    (False, "session"): "because no session policy allows the {action} action",
    (True, "identity"): "with an explicit deny in an identity-based policy",
    (True, "resource"): "with an explicit deny in a resource-based policy",
    (True, "boundary"): "with an explicit deny in a permissions boundary",
    (True, "session"): "with an explicit deny in a session policy",
}


def denial(ask: Ask, decision: Decision, *, quoted: bool = False) -> str:
    """What AWS says when it refuses. S3 puts the resource in quotes.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    reason = REASONS[decision.explicit, decision.limit].format(action=ask.action)
    where = f' on resource: "{ask.resource}"' if quoted else f" on resource: {ask.resource}"
    if quoted and ask.resource == "*":  # a call that is about no bucket
        where = ""
    return f"User: {ask.principal.arn} is not authorized to perform: {ask.action}{where} {reason}"
