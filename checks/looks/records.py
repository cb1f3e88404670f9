"""Where records are kept: the table, and the place where failed events go."""

from __future__ import annotations

from checks.asking import Answer
from checks.looks.part import Part


class Records(Part):
    """The table, and destinations of failed events."""

    def table(self) -> Answer:
        name = self.target.table
        found = self._there(
            f"There is no table {name!r}.", "metadata", "dynamodb", "describe_table", TableName=name
        )
        return Answer(found.call, found["Table"])

    def queue(self, arn: str) -> Answer:
        """The address of a queue. Raises NotThereError."""
        name = arn.rpartition(":")[2]
        return self._there(
            f"There is no queue {name!r}.", "monitoring", "sqs", "get_queue_url", QueueName=name
        )
