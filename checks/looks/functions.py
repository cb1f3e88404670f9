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
        self.function(short)
        found = self._of_function(short, "get_policy", "ResourceNotFoundException")
        return Answer(found.call, {"Statement": statements(found.get("Policy"))}, found.absent)

    def function_url(self, short: str) -> Answer:
        self.function(short)
        return self._of_function(short, "get_function_url_config", "ResourceNotFoundException")

    def event_invoke_config(self, short: str) -> Answer:
        self.function(short)
        return self._of_function(short, "get_function_event_invoke_config", "ResourceNotFoundException")

    def recursion_config(self, short: str) -> Answer:
        return self._of_function(short, "get_function_recursion_config")

    def event_source_mappings(self, short: str) -> Answer:
        """The queues and streams that feed a function."""
        return self._of_function(short, "list_event_source_mappings")

    def _of_function(self, short: str, operation: str, *absent: str) -> Answer:
        name = self.target.functions[short].name
        return self._there(
            f"There is no function {name!r}.",
            LAYER_OF[short],
            "lambda",
            operation,
            absent=absent,
            FunctionName=name,
        )

    def function_arn(self, short: str) -> str:
        name = self.target.functions[short].name
        return f"arn:aws:lambda:{self.target.region}:{self.target.account_id}:function:{name}"
