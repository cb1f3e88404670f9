"""IAM's policy simulator, answered by the engine that enforces.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloud.identity import policy as engine
from cloud.identity.context import Values
from cloud.identity.policy import VARIABLE, Ask, Policy
from cloud.identity.principals import Principal

WORST_FIRST = ("explicitDeny", "implicitDeny", "allowed")


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
    """Decide every action: one result each, which says inside how each of the resources fared."""
    return [
        _result([Ask(principal, action, (resource,), context) for resource in resources or ("*",)], policies)
        for action in actions
    ]


def _result(asks: Sequence[Ask], policies: Sequence[Policy]) -> dict[str, Any]:
    decisions = [engine.decide(ask, policies) for ask in asks]
    matched = [_matched(decision) for decision in decisions]
    worst = next(word for word in WORST_FIRST if any(decision.word == word for decision in decisions))
    result: dict[str, Any] = {
        "EvalActionName": asks[0].action,
        "EvalResourceName": asks[0].resource if len(asks) == 1 else "*",
        "EvalDecision": worst,
        "MatchedStatements": [statement for statements in matched for statement in statements],
        "MissingContextValues": [],
        "EvalDecisionDetails": {},  # AWS fills it where two accounts decide; here there is one
    }
    within = [_within_boundary(ask, policies) for ask in asks]
    if within[0]:
        allowed = all(one["AllowedByPermissionsBoundary"] for one in within)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    if asks[0].resource == "*":  # AWS lists missing keys here without resources, else with each resource
        result["MissingContextValues"] = sorted(_missing(asks[0], policies))
        return result
    result["ResourceSpecificResults"] = [
        {
            "EvalResourceName": ask.resource,
            "EvalResourceDecision": decision.word,
            "MatchedStatements": statements,
            "MissingContextValues": sorted(_missing(ask, policies)),
            "EvalDecisionDetails": {},
        }
        | ({"PermissionsBoundaryDecisionDetail": inside} if inside else {})
        for ask, decision, statements, inside in zip(asks, decisions, matched, within, strict=True)
    ]
    return result


def _matched(decision: engine.Decision) -> list[dict[str, Any]]:
    return [
        {
            "SourcePolicyId": match.policy.name,
            "SourcePolicyType": match.policy.kind,
            **_place(match.policy.text, match.index),
        }
        for match in decision.matches
    ]


def _place(text: str, index: int) -> dict[str, dict[str, int]]:
    spans = statement_spans(text)
    if index >= len(spans):
        return {}
    start, end = spans[index]
    return {"StartPosition": position(text, start), "EndPosition": position(text, end - 1)}


def position(text: str, offset: int) -> dict[str, int]:
    r"""Line and column of a character, both from 1.

    >>> position('{\n  "Version": "2012-10-17"}', 4)
    {'Line': 2, 'Column': 3}
    """
    before = text[:offset]
    return {"Line": before.count("\n") + 1, "Column": offset - before.rfind("\n")}


def statement_spans(text: str) -> list[tuple[int, int]]:
    """Where each statement of a policy begins and ends in its text; none when it is not one.

    >>> statement_spans('{"Statement": [{}, {"Sid": "b"}]}')
    [(15, 17), (19, 31)]
    """
    members = _members(text, _skip(text, 0))
    whole = next((span for name, span in members if name == "Statement"), None)
    if whole is None:
        return []
    return _elements(text, whole[0]) if text[whole[0]] == "[" else [whole]


_DECODER = json.JSONDecoder()


def _skip(text: str, at: int, more: str = "") -> int:
    while at < len(text) and text[at] in " \t\r\n" + more:
        at += 1
    return at


def _members(text: str, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The members of the object that begins there: each one's name, and where its value stands."""
    at = _skip(text, at, "{")
    while at < len(text) and text[at] == '"':
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, at, ":")
        _, end = _DECODER.raw_decode(text, start)
        yield name, (start, end)
        at = _skip(text, end, ",")


def _elements(text: str, at: int) -> list[tuple[int, int]]:
    found = []
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _skip(text, end, ",")
    return found


def _within_boundary(ask: Ask, policies: Sequence[Policy]) -> dict[str, bool]:
    boundary = [Policy(policy.document, "identity") for policy in policies if policy.source == "boundary"]
    return {"AllowedByPermissionsBoundary": engine.decide(ask, boundary).allowed} if boundary else {}


def _missing(ask: Ask, policies: Iterable[Policy]) -> set[str]:
    """The condition keys that statements about this action and resource ask for, and nobody gave."""
    keys: set[str] = set()
    for policy in policies:
        for statement in engine.statements(policy.document):
            unconditional = {name: value for name, value in statement.items() if name != "Condition"}
            if engine.applies(unconditional, ask, source=policy.source):
                keys |= set(_condition_keys(statement))
    return {key for key in keys if key.lower() not in ask.context}


def _condition_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    condition = statement.get("Condition")
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        if (
            isinstance(keys, Mapping)
            and operator.lower() != "null"
            and not operator.lower().endswith("ifexists")
        ):
            yield from keys


def context_keys(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every condition key and variable that policies speak of."""
    found: set[str] = set()
    for document in documents:
        for statement in engine.statements(document):
            condition = statement.get("Condition")
            conditions = list(condition.values()) if isinstance(condition, Mapping) else []
            conditions = [keys for keys in conditions if isinstance(keys, Mapping)]
            found |= {key for keys in conditions for key in keys}
            valued = [statement.get("Resource", []), statement.get("NotResource", [])]
            valued += [value for keys in conditions for value in keys.values()]
            texts = [text for value in valued for text in engine.texts(value)]
            names = (
                match[1].partition(",")[0].strip() for text in texts for match in VARIABLE.finditer(text)
            )
            found |= {name for name in names if re.match(r"[a-z0-9-]+:", name)}
    return sorted(found)
