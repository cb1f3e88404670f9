"""Which function a call means, and who is told that it means none.

Every operation that names a function finds it here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from cloud.aws_errors import AwsError
from cloud.functions import constraints
from cloud.functions.names import LATEST, Reference, parse
from cloud.functions.refusals import refused

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.functions.lambda_service import Function


def find(account: Account, call: Call) -> Function:
    """The function that a call names, in the version that it names. Raises AwsError when there is none."""
    reference = named(account, call)
    function = account.functions.find(reference.name, reference.qualifier)
    if function is None:
        qualifier = reference.qualifier or (LATEST if call.name == "Invoke" else None)
        raise not_found(account, Reference(reference.name, qualifier))
    return function


def unversioned(account: Account, call: Call) -> Reference:
    """The function that a call names, where versions cannot be changed.

    https://github.com/appleboy/lambda-action/issues/6
    """
    reference = named(account, call)
    if reference.qualifier not in (None, LATEST):
        message = "Current operation does not support versions other than $LATEST"
        raise refused("InvalidParameterValueException", message)
    return Reference(reference.name)


def latest_of(account: Account, reference: Reference) -> Function:
    """The function itself, whatever the version. Raises AwsError when there is none."""
    function = account.functions.find(reference.name)
    if function is None:
        raise not_found(account, Reference(reference.name))
    return function


def not_found(account: Account, reference: Reference) -> AwsError:
    arn = account.functions.arn(reference.name) + (f":{reference.qualifier}" if reference.qualifier else "")
    return refused("ResourceNotFoundException", f"Function not found: {arn}", 404)


def check_revision(
    account: Account, reference: Reference, given: str | None, operation: str = "GetFunction/GetAlias"
) -> None:
    """Refuse a change of something that has changed since the caller looked."""
    if given and given != account.functions.revision_id(reference.name, reference.qualifier):
        message = (
            "The Revision Id provided does not match the latest Revision Id. "
            f"Call the {operation} API to retrieve the latest Revision Id"
        )
        raise refused("PreconditionFailedException", message, 412)


def named(account: Account, call: Call) -> Reference:
    """The name and the qualifier in a call. Raises AwsError where Lambda does not take them."""
    given = {"FunctionName": call.path_parameters.get("FunctionName") or _in_body(call)}
    if "Qualifier" in call.operation.input_shape.members and "Qualifier" in call.request.parameters:
        given["Qualifier"] = call.request.parameters["Qualifier"]
    if call.name == "Invoke":
        headers = {"InvocationType": "x-amz-invocation-type", "LogType": "x-amz-log-type"}
        given |= {
            name: call.request.header(header)
            for name, header in headers.items()
            if call.request.has_header(header)
        }
    constraints.check(call.operation.input_shape, given)
    reference = parse(given["FunctionName"])
    if reference is None:
        raise constraints.refusal(
            [constraints.broken(given["FunctionName"], "functionName", "Member must not be null")]
        )
    _check_place(account, call, reference)
    qualifier = given.get("Qualifier")
    if qualifier and reference.qualifier and qualifier != reference.qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise refused("InvalidParameterValueException", message)
    return Reference(reference.name, reference.qualifier or qualifier)


def with_plain_name(call: Call, reference: Reference) -> Call:
    """The same call, as moto understands it: the bare name in the path, the qualifier in the query."""
    path = re.sub(
        r"(/functions/)[^/]+", lambda found: f"{found[1]}{quote(reference.name)}", call.request.path
    )
    query = call.request.query
    if (
        reference.qualifier
        and "Qualifier" in call.operation.input_shape.members
        and "Qualifier" not in call.request.parameters
    ):
        query = "&".join(filter(None, [query, f"Qualifier={quote(reference.qualifier)}"]))
    target = f"{path}?{query}" if query else path
    return call if target == call.request.target else call.with_request(call.request.with_target(target))


def _in_body(call: Call) -> str:
    return str(call.parameters.get("FunctionName") or "")


def _check_place(account: Account, call: Call, reference: Reference) -> None:
    """Refuse a function of another account, which nobody here may use, and one of another region."""
    region = account.region
    if reference.account not in (None, account.id):
        action = "lambda:InvokeFunction" if call.name == "Invoke" else f"lambda:{call.name}"
        arn = f"arn:aws:lambda:{reference.region or region}:{reference.account}:function:{reference.name}"
        arn += f":{reference.qualifier}" if reference.qualifier else ""
        message = (
            f"User: {call.caller.arn} is not authorized to perform: {action} on resource: {arn} "
            f"because no resource-based policy allows the {action} action"
        )
        raise AwsError("AccessDeniedException", message, 403)
    if reference.region not in (None, region):
        message = f"Functions from '{reference.region}' are not reachable in this region ('{region}')"
        raise refused("ResourceNotFoundException", message, 404)
