"""Lambda's operations on our side.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cloud.aws_errors import AwsError
from cloud.functions import creating, event_settings, invoking
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def not_here(_: Account, call: Call) -> Response:
    message = f"The embedded cloud does not answer {call.name}."
    raise AwsError("NotImplemented", message, 501)


HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "AddPermission": event_settings.add_permission,
    "CreateFunction": creating.create_function,
    "CreateFunctionUrlConfig": not_here,
    "DeleteFunction": creating.delete_function,
    "DeleteFunctionEventInvokeConfig": event_settings.delete_event_invoke_config,
    "GetFunction": creating.get_function,
    "GetFunctionConfiguration": creating.get_function,
    "GetFunctionEventInvokeConfig": event_settings.get_event_invoke_config,
    "GetFunctionRecursionConfig": event_settings.get_recursion_config,
    "Invoke": invoking.invoke,
    "InvokeAsync": not_here,
    "InvokeWithResponseStream": not_here,
    "ListFunctionEventInvokeConfigs": event_settings.list_event_invoke_configs,
    "PutFunctionEventInvokeConfig": event_settings.put_event_invoke_config,
    "PutFunctionRecursionConfig": event_settings.put_recursion_config,
    "UpdateFunctionCode": creating.update_code,
    "UpdateFunctionConfiguration": creating.update_configuration,
    "UpdateFunctionEventInvokeConfig": event_settings.put_event_invoke_config,
}
