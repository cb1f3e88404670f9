"""``reset("api")``: take one layer down, or all, to begin it afresh. The learner's own code is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dashboard.stack import LAYERS, LayerError, Stack, destroy
from dashboard.stack.api import LAYER_OF, ROUTES, find_api
from dashboard.stack.teardown import alarm_names, delete_role, empty_bucket, if_there
from workbook import kept, record, session
from workbook.catch_up import lesson_of_layer
from workbook.exercises import in_lesson

ALL = "all"


class Reset:
    """What was taken down."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __repr__(self) -> str:
        return self.sentence


def reset(layer: str = ALL, *, confirm: bool = False, ask: Callable[[str], str] = input) -> Reset:
    """Take down one layer, or all of them, and forget what its checks said. Asks first, unless ``confirm``.

    Your handlers stay in ``work/kept/``. Layers that were built on this one stay as they are; ``begin``
    builds again what a lesson needs. Raises LayerError.
    """
    if layer not in (*LAYERS, ALL):
        raise LayerError(layer)
    here = session.current()
    if here is None:
        return Reset("Nothing was done: no lesson was begun here. Run begin(...) first.")
    what = f"all of {here.stack.name!r}" if layer == ALL else f"the {layer} layer of {here.stack.name!r}"
    if not confirm:
        print(f"This removes {what}, with what is stored in it, in account {here.stack.account_id}.")
        if ask("Remove it? Type yes: ").strip().lower() != "yes":
            return Reset("Nothing was done.")
    kept.keep_all()
    if layer == ALL:
        destroy(here.stack)
    else:
        TAKE_DOWN[layer](here.stack)
    layers = LAYERS if layer == ALL else (layer,)
    record.forget({one.id for name in layers for one in in_lesson(lesson_of_layer(name))})
    record.forget_caught_up(session.cloud_mark(), layers)
    return Reset(f"Removed {what}. Your own code is kept in work/kept/.")


def take_down_storage(stack: Stack) -> None:
    empty_bucket(stack.client("s3"), stack.upload_bucket)
    if_there(stack.client("s3").delete_bucket, Bucket=stack.upload_bucket)


def take_down_events(stack: Stack) -> None:
    s3 = stack.client("s3")
    nothing: dict[str, object] = {}
    if_there(
        s3.put_bucket_notification_configuration,
        Bucket=stack.upload_bucket,
        NotificationConfiguration=nothing,
    )
    take_down_functions(stack, ["index_upload"])


def take_down_metadata(stack: Stack) -> None:
    dynamodb = stack.client("dynamodb")
    if if_there(dynamodb.delete_table, TableName=stack.table):
        dynamodb.get_waiter("table_not_exists").wait(TableName=stack.table)
    index = stack.functions["index_upload"]
    if_there(stack.client("iam").delete_role_policy, RoleName=index.role, PolicyName="records")
    if_there(
        stack.client("lambda").update_function_configuration,
        FunctionName=index.name,
        Environment={"Variables": {}},
    )


def take_down_routes(stack: Stack, layer: str) -> None:
    """Remove a layer's routes with their functions; the API goes with its last route."""
    apigateway = stack.client("apigatewayv2")
    shorts = [short for short, of in LAYER_OF.items() if of == layer]
    if api_id := find_api(apigateway, stack.api_name):
        left = 0
        for route in apigateway.get_routes(ApiId=api_id)["Items"]:
            if ROUTES.get(route["RouteKey"]) in shorts:
                apigateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
            else:
                left += 1
        if not left:
            apigateway.delete_api(ApiId=api_id)
    take_down_functions(stack, shorts)


def take_down_frontend(stack: Stack) -> None:
    apigateway = stack.client("apigatewayv2")
    empty_bucket(stack.client("s3"), stack.site_bucket)
    if_there(stack.client("s3").delete_bucket, Bucket=stack.site_bucket)
    if api_id := find_api(apigateway, stack.api_name):
        if_there(apigateway.delete_cors_configuration, ApiId=api_id)


def take_down_uploads(stack: Stack) -> None:
    take_down_routes(stack, "uploads")
    if_there(stack.client("s3").delete_bucket_cors, Bucket=stack.upload_bucket)


def take_down_monitoring(stack: Stack) -> None:
    stack.client("cloudwatch").delete_alarms(AlarmNames=alarm_names(stack))
    if found := if_there(stack.client("sqs").get_queue_url, QueueName=stack.failure_queue):
        stack.client("sqs").delete_queue(QueueUrl=found["QueueUrl"])
    index = stack.functions["index_upload"]
    if_there(stack.client("lambda").delete_function_event_invoke_config, FunctionName=index.name)
    if_there(stack.client("iam").delete_role_policy, RoleName=index.role, PolicyName="failures")
    for function in stack.functions.values():
        if_there(stack.client("logs").delete_retention_policy, logGroupName=function.log_group)


def take_down_functions(stack: Stack, shorts: Iterable[str]) -> None:
    for short in shorts:
        function = stack.functions[short]
        if_there(stack.client("lambda").delete_function, FunctionName=function.name)
        delete_role(stack.client("iam"), function.role)
        if_there(stack.client("logs").delete_log_group, logGroupName=function.log_group)


TAKE_DOWN: dict[str, Callable[[Stack], None]] = {
    "storage": take_down_storage,
    "events": take_down_events,
    "metadata": take_down_metadata,
    "api": lambda stack: take_down_routes(stack, "api"),
    "frontend": take_down_frontend,
    "uploads": take_down_uploads,
    "delete": lambda stack: take_down_routes(stack, "delete"),
    "monitoring": take_down_monitoring,
}
