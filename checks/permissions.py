"""What a function's role may do, as IAM's own simulator answers it.

Identity policies, permissions boundary and explicit Deny together, in AWS and in the embedded cloud alike.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.actions import TABLE
from checks.look import Look
from checks.questions import Questions


@dataclass(frozen=True)
class Decision:
    """The simulator's answer about one action on one resource."""

    action: str
    resource: str
    word: str  # allowed, implicitDeny, explicitDeny
    policies: tuple[str, ...]  # that decided
    within_boundary: bool
    unknown: tuple[str, ...]  # condition keys that the simulator was not told

    @property
    def allowed(self) -> bool:
        return self.word == "allowed"

    def __str__(self) -> str:
        why = f" by {', '.join(self.policies)}" if self.policies else ""
        boundary = "" if self.within_boundary else " (the permissions boundary does not allow it)"
        return f"{self.action} on {self.resource}: {self.word}{why}{boundary}"


@dataclass(frozen=True)
class Simulation:
    """What a role may do, under one set of circumstances."""

    call: str
    decisions: Mapping[tuple[str, str], Decision]

    def of(self, action: str, resource: str) -> Decision:
        return self.decisions[action, resource]


class Permissions(Questions):
    """What the role of one function may do."""

    @cached_property
    def usual(self) -> Simulation:
        """What the role may do when a function does what it is for."""
        return self.simulated({})

    @cached_property
    def all(self) -> list[tuple[dict[str, list[str]], Simulation]]:
        """The same, and what it may do under other circumstances that its documents speak of."""
        return [
            ({}, self.usual),
            *((more, self.simulated(more)) for more in list(self.more_circumstances())[:4]),
        ]

    def simulated(self, circumstances: Mapping[str, Sequence[str]]) -> Simulation:
        context = {**{key: [value] for key, value in self.carried.items()}, **circumstances}
        asked: dict[str, Any] = {
            "PolicySourceArn": str(self.look.function(self.short)["Role"]),
            "ActionNames": sorted({action for actions in self.asked.values() for action in actions}),
            "ResourceArns": list(self.asked),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": context_type(key), "ContextKeyValues": list(values)}
                for key, values in context.items()
            ],
            "MaxItems": 1000,
        }
        page = self.look.ask("iam", "simulate_principal_policy", **asked)
        results = list(page["EvaluationResults"])
        while page.get("IsTruncated"):
            page = self.look.ask("iam", "simulate_principal_policy", **asked, Marker=page["Marker"])
            results += page["EvaluationResults"]
        found = {(one.action, one.resource): one for result in results for one in decisions(result)}
        return Simulation(f"iam.simulate_principal_policy(role {self.role!r})", found)

    def beyond(self) -> Iterator[tuple[Decision, dict[str, list[str]]]]:
        """What the role may do that the function is not for, and the circumstances if not the usual ones."""
        seen = set()
        for circumstances, simulation in self.all:
            elsewhere = "dynamodb:leadingkeys" in circumstances
            for resource, actions in self.asked.items():
                for action in sorted(actions):
                    decision = simulation.decisions.get((action, resource))
                    if decision is None or not decision.allowed or (action, resource) in seen:
                        continue
                    other_items = elsewhere and action in TABLE[:-1] and resource == self.table
                    if other_items or not self.meant(action, resource):
                        seen.add((action, resource))
                        yield decision, circumstances


def decisions(result: dict[str, Any]) -> Iterator[Decision]:
    """One simulated action's answers, a resource each."""
    action = result["EvalActionName"]
    inside = result.get("ResourceSpecificResults") or [
        result
        | {
            "EvalResourceDecision": result["EvalDecision"],
            "EvalResourceName": result.get("EvalResourceName", "*"),
        }
    ]
    for one in inside:
        boundary = one.get("PermissionsBoundaryDecisionDetail") or {}
        yield Decision(
            action,
            one["EvalResourceName"],
            one["EvalResourceDecision"],
            tuple(
                dict.fromkeys(statement["SourcePolicyId"] for statement in one.get("MatchedStatements", []))
            ),
            boundary.get("AllowedByPermissionsBoundary", True),
            tuple(one.get("MissingContextValues", [])),
        )


def context_type(key: str) -> str:
    return (
        "stringList"
        if key == "dynamodb:leadingkeys"
        else "boolean"
        if key in ("aws:securetransport", "aws:viaawsservice")
        else "string"
    )


def of(look: Look, short: str) -> Permissions:
    """The permissions of a function's role: made once a look, however many rules ask."""
    made = look.kept.get(short)
    if made is None:
        made = look.kept[short] = Permissions(look, short)
    assert isinstance(made, Permissions)
    return made
