"""Concurrency that a function has for itself, and what an account may have at all.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud import moto_side
from cloud.functions.finding import find, latest_of, unversioned
from cloud.functions.refusals import refused
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

ALL_FUNCTIONS = 1000  # executions at once, in one region
LEAST_UNRESERVED = 100  # of them stay for functions that reserve none
CODE_BYTES = {  # of all packages together, of one unpacked, of one that is uploaded directly
    "TotalCodeSize": 80_530_636_800,
    "CodeSizeUnzipped": 262_144_000,
    "CodeSizeZipped": 52_428_800,
}


def put_concurrency(account: Account, call: Call) -> Response:
    """Reserve. Too little for all others is refused: https://github.com/milliHQ/terraform-aws-next-js/issues/251"""
    function, wanted = latest_of(account, unversioned(account, call)), call.parameters
    name, number = function.settings.name, wanted["ReservedConcurrentExecutions"]
    if unreserved(account, without=name) - number < LEAST_UNRESERVED:
        message = (
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
        )
        raise refused("InvalidParameterValueException", message)
    moto_side.reserve_lambda_concurrency(name, number, account.region)
    return call.answer({"ReservedConcurrentExecutions": number})


def delete_concurrency(account: Account, call: Call) -> Response:
    function = latest_of(account, unversioned(account, call))
    moto_side.reserve_lambda_concurrency(function.settings.name, None, account.region)
    return Response(204)


def get_concurrency(account: Account, call: Call) -> Response:
    reserved = find(account, call).reserved_concurrency
    return call.answer({} if reserved is None else {"ReservedConcurrentExecutions": reserved})


def unreserved(account: Account, without: str = "") -> int:
    """What no function has for itself, one function left out."""
    records = moto_side.lambda_functions(account.region)
    return ALL_FUNCTIONS - sum(
        int(record.reserved_concurrency or 0) for record in records if record.function_name != without
    )


def get_account_settings(account: Account, call: Call) -> Response:
    functions = moto_side.lambda_functions(account.region)
    versions = [
        version
        for one in functions
        for version in (one, *moto_side.lambda_versions(one.function_name, account.region))
    ]
    limits = CODE_BYTES | {
        "ConcurrentExecutions": ALL_FUNCTIONS,
        "UnreservedConcurrentExecutions": unreserved(account),
    }
    usage = {"TotalCodeSize": sum(one.code_size for one in versions), "FunctionCount": len(functions)}
    return call.answer({"AccountLimit": limits, "AccountUsage": usage})
