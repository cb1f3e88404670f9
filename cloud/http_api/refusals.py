"""API Gateway's refusals, and the API that a call names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.aws_errors import AwsError

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def bad_request(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)


def not_found(message: str) -> AwsError:
    return AwsError("NotFoundException", message, 404)


def api_of(account: Account, call: Call) -> Any:
    """The API that a call names. Raises AwsError when there is none."""
    api_id = call.parameters["ApiId"]
    api = account.http_api(api_id)
    if api is None:
        raise not_found(f"Invalid API identifier specified {account.id}:{api_id}")
    return api
