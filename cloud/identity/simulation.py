"""IAM's policy simulator, answered by the engine that enforces.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloud.identity import policy as engine
from cloud.identity.context import Values
from cloud.identity.policy import VARIABLE, Ask, Policy
from cloud.identity.principals import Principal

KNOWN = {
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalarn",
    "aws:userid",
    "aws:username",
    "aws:principalaccount",
}


def context_of(entries: Iterable[Mapping[str, Any]], principal: Principal) -> Values:
    """The circumstances of a simulated request: what the caller says, and what the principal is."""
    now = time.time()
    found: Values = {
        "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "aws:epochtime": str(int(now)),
        "aws:principalarn": principal.role_arn if principal.kind == "session" else principal.arn,
        "aws:principalaccount": principal.account,
        "aws:userid": principal.user_id,
    }
    if principal.kind == "user":
        found["aws:username"] = principal.name
    for entry in entries:
        values = tuple(str(value) for value in entry.get("ContextKeyValues") or [])
        many = str(entry.get("ContextKeyType", "")).endswith("List") or len(values) > 1
        if values:
            found[str(entry["ContextKeyName"]).lower()] = values if many else values[0]
    return found


def simulate(
    principal: Principal,
    policies: Sequence[Policy],
    actions: Iterable[str],
    resources: Sequence[str],
    context: Values,
) -> list[dict[str, Any]]:
    """Decide every action on every resource, one result a pair."""
    return [
        _result(Ask(principal, action, (resource,), context), policies)
        for action in actions
        for resource in resources or ("*",)
    ]


def _result(ask: Ask, policies: Sequence[Policy]) -> dict[str, Any]:
    decision = engine.decide(ask, policies)
    result: dict[str, Any] = {
        "EvalActionName": ask.action,
        "EvalResourceName": ask.resource,
        "EvalDecision": decision.word,
        "MatchedStatements": [
            {
                "SourcePolicyId": match.policy.name,
                "SourcePolicyType": match.policy.kind,
                "StartPosition": {"Line": 1, "Column": match.index + 1},
                "EndPosition": {"Line": 1, "Column": match.index + 1},
            }
            for match in decision.matches
        ],
        "MissingContextValues": sorted(_missing(ask, policies)),
    }
    boundary = [policy for policy in policies if policy.source == "boundary"]
    if boundary:
        within = engine.decide(ask, [Policy(one.document, "identity") for one in boundary])
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within.allowed}
    return result


def _missing(ask: Ask, policies: Iterable[Policy]) -> set[str]:
    """The condition keys that statements about this action and resource ask for, and nobody gave."""
    keys: set[str] = set()
    for policy in policies:
        for statement in engine.as_list(policy.document.get("Statement", [])):
            unconditional = {name: value for name, value in statement.items() if name != "Condition"}
            if engine.applies(unconditional, ask, source=policy.source):
                keys |= set(_condition_keys(statement))
    return {key for key in keys if key.lower() not in ask.context}


def _condition_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for operator, keys in (statement.get("Condition") or {}).items():
        if operator.lower() != "null" and not operator.lower().endswith("ifexists"):
            yield from keys


def context_keys(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every condition key and variable that policies speak of."""
    found: set[str] = set()
    for document in documents:
        for statement in engine.as_list(document.get("Statement", [])):
            for keys in (statement.get("Condition") or {}).values():
                found |= set(keys)
            texts = [
                str(value)
                for name in ("Resource", "NotResource")
                for value in engine.as_list(statement.get(name, []))
            ]
            names = (
                match[1].partition(",")[0].strip() for text in texts for match in VARIABLE.finditer(text)
            )
            found |= {name for name in names if re.match(r"[a-z0-9-]+:", name)}
    return sorted(found)
