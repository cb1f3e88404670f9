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

    def destination(self, arn: str) -> Answer:
        """What the service says of a place where failed events go. Raises NotThereError."""
        service, name = arn.split(":")[2], arn.split(":", 5)[5]
        name = name.removeprefix("function:").removeprefix("event-bus/")
        what, operation, asked = {
            "sqs": ("queue", "get_queue_url", {"QueueName": name}),
            "sns": ("topic", "get_topic_attributes", {"TopicArn": arn}),
            "lambda": ("function", "get_function_configuration", {"FunctionName": arn}),
            "events": ("event bus", "describe_event_bus", {"Name": arn}),
            "s3": ("bucket", "get_bucket_location", {"Bucket": name}),
        }[service]
        return self._there(f"There is no {what} {name!r}.", "monitoring", service, operation, **asked)
