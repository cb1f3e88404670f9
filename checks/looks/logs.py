"""The functions' log groups, as CloudWatch Logs describes them."""

from __future__ import annotations

from collections.abc import Sequence

from checks.asking import Answer
from checks.looks.functions import Functions


class Logs(Functions):
    """Where each function's lines go."""

    def log_group_name(self, short: str) -> str:
        """Where a function's lines go: what it names itself, else what Lambda makes of its name."""
        function = self.target.functions[short]
        named = self.function(short).get("LoggingConfig", {}).get("LogGroup")
        return str(named or function.log_group or f"/aws/lambda/{function.name}")

    def log_group(self, short: str) -> Answer:
        """A function's log group; empty when there is none."""
        name = self.log_group_name(short)
        groups = self._log_groups(self._common_prefix(name))
        return Answer(
            groups.call, next((one for one in groups["logGroups"] if one["logGroupName"] == name), {})
        )

    def keeps_logs(self) -> bool:
        """Whether the lines of any function end some day, which is the monitoring layer's doing."""
        names = self._group_names()
        groups = self._log_groups(self._common_prefix(names[0]))["logGroups"] if names else []
        return any(group.get("retentionInDays") for group in groups)

    def _group_names(self) -> list[str]:
        functions = self.target.functions.values()
        return [function.log_group or f"/aws/lambda/{function.name}" for function in functions]

    def _common_prefix(self, name: str) -> str:
        """A prefix that asks for all log groups of the target at once, where they have one of their own."""
        common = beginning(self._group_names())
        return common if name.startswith(common) and len(common) > len("/aws/lambda/") else name

    def _log_groups(self, prefix: str) -> Answer:
        page = self.ask("logs", "describe_log_groups", logGroupNamePrefix=prefix)
        groups, call = list(page["logGroups"]), page.call
        while page.get("nextToken"):
            page = self.ask(
                "logs", "describe_log_groups", logGroupNamePrefix=prefix, nextToken=page["nextToken"]
            )
            groups += page["logGroups"]
        return Answer(call, {"logGroups": groups})


def beginning(names: Sequence[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    same = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]
