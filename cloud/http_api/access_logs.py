"""Access logs: one line a request, in the format that a stage sets.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.-]*[A-Za-z0-9_])")


def line(format_: str, variables: Mapping[str, Any]) -> str:
    """Put the variables in; what is not known is a dash.

    >>> line('{"status":"$context.status","user":"$context.authorizer.sub"}', {"status": 200})
    '{"status":"200","user":"-"}'
    """
    return VARIABLE.sub(lambda found: _safe(variables.get(found[1], "-")), format_)


def _safe(value: Any) -> str:
    """A value that cannot break out of a quoted string or a line: clients choose paths and user agents."""
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")


def group_of(destination: str) -> str:
    """The log group that a destination's ARN names.

    >>> group_of("arn:aws:logs:us-east-1:123456789012:log-group:/aws/api:*")
    '/aws/api'
    """
    return destination.partition(":log-group:")[2].removesuffix(":*")


def request_time(now: float) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
