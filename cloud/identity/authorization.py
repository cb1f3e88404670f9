"""May they: gathers the policies that have a say in a request, and asks the engine."""

from __future__ import annotations

from collections.abc import Iterable

from cloud import moto_side
from cloud.identity import policy as engine
from cloud.identity.policy import Ask, Decision, Policy
from cloud.identity.principals import Principal


class Authorizer:
    """Knows every principal's policies. ``user_boundaries`` holds what moto does not keep for users."""

    def __init__(self) -> None:
        self.user_boundaries: dict[str, str] = {}

    def decide(self, ask: Ask, resource_policies: Iterable[Policy] = ()) -> Decision:
        """Evaluate a request against the caller's policies and those of the resource."""
        return engine.decide(ask, [*self.policies_of(ask.principal), *resource_policies])

    def policies_of(self, principal: Principal) -> list[Policy]:
        """Identity policies, boundary and session policies of a principal.

        Someone who may need policies but has none gets an empty one, so that the engine knows they count.
        """
        match principal.kind:
            case "user":
                attached = moto_side.iam_user_policies(principal.name)
                boundary = self.user_boundaries.get(principal.name)
            case "session":
                attached = moto_side.iam_role_policies(principal.name)
                role = moto_side.iam_role(principal.name)
                boundary = role.permissions_boundary_arn if role else None
            case "group":
                attached, boundary = moto_side.iam_group_policies(principal.name), None
            case _:
                return []
        found = [Policy(engine.parse(one.text), "identity", one.name, one.kind, one.text) for one in attached]
        if boundary:
            text = moto_side.iam_managed_policy(boundary) or "{}"
            found.append(Policy(engine.parse(text), "boundary", boundary.rsplit("/", 1)[-1], text=text))
        found += [Policy(document, "session", "session") for document in principal.session_policies]
        return found
