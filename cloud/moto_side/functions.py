"""Functions and HTTP APIs, as moto keeps them."""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException

from cloud.moto_side.core import backend


def lambda_function(name: str, qualifier: str | None, region: str) -> Any | None:
    """The function, version or alias target of that name, or None."""
    try:
        return backend("lambda", region).get_function(name, qualifier)
    except UnknownFunctionException:
        return None


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
