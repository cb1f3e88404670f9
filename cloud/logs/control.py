"""CloudWatch Logs' operations that read: what functions have said is there, what has expired is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.logs import insights, patterns
from cloud.wire import Response, json_response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MOST_EVENTS = 10_000  # in one answer


def read(account: Account, call: Call) -> Response:
    account.logs.flush()
    moto_side.drop_expired_logs(account.region, account.clock.now())
    return account.forward(call)


def filter_events(account: Account, call: Call) -> Response:
    """Search a log group. moto reads the events, the pattern is ours."""
    asked = call.parameters
    wanted = asked.get("filterPattern") or ""
    if not wanted.strip():
        return read(account, call)
    try:
        matches = patterns.compiled(wanted)
    except patterns.PatternError as error:
        raise AwsError("InvalidParameterException", str(error)) from None
    most = int(asked.get("limit") or MOST_EVENTS)
    body = json.loads(call.request.content)
    body |= {"filterPattern": "", "limit": MOST_EVENTS}
    found: list[dict[str, Any]] = []
    while True:
        response = read(account, call.with_content(json.dumps(body).encode()))
        if response.status >= 300:
            return response
        answer = json.loads(response.content)
        found += [event for event in answer["events"] if matches(event["message"])]
        if len(found) > most or not answer.get("nextToken"):
            break
        body["nextToken"] = answer["nextToken"]
    group = asked.get("logGroupName") or ""
    result = {"events": found[:most], "searchedLogStreams": answer.get("searchedLogStreams", [])}
    if len(found) > most:  # as moto's own tokens are made: where the last page ended
        result["nextToken"] = f"{group}@{found[most - 1]['logStreamName']}@{found[most - 1]['eventId']}"
    return json_response(200, result, [("x-amzn-RequestId", response.header("x-amzn-RequestId"))])


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
    **dict.fromkeys(("DescribeLogGroups", "DescribeLogStreams", "GetLogEvents"), read),
    "FilterLogEvents": filter_events,
    "GetQueryResults": get_query_results,
    "StartQuery": start_query,
}
