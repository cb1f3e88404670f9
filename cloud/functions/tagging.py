"""Tags of functions and event source mappings. A version or an alias has none of its own.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions.finding import latest_of
from cloud.functions.names import Reference
from cloud.functions.refusals import refused
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

MOST = 50  # tags of one function


def tag_resource(account: Account, call: Call) -> Response:
    if (record := _holder(account, call)) is None:
        return account.forward(call)
    given = call.parameters["Tags"]
    if not given:
        message = "An error occurred and the request cannot be processed."
        raise refused("InvalidParameterValueException", message)
    check({**record.tags, **given})
    record.tags.update(given)
    return Response(204)


def untag_resource(account: Account, call: Call) -> Response:
    if (record := _holder(account, call)) is None:
        return account.forward(call)
    for key in call.parameters["TagKeys"]:
        record.tags.pop(key, None)
    return Response(204)


def list_tags(account: Account, call: Call) -> Response:
    record = _holder(account, call)
    return account.forward(call) if record is None else call.answer({"Tags": record.tags})


def check(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST:
        raise refused("InvalidParameterValueException", "Number of tags exceeds resource tag limit.")


def _holder(account: Account, call: Call) -> Any | None:
    """What an ARN names and has ``tags``: moto's record of a function, or a mapping; None for all else."""
    arn = call.parameters["Resource"]
    kind, _, name = arn.split(":", 5)[5].partition(":")
    if kind == "event-source-mapping":
        return account.mappings.get(name)
    if kind != "function":
        return None
    if ":" in name:
        message = "Tags on function aliases and versions are not supported. Please specify a function ARN."
        raise refused("InvalidParameterValueException", message)
    if arn != account.functions.arn(name):  # of another account or region
        raise refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
    latest_of(account, Reference(name))
    return moto_side.lambda_function(name, None, account.region)
