"""CloudWatch Logs' operations that read: what functions have said is there, what has expired is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud import moto_side

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response


def read(account: Account, call: Call) -> Response:
    account.logs.flush()
    moto_side.drop_expired_logs(account.region, account.clock.now())
    return account.forward(call)


HANDLERS = dict.fromkeys(
    ("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "StartQuery"), read
)
