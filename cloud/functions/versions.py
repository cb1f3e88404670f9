"""Published versions: what a function was, kept as it was. ``$LATEST`` moves on.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions.describing import described
from cloud.functions.finding import check_revision, find, latest_of, named, unversioned
from cloud.functions.listing import page
from cloud.functions.names import LATEST, Reference
from cloud.functions.refusals import refused
from cloud.functions.routing import weights_of
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def publish_version(account: Account, call: Call) -> Response:
    """Publish what a function is now; without a change since the last time, that version is the answer."""
    asked, function = call.parameters, latest_of(account, unversioned(account, call))
    name, code = function.settings.name, function.settings.code_sha256
    check_revision(account, Reference(name), asked.get("RevisionId"))
    if asked.get("CodeSha256") not in (None, "", code):
        message = (
            f"CodeSHA256 ({asked['CodeSha256']}) is different from current CodeSHA256 in $LATEST ({code}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
        raise refused("InvalidParameterValueException", message)
    return call.answer(described(account, publish(account, name, asked.get("Description") or "")))


def publish(account: Account, name: str, description: str = "") -> Any:
    """Publish a version, unless nothing has changed; moto's record of it."""
    record = moto_side.publish_lambda_version(name, description, account.region)
    keep_published(account, name)
    return record


def keep_published(account: Account, name: str) -> None:
    """Note what a new version keeps, if there is one. No number is given twice."""
    kept = account.functions.kept.of(name)
    if len(moto_side.lambda_versions(name, account.region)) > len(kept.published):
        kept.highest += 1
        moto_side.renumber_lambda_version(name, kept.highest, account.region)
        kept.published[str(kept.highest)] = kept.latest
        account.functions.revise(Reference(name))


def list_versions(account: Account, call: Call) -> Response:
    function = latest_of(account, named(account, call))
    records = [function.latest, *moto_side.lambda_versions(function.settings.name, account.region)]
    found = [described(account, record, qualified=True) for record in records]
    return call.answer(page("Versions", [listed(each) for each in found], call.parameters))


def list_functions(account: Account, call: Call) -> Response:
    """Every function, or with FunctionVersion=ALL every version of every function."""
    everything = call.parameters.get("FunctionVersion") == "ALL"
    found = []
    for latest in moto_side.lambda_functions(account.region):
        versions = moto_side.lambda_versions(latest.function_name, account.region) if everything else []
        found += [described(account, one, qualified=everything) for one in (latest, *versions)]
    return call.answer(page("Functions", [listed(each) for each in found], call.parameters))


def listed(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as it stands in a list, which says nothing of states.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    left_out = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "RuntimeVersionConfig")
    return {key: value for key, value in configuration.items() if key not in left_out}


def delete_function(account: Account, call: Call) -> Response:
    """Delete a version, or without a qualifier the function with all of them.

    What is said of versions, aliases and numbers that are not there: https://github.com/floci-io/floci/pull/2824
    """
    reference = named(account, call)
    name, qualifier = reference.name, reference.qualifier
    if qualifier == LATEST:
        message = "$LATEST version cannot be deleted without deleting the function."
        raise refused("InvalidParameterValueException", message)
    if qualifier and not qualifier.isdecimal():
        raise refused("InvalidParameterValueException", "Deletion of aliases is not currently supported.")
    if qualifier is None:
        find(account, call)
        moto_side.delete_lambda_function(name, None, account.region)
        account.functions.replace_environments(name)
        account.functions.kept.forget(name)
        return Response(204)
    latest_of(account, reference)
    users = [
        alias.name
        for alias in moto_side.lambda_aliases(name, account.region).values()
        if qualifier in (alias.function_version, *weights_of(alias))
    ]
    if users:
        message = f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]"
        raise refused("ResourceConflictException", message, 409)
    if account.functions.find(name, qualifier) is not None:
        moto_side.delete_lambda_function(name, qualifier, account.region)
        account.functions.fleet.retire(f"{account.functions.arn(name)}:{qualifier}")
        account.functions.kept.of(name).published.pop(qualifier, None)
    return Response(204)
