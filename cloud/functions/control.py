"""Lambda's operations on our side.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cloud.aws_errors import AwsError
from cloud.functions import (
    aliases,
    concurrency,
    constraints,
    creating,
    event_settings,
    invoking,
    mapping_control,
    permissions,
    tagging,
    versions,
)
from cloud.functions.finding import find, named, with_plain_name
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def not_here(_: Account, call: Call) -> Response:
    message = f"The embedded cloud does not answer {call.name}."
    raise AwsError("NotImplemented", message, 501)


def forwarded(account: Account, call: Call) -> Response:
    """Moto answers, for a function that is there."""
    find(account, call)
    return account.forward(with_plain_name(call, named(account, call)))


Handler = Callable[["Account", "Call"], Response]


def checked(handler: Handler) -> Handler:
    """A handler that is only asked when every value is as Lambda's model says."""

    def answer(account: Account, call: Call) -> Response:
        if call.name != "Invoke":  # whose body is the function's
            constraints.check(call.operation.input_shape, call.parameters)
        return handler(account, call)

    return answer


OPERATIONS: dict[str, Handler] = {
    "AddPermission": permissions.add_permission,
    "CreateAlias": aliases.create_alias,
    "CreateEventSourceMapping": mapping_control.create_mapping,
    "CreateFunction": creating.create_function,
    "CreateFunctionUrlConfig": not_here,
    "DeleteAlias": aliases.delete_alias,
    "DeleteEventSourceMapping": mapping_control.delete_mapping,
    "DeleteFunction": versions.delete_function,
    "DeleteFunctionConcurrency": concurrency.delete_concurrency,
    "DeleteFunctionEventInvokeConfig": event_settings.delete_event_invoke_config,
    "GetAccountSettings": concurrency.get_account_settings,
    "GetAlias": aliases.get_alias,
    "GetEventSourceMapping": mapping_control.get_mapping,
    "GetFunction": creating.get_function,
    "GetFunctionCodeSigningConfig": forwarded,
    "GetFunctionConcurrency": concurrency.get_concurrency,
    "GetFunctionConfiguration": creating.get_function,
    "GetFunctionEventInvokeConfig": event_settings.get_event_invoke_config,
    "GetFunctionRecursionConfig": event_settings.get_recursion_config,
    "GetPolicy": permissions.get_policy,
    "Invoke": invoking.invoke,
    "InvokeAsync": not_here,
    "InvokeWithResponseStream": not_here,
    "ListAliases": aliases.list_aliases,
    "ListEventSourceMappings": mapping_control.list_mappings,
    "ListFunctionEventInvokeConfigs": event_settings.list_event_invoke_configs,
    "ListFunctions": versions.list_functions,
    "ListTags": tagging.list_tags,
    "ListVersionsByFunction": versions.list_versions,
    "PublishVersion": versions.publish_version,
    "PutFunctionConcurrency": concurrency.put_concurrency,
    "PutFunctionEventInvokeConfig": event_settings.put_event_invoke_config,
    "PutFunctionRecursionConfig": event_settings.put_recursion_config,
    "RemovePermission": permissions.remove_permission,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "UpdateAlias": aliases.update_alias,
    "UpdateEventSourceMapping": mapping_control.update_mapping,
    "UpdateFunctionCode": creating.update_code,
    "UpdateFunctionConfiguration": creating.update_configuration,
    "UpdateFunctionEventInvokeConfig": event_settings.put_event_invoke_config,
}
HANDLERS = {name: checked(handler) for name, handler in OPERATIONS.items()}
