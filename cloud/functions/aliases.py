"""Aliases: names that lead to a version, or divide the traffic between two.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions.finding import check_revision, latest_of, named, not_found
from cloud.functions.listing import page
from cloud.functions.names import LATEST, Reference
from cloud.functions.refusals import refused
from cloud.functions.routing import weights_of
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def create_alias(account: Account, call: Call) -> Response:
    asked, name = call.parameters, _function(account, call)
    alias, version = asked["Name"], asked["FunctionVersion"]
    routing = _routing(asked.get("RoutingConfig"))
    _check_versions(account, name, version, routing)
    if alias in moto_side.lambda_aliases(name, account.region):
        arn = f"{account.functions.arn(name)}:{alias}"
        raise refused("ResourceConflictException", f"Alias already exists: {arn}", 409)
    moto_side.create_lambda_alias(
        name, alias, version, asked.get("Description") or "", routing, account.region
    )
    account.functions.revise(Reference(name, alias))
    return call.answer(described(account, name, _find(account, name, alias)))


def update_alias(account: Account, call: Call) -> Response:
    asked, name = call.parameters, _function(account, call)
    alias = _find(account, name, asked["Name"])
    check_revision(account, Reference(name, alias.name), asked.get("RevisionId"))
    version = asked.get("FunctionVersion") or alias.function_version
    routing = _routing(asked["RoutingConfig"]) if "RoutingConfig" in asked else alias.routing_config
    _check_versions(account, name, version, routing)
    alias.update(asked.get("Description"), version, routing)
    account.functions.revise(Reference(name, alias.name))
    return call.answer(described(account, name, alias))


def get_alias(account: Account, call: Call) -> Response:
    name = _function(account, call)
    return call.answer(described(account, name, _find(account, name, call.parameters["Name"])))


def delete_alias(account: Account, call: Call) -> Response:
    """Forget an alias, and the policy that it has. One that is not there is gone already."""
    name, alias = _function(account, call), call.parameters["Name"]
    moto_side.delete_lambda_alias(name, alias, account.region)
    arn = f"{account.functions.arn(name)}:{alias}"
    statements = latest_of(account, Reference(name)).record.policy.statements
    statements[:] = [one for one in statements if one["Resource"] != arn]
    return Response(204)


def list_aliases(account: Account, call: Call) -> Response:
    asked, name = call.parameters, _function(account, call)
    version = asked.get("FunctionVersion")
    found = [
        described(account, name, alias)
        for alias in moto_side.lambda_aliases(name, account.region).values()
        if version in (None, alias.function_version)
    ]
    return call.answer(page("Aliases", found, asked))


def described(account: Account, name: str, alias: Any) -> dict[str, Any]:
    """An alias as GetAlias answers it."""
    weights = weights_of(alias)
    return {
        "AliasArn": f"{account.functions.arn(name)}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.function_version,
        "Description": alias.description,
        "RevisionId": account.functions.revision_id(name, alias.name),
    } | ({"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {})


def _function(account: Account, call: Call) -> str:
    return latest_of(account, named(account, call)).settings.name


def _find(account: Account, name: str, alias: str) -> Any:
    found = moto_side.lambda_aliases(name, account.region).get(alias)
    if found is None:
        message = f"Cannot find alias arn: {account.functions.arn(name)}:{alias}"
        raise refused("ResourceNotFoundException", message, 404)
    return found


def _routing(given: Mapping[str, Any] | None) -> dict[str, Any]:
    weights = (given or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        message = "Number of items in AdditionalVersionWeights cannot be greater than 1"
        raise refused("InvalidParameterValueException", message)
    return {"AdditionalVersionWeights": dict(weights)} if weights else {}


def _check_versions(account: Account, name: str, version: str, routing: Mapping[str, Any]) -> None:
    """Refuse versions that are not there, or that may not stand beside each other."""
    first = account.functions.find(name, version)
    if first is None:
        raise not_found(account, Reference(name, version))
    for other in routing.get("AdditionalVersionWeights") or {}:
        if other == version:
            message = (
                f"Invalid function version {version}. "
                f"Function version {version} is already included in routing configuration."
            )
            raise refused("InvalidParameterValueException", message)
        if version == LATEST:
            message = "$LATEST is not supported for an alias pointing to more than 1 version"
            raise refused("InvalidParameterValueException", message)
        second = account.functions.find(name, other)
        if second is None:
            raise not_found(account, Reference(name, other))
        if second.settings.role != first.settings.role:
            # https://github.com/serverless-heaven/serverless-aws-alias/issues/64
            message = "Specified versions must be associated with the same execution role"
            raise refused("InvalidParameterValueException", message)
        if second.kept_version.dead_letter_arn != first.kept_version.dead_letter_arn:
            message = "Specified versions must be associated with the same dead-letter queue configuration"
            raise refused("InvalidParameterValueException", message)
