"""CloudWatch Logs' operations that read: what functions have said is there, what has expired is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.logs import filtering, insights, metric_filters
from cloud.wire import Response, json_response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def read(account: Account, call: Call) -> Response:
    _settle(account)
    return account.forward(call)


def _settle(account: Account) -> None:
    account.logs.flush()
    moto_side.drop_expired_logs(account.region, account.clock.now())


def filter_events(account: Account, call: Call) -> Response:
    """Search a log group."""
    _settle(account)
    return filtering.filter_log_events(account, call)


def start_query(account: Account, call: Call) -> Response:
    """Begin an Insights query. One that the embedded cloud cannot run is refused, not answered wrongly."""
    try:
        insights.parse(call.parameters.get("queryString") or "")
    except insights.QueryError as error:
        raise AwsError("MalformedQueryException", str(error)) from None
    return read(account, call)


def get_query_results(account: Account, call: Call) -> Response:
    """What a query found: moto keeps the query, its events are read and worked on here."""
    kept = moto_side.log_query(account.region, str(call.parameters.get("queryId")))
    if kept is None:
        raise AwsError("ResourceNotFoundException", "The specified query does not exist.")
    rows, scanned = insights.run(insights.parse(kept.text), kept.events)
    return json_response(
        200,
        {
            "status": "Complete",
            "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
            "statistics": {
                "recordsMatched": float(len(scanned)),
                "recordsScanned": float(len(kept.events)),
                "bytesScanned": float(sum(len(event.message.encode()) for event in kept.events)),
            },
        },
    )


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    **metric_filters.HANDLERS,
    **dict.fromkeys(("DescribeLogGroups", "DescribeLogStreams", "GetLogEvents"), read),
    "FilterLogEvents": filter_events,
    "GetQueryResults": get_query_results,
    "StartQuery": start_query,
}
