"""What a call needs: the actions, the resources that each is judged on, and the circumstances.

One function a service; a service without one is judged as ``service:Operation`` on every resource.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from cloud import moto_side
from cloud.calls import Call
from cloud.identity import dynamodb_needs
from cloud.identity.context import Values, request_tags, tags
from cloud.identity.need import EVERYTHING, Need, Where
from cloud.identity.policy import as_list


def needs(call: Call, where: Where) -> list[Need]:
    """The permissions that a call needs; none for what everybody may ask."""
    found = list(SERVICES.get(call.service, _any)(call, where))
    sent = {} if call.name == "Invoke" else _tags_of(call.parameters)
    return [Need(need.action, need.resources, request_tags(sent) | need.context) for need in found]


def _tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a call sets, however the service writes them."""
    given: Any = next((parameters[name] for name in ("Tags", "tags", "TagList") if parameters.get(name)), {})
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    pairs = ((tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value", ""))) for tag in given)
    return {str(key): str(value) for key, value in pairs if key is not None}


PREFIXES = {
    "apigatewayv2": "apigateway",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "stepfunctions": "states",
}


def _any(call: Call, _: Where) -> Iterable[Need]:
    yield Need(f"{PREFIXES.get(call.service, call.service)}:{call.name}")


# ---- CloudWatch Logs ---------------------------------------------------------------------------------------


def log_group(where: Where, name: str) -> tuple[str, ...]:
    """A log group's ARN as policies write it: bare, or with ``:*`` for all that is in it."""
    arn = where.arn("logs", f"log-group:{name}")
    return arn, f"{arn}:*"


def log_stream(where: Where, group: str, stream: str) -> str:
    return where.arn("logs", f"log-group:{group}:log-stream:{stream}")


def _logs(call: Call, where: Where) -> Iterable[Need]:
    asked = call.parameters
    group = (
        asked.get("logGroupName") or str(asked.get("logGroupIdentifier") or "").rpartition("log-group:")[2]
    )
    group = group.removesuffix(":*")
    action = f"logs:{call.name}"
    if group and call.name in ("PutLogEvents", "GetLogEvents", "DeleteLogStream", "CreateLogStream"):
        stream = log_stream(where, group, asked.get("logStreamName", ""))
        own = log_group(where, group)[:1] if call.name == "CreateLogStream" else ()
        yield Need(action, (stream, *own))
    elif group:
        yield Need(action, log_group(where, group))
    elif names := asked.get("logGroupNames") or asked.get("logGroupIdentifiers"):
        for name in names:
            yield Need(action, log_group(where, name.rpartition("log-group:")[2]))
    elif call.name == "DescribeLogGroups":
        yield Need(
            action, (where.arn("logs", f"log-group:{asked.get('logGroupNamePrefix') or ''}:log-stream:"),)
        )
    elif resource := asked.get("resourceArn"):
        yield Need(action, (resource,))
    else:
        yield Need(action)


# ---- Lambda ------------------------------------------------------------------------------------------------


def _lambda(call: Call, where: Where) -> Iterable[Need]:
    name = call.path_parameters.get("FunctionName") or call.parameters.get("FunctionName")
    action = "lambda:InvokeFunction" if call.name in ("Invoke", "InvokeAsync") else f"lambda:{call.name}"
    if mapping := call.path_parameters.get("UUID"):
        yield Need(action, (where.arn("lambda", f"event-source-mapping:{unquote(mapping)}"),))
        return
    if not name:
        resource = call.path_parameters.get("Resource")
        yield Need(action, (unquote(resource),) if resource else EVERYTHING)
        return
    plain = re.sub(r"^.*function:", "", str(name))
    plain, _, own = plain.partition(":")
    qualifier = own or call.request.parameters.get("Qualifier", "")
    base = where.arn("lambda", f"function:{plain}")
    record = moto_side.lambda_function(plain, None, where.region)
    context = tags("aws:resourcetag", record.tags) if record is not None else {}
    if call.name == "AddPermission":
        context = context | {"lambda:principal": str(call.parameters.get("Principal", ""))}
    if "EventSourceMapping" in call.name:
        yield Need(action, EVERYTHING, {"lambda:functionarn": base})
        return
    yield Need(action, (f"{base}:{qualifier}" if qualifier else base,), context)
    if call.name in ("CreateFunction", "UpdateFunctionConfiguration") and call.parameters.get("Role"):
        yield pass_role(call.parameters["Role"], "lambda.amazonaws.com")


def pass_role(arn: str, service: str) -> Need:
    """Who gives a role to a service needs the right to do so."""
    return Need("iam:PassRole", (arn,), {"iam:passedtoservice": service})


# ---- API Gateway -------------------------------------------------------------------------------------------


def _apigateway(call: Call, where: Where) -> Iterable[Need]:
    """API Gateway names its actions after HTTP methods, and its resources after paths."""
    path = unquote(call.request.path).removeprefix("/v2")
    yield Need(f"apigateway:{call.request.method}", (f"arn:aws:apigateway:{where.region}::{path}",))


# ---- IAM and STS -------------------------------------------------------------------------------------------

IAM_KINDS = (("RoleName", "role"), ("UserName", "user"), ("GroupName", "group"), ("PolicyName", "policy"),
             ("InstanceProfileName", "instance-profile"))  # fmt: skip


def _iam(call: Call, where: Where) -> Iterable[Need]:
    asked, action = call.parameters, f"iam:{call.name}"
    context: Values = {}
    if asked.get("PolicyArn") and ("Attach" in call.name or "Detach" in call.name):
        context["iam:policyarn"] = asked["PolicyArn"]
    if asked.get("PermissionsBoundary"):
        context["iam:permissionsboundary"] = asked["PermissionsBoundary"]
    if call.name in ("SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"):
        yield Need(action, (asked.get("PolicySourceArn", "*"),))
        return
    if asked.get("PolicyArn") and not context.get("iam:policyarn"):
        yield Need(action, (asked["PolicyArn"],), context)
        return
    for name, kind in IAM_KINDS:
        if asked.get(name) and not (name == "PolicyName" and call.name != "CreatePolicy"):
            arn = moto_side.iam_arn(kind, asked[name]) or _new_arn(kind, asked, name, where)
            yield Need(action, (arn,), context | _iam_tags(kind, asked[name]))
            return
    if call.name in ("GetUser", "ListAccessKeys", "CreateAccessKey") and call.caller.kind == "user":
        yield Need(action, (call.caller.arn,))
        return
    yield Need(action, EVERYTHING, context)


def _new_arn(kind: str, asked: Mapping[str, Any], name: str, where: Where) -> str:
    return f"arn:aws:iam::{where.account}:{kind}{asked.get('Path') or '/'}{asked[name]}"


def _iam_tags(kind: str, name: str) -> Values:
    holder = {"role": moto_side.iam_role, "user": moto_side.iam_user}.get(kind, lambda _: None)(name)
    found = moto_side.iam_tags(holder) if holder is not None else {}
    return tags("aws:resourcetag", found) | tags("iam:resourcetag", found)


def _sts(call: Call, _: Where) -> Iterable[Need]:
    """Who one is, everybody may ask; AssumeRole is judged by its own handler, by the trust policy."""
    if call.name not in ("AssumeRole", "GetCallerIdentity", "GetSessionToken", "GetAccessKeyInfo"):
        yield Need(f"sts:{call.name}")


# ---- CloudWatch, SQS, SNS, EventBridge ---------------------------------------------------------------------


def _cloudwatch(call: Call, where: Where) -> Iterable[Need]:
    asked, action = call.parameters, f"cloudwatch:{call.name}"
    names = as_list(asked.get("AlarmName") or asked.get("AlarmNames") or [])
    if names:
        for name in names:
            yield Need(action, (where.arn("cloudwatch", f"alarm:{name}"),))
    elif asked.get("Namespace"):
        yield Need(action, EVERYTHING, {"cloudwatch:namespace": asked["Namespace"]})
    else:
        yield Need(action)


def _sqs(call: Call, where: Where) -> Iterable[Need]:
    """What one may do once, one may do as a batch; topics keep it the same way.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    """
    asked = call.parameters
    name = str(asked.get("QueueUrl") or "").rpartition("/")[2] or asked.get("QueueName")
    yield Need(
        f"sqs:{call.name.removesuffix('Batch')}", (where.arn("sqs", str(name)),) if name else EVERYTHING
    )


def _sns(call: Call, where: Where) -> Iterable[Need]:
    asked = call.parameters
    arn = asked.get("TopicArn") or asked.get("TargetArn") or asked.get("ResourceArn")
    if not arn and call.name == "CreateTopic":
        arn = where.arn("sns", str(asked.get("Name", "")))
    yield Need(f"sns:{call.name.removesuffix('Batch')}", (arn,) if arn else EVERYTHING)


def _events(call: Call, where: Where) -> Iterable[Need]:
    """A rule or an event bus, which may be named by its ARN.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    """
    asked = call.parameters
    name = asked.get("Name") or asked.get("Rule")
    if name and call.name.endswith("EventBus"):
        name = str(name).rpartition("event-bus/")[2]
        yield Need(f"events:{call.name}", (where.arn("events", f"event-bus/{name}"),))
        return
    yield Need(f"events:{call.name}", (where.arn("events", f"rule/{name}"),) if name else EVERYTHING)


def _s3control(call: Call, _: Where) -> Iterable[Need]:
    """The account's own public access block has actions of its own."""
    name = {"GetPublicAccessBlock": "GetAccountPublicAccessBlock"}.get(call.name, call.name)
    name = (
        "PutAccountPublicAccessBlock" if name in ("PutPublicAccessBlock", "DeletePublicAccessBlock") else name
    )
    yield Need(f"s3:{name}")


SERVICES: dict[str, Callable[[Call, Where], Iterable[Need]]] = {
    "apigatewayv2": _apigateway,
    "cloudwatch": _cloudwatch,
    "dynamodb": dynamodb_needs.needs,
    "dynamodbstreams": dynamodb_needs.stream_needs,
    "events": _events,
    "iam": _iam,
    "lambda": _lambda,
    "logs": _logs,
    "s3control": _s3control,
    "sns": _sns,
    "sqs": _sqs,
    "sts": _sts,
}
