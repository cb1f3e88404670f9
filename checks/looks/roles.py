"""The functions' roles, as IAM describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.asking import Answer, NotThereError
from checks.documents import document
from checks.looks.functions import LAYER_OF, Functions


class Roles(Functions):
    """Each function's role, and the account's own managed policies."""

    def role(self, short: str) -> str:
        """The name of the role that a function really has."""
        return str(self.function(short)["Role"]).rpartition("/")[2]

    def role_details(self, short: str) -> Mapping[str, Any]:
        """A function's role: trust, inline policies, attached policies, as documents."""
        arn = str(self.function(short)["Role"])
        if found := self._role(arn):
            return found
        name, call = self.role(short), self._identity_pages()[0].call
        raise NotThereError(f"There is no role {name!r}.", f"{call} does not list {arn}", LAYER_OF[short])

    def inline_policy(self, short: str, name: str) -> Any:
        """A policy of a function's role that is the role's own; None where it has none of that name."""
        own = self.role_details(short).get("RolePolicyList", [])
        return next((document(one["PolicyDocument"]) for one in own if one["PolicyName"] == name), None)

    def trust_of(self, role_arn: str) -> Any:
        """A role's trust policy; None where there is no such role."""
        return document(self._role(role_arn).get("AssumeRolePolicyDocument"))

    def _role(self, arn: str) -> Mapping[str, Any]:
        pages = self._identity_pages()
        return next(
            (one for page in pages for one in page.get("RoleDetailList", []) if one["Arn"] == arn), {}
        )

    def managed_documents(self) -> dict[str, Any]:
        """The documents of this account's own managed policies, by ARN."""
        return {
            policy["Arn"]: document(version["Document"])
            for page in self._identity_pages()
            for policy in page.get("Policies", [])
            for version in policy.get("PolicyVersionList", [])
            if version.get("IsDefaultVersion")
        }

    def _identity_pages(self) -> list[Answer]:
        asked: dict[str, Any] = {"Filter": ["Role", "LocalManagedPolicy"], "MaxItems": 1000}
        pages = [self.ask("iam", "get_account_authorization_details", **asked)]
        while pages[-1].get("IsTruncated"):
            pages.append(
                self.ask("iam", "get_account_authorization_details", **asked, Marker=pages[-1]["Marker"])
            )
        return pages
