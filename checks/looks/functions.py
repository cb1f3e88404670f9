"""The functions, as Lambda describes them."""

from __future__ import annotations

from checks.asking import Answer
from checks.documents import statements
from checks.looks.part import Part

LAYER_OF = {
    "index_upload": "events",
    "list_files": "api",
    "get_file": "api",
    "create_upload": "uploads",
    "delete_file": "delete",
}
NEWEST = 50  # published versions of a function, whose policies are read
PAGE = 50  # versions, the most that Lambda lists at a time


class Functions(Part):
    """Each function's configuration, and what is configured around it."""

    def function(self, short: str) -> Answer:
        """A function's configuration, with its reserved concurrency if it has one."""
        found = self._of_function(short, "get_function")
        return Answer(found.call, found["Configuration"] | {"Concurrency": found.get("Concurrency") or {}})

    def environment(self, short: str) -> dict[str, str]:
        """A function's environment variables."""
        return dict(self.function(short).get("Environment", {}).get("Variables", {}))

    def function_policy(self, short: str) -> Answer:
        return self._policy(short)

    def _policy(self, short: str, qualifier: str = "") -> Answer:
        self.function(short)
        found = self.policy_as_answered(short, qualifier)
        return Answer(found.call, {"Statement": statements(found.get("Policy"))}, found.absent)

    def policy_as_answered(self, short: str, qualifier: str = "") -> Answer:
        """A function's policy as Lambda has it; ``qualifier`` names a version or an alias."""
        asked = {"Qualifier": qualifier} if qualifier else {}
        return self._of_function(short, "get_policy", "ResourceNotFoundException", **asked)

    def function_policies(self, short: str) -> dict[str, Answer]:
        """The policies by which others may invoke a function: its own, and by qualifier those of its aliases
        and of its newest versions.
        """
        own = {"": self.function_policy(short)}
        name = self.target.functions[short].name
        if not (versions := self.versions(short)):
            return own
        aliases = self._pages(name, "list_aliases", "Aliases", "Name")
        return own | {one: self._policy(short, one) for one in [*aliases, *versions[-NEWEST:]]}

    def versions(self, short: str) -> list[str]:
        """The numbers of a function's published versions, the newest last.

        One call tells for all functions of an account that has few versions.
        """
        self.function(short)
        name = self.target.functions[short].name
        page = self.ask("lambda", "list_functions", FunctionVersion="ALL", MaxItems=PAGE)
        if "NextMarker" in page:
            found = self._pages(name, "list_versions_by_function", "Versions", "Version")
        else:
            found = [one["Version"] for one in page["Functions"] if one["FunctionName"] == name]
        return sorted((one for one in found if one.isdecimal()), key=int)

    def _pages(self, name: str, operation: str, member: str, field: str) -> list[str]:
        """One field of all that a function has of something."""
        page = self.ask("lambda", operation, FunctionName=name)
        found = list(page[member])
        while "NextMarker" in page:
            page = self.ask("lambda", operation, FunctionName=name, Marker=page["NextMarker"])
            found += page[member]
        return [str(one[field]) for one in found]

    def function_url(self, short: str, qualifier: str = "") -> Answer:
        """A function's own URL, or that of an alias."""
        asked = {"Qualifier": qualifier} if qualifier else {}
        return self._of_function(short, "get_function_url_config", "ResourceNotFoundException", **asked)

    def event_invoke_config(self, short: str) -> Answer:
        self.function(short)
        return self._of_function(short, "get_function_event_invoke_config", "ResourceNotFoundException")

    def recursion_config(self, short: str) -> Answer:
        return self._of_function(short, "get_function_recursion_config")

    def event_source_mappings(self, short: str) -> Answer:
        """The queues and streams that feed a function."""
        return self._of_function(short, "list_event_source_mappings")

    def _of_function(self, short: str, operation: str, *absent: str, **more: str) -> Answer:
        name = self.target.functions[short].name
        return self._there(
            f"There is no function {name!r}.",
            LAYER_OF[short],
            "lambda",
            operation,
            absent=absent,
            FunctionName=name,
            **more,
        )

    def function_arn(self, short: str) -> str:
        name = self.target.functions[short].name
        return f"arn:aws:lambda:{self.target.region}:{self.target.account_id}:function:{name}"
