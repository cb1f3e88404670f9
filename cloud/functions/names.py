"""What a function may be called: by its name, by a part of its ARN, or by all of it, with a qualifier behind.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PARTS = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[a-zA-Z0-9-_.]+)"
    r"(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?"
)
LATEST = "$LATEST"


@dataclass(frozen=True)
class Reference:
    """A function as somebody names it. What is not said is None."""

    name: str
    qualifier: str | None = None
    account: str | None = None
    region: str | None = None


def parse(text: str) -> Reference | None:
    """Read a function's name or ARN; None when it is neither.

    >>> parse("123456789012:function:resize:live")
    Reference(name='resize', qualifier='live', account='123456789012', region=None)
    """
    found = PARTS.fullmatch(text)
    return Reference(found["name"], found["qualifier"], found["account"], found["region"]) if found else None
