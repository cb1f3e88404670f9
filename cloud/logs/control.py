"""CloudWatch Logs' operations that read: first, what functions have said so far is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response


def read(account: Account, call: Call) -> Response:
    account.logs.flush()
    return account.forward(call)


HANDLERS = dict.fromkeys(
    ("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "StartQuery"), read
)
