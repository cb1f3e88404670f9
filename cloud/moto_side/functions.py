"""Functions and HTTP APIs, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from cloud.moto_side.core import backend


def lambda_function(name: str, qualifier: str | None, region: str) -> Any | None:
    """The function, version or alias target of that name, or None."""
    try:
        return backend("lambda", region).get_function(name, qualifier)
    except UnknownFunctionException:
        return None


def lambda_aliases(name: str, region: str) -> dict[str, Any]:
    """A function's aliases by name, each with its ``function_version`` and ``routing_config``."""
    return {alias.name: alias for alias in backend("lambda", region).list_aliases(name)}


def create_lambda_alias(
    name: str, alias: str, version: str, description: str, routing: Any, region: str
) -> None:
    backend("lambda", region).create_alias(alias, name, version, description, routing)


def delete_lambda_alias(name: str, alias: str, region: str) -> None:
    backend("lambda", region).delete_alias(alias, name)


def lambda_functions(region: str) -> list[Any]:
    """Every function, by name."""
    return sorted(backend("lambda", region).list_functions(), key=lambda record: str(record.function_name))


def publish_lambda_version(name: str, description: str, region: str) -> Any:
    return backend("lambda", region).publish_version(name, description)


def renumber_lambda_version(name: str, number: int, region: str) -> None:
    """Give the newest version another number: moto counts those that are left, and may give one twice."""
    records = lambda_versions(name, region)
    records[-1].set_version(number)
    backend("lambda", region)._lambdas._arns.update({record.function_arn: record for record in records})


def delete_lambda_function(name: str, version: str | None, region: str) -> None:
    backend("lambda", region).delete_function(name, version)


def configure_lambda(name: str, asked: Mapping[str, Any], region: str) -> None:
    """Set what moto's update leaves as it was."""
    record = backend("lambda", region).get_function(name)
    record.last_modified = iso_8601_datetime_with_nanoseconds()
    if "EphemeralStorage" in asked:
        record.ephemeral_storage = asked["EphemeralStorage"]["Size"]
    if "TracingConfig" in asked:
        record.tracing_config = {"Mode": asked["TracingConfig"].get("Mode") or "PassThrough"}
    if "Architectures" in asked:
        record.architectures = asked["Architectures"]
    if "KMSKeyArn" in asked:
        record.kms_key_arn = asked["KMSKeyArn"] or None


def reserve_lambda_concurrency(name: str, number: int | None, region: str) -> None:
    backend("lambda", region).get_function(name).reserved_concurrency = number


def lambda_versions(name: str, region: str) -> list[Any]:
    """A function's published versions, oldest first."""
    return list(backend("lambda", region).list_versions_by_function(name))[1:]


def http_apis(region: str) -> dict[str, Any]:
    """Moto's HTTP APIs by id: ``routes``, ``integrations``, ``stages``, ``cors_configuration`` ..."""
    return dict(backend("apigatewayv2", region).apis)


def quick_create(api: Any, kind: str, target: str, version: str, route_key: str) -> None:
    """Give an API one integration, one route to it, and a stage that deploys by itself."""
    integration = api.create_integration(
        connection_id=None, connection_type="INTERNET", content_handling_strategy=None, credentials_arn=None,
        description=None, integration_method="POST" if kind == "AWS_PROXY" else "ANY", integration_type=kind,
        integration_uri=target, passthrough_behavior=None, payload_format_version=version,
        integration_subtype=None, request_parameters=None, request_templates=None, response_parameters=None,
        template_selection_expression=None, timeout_in_millis=None, tls_config=None,
    )  # fmt: skip
    api.create_route(
        api_key_required=False, authorization_scopes=None, authorization_type="NONE", authorizer_id=None,
        model_selection_expression=None, operation_name=None, request_models=None, request_parameters=None,
        route_key=route_key, route_response_selection_expression=None,
        target=f"integrations/{integration.id}",
    )  # fmt: skip
    api.create_stage({"stageName": "$default", "autoDeploy": True})
