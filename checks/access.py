"""What an audit may ask of AWS, and the permission that each question needs. All else is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checks.target import Target

Arns = Callable[["Target"], Iterable[str]]


@dataclass(frozen=True)
class Access:
    """The permission that an operation needs, and on which of the target's resources."""

    permission: str
    arns: Arns
    when: str = ""  # in which case it is asked; empty: always


def arn(target: Target, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{target.region}:{target.account_id}:{resource}"


def everything(_: Target) -> list[str]:
    return ["*"]


def upload_bucket(target: Target) -> list[str]:
    return [f"arn:aws:s3:::{target.upload_bucket}"] if target.upload_bucket else []


def site_bucket(target: Target) -> list[str]:
    return [f"arn:aws:s3:::{target.site_bucket}"] if target.site_bucket else []


def buckets(target: Target) -> list[str]:
    return [*upload_bucket(target), *site_bucket(target)]


def functions(target: Target) -> list[str]:
    return [arn(target, "lambda", f"function:{one.name}") for one in target.functions.values()]


def functions_and_versions(target: Target) -> list[str]:
    return [name for one in functions(target) for name in (one, f"{one}:*")]


def triggered(target: Target) -> list[str]:
    index = target.functions.get("index_upload")
    return [arn(target, "lambda", f"function:{index.name}")] if index else []


def feeds(target: Target) -> list[str]:
    """Mappings are listed, not named: the permission knows no narrower resource."""
    return ["*"] if triggered(target) else []


def versions(target: Target) -> list[str]:
    """Functions are listed with all their versions, or not at all."""
    return ["*"] if target.functions else []


def roles(target: Target) -> list[str]:
    return [f"arn:aws:iam::{target.account_id}:role/{one.role or '*'}" for one in target.functions.values()]


def log_groups(target: Target) -> list[str]:
    return [arn(target, "logs", "log-group:*")] if target.functions else []


def apis(target: Target) -> list[str]:
    if target.unnamed("api"):
        return []
    root = f"arn:aws:apigateway:{target.region}::/apis"
    return [root, f"{root}/*"]


def table(target: Target) -> list[str]:
    return [arn(target, "dynamodb", f"table/{target.table}")] if target.table else []


def destinations(service: str, resource: str) -> Arns:
    """Where failed events of the triggered function may go, of one service."""
    return lambda target: [arn(target, service, resource)] if triggered(target) else []


def any_bucket(target: Target) -> list[str]:
    return ["arn:aws:s3:::*"] if triggered(target) else []


ELSEWHERE = "failed events go there, and not to a queue"
API = Access("apigateway:GET", apis)
READS: Mapping[tuple[str, str], Access] = {
    ("s3", "GetPublicAccessBlock"): Access("s3:GetBucketPublicAccessBlock", upload_bucket),
    ("s3control", "GetPublicAccessBlock"): Access(
        "s3:GetAccountPublicAccessBlock", everything, "the bucket alone does not block all public access"
    ),
    ("s3", "GetBucketPolicy"): Access("s3:GetBucketPolicy", buckets),
    ("s3", "GetBucketAcl"): Access("s3:GetBucketAcl", buckets),
    ("s3", "GetBucketOwnershipControls"): Access("s3:GetBucketOwnershipControls", upload_bucket),
    ("s3", "GetBucketCors"): Access("s3:GetBucketCORS", upload_bucket),
    ("s3", "GetBucketNotificationConfiguration"): Access("s3:GetBucketNotification", upload_bucket),
    ("s3", "GetBucketLifecycleConfiguration"): Access("s3:GetLifecycleConfiguration", buckets),
    ("s3", "GetBucketWebsite"): Access("s3:GetBucketWebsite", site_bucket),
    ("s3", "ListObjectsV2"): Access("s3:ListBucket", site_bucket),
    ("lambda", "GetFunction"): Access("lambda:GetFunction", functions),
    ("lambda", "GetPolicy"): Access("lambda:GetPolicy", functions_and_versions),
    ("lambda", "GetFunctionUrlConfig"): Access(
        "lambda:GetFunctionUrlConfig", functions, "a policy lets somebody use a function URL"
    ),
    ("lambda", "GetFunctionEventInvokeConfig"): Access("lambda:GetFunctionEventInvokeConfig", triggered),
    ("lambda", "GetFunctionRecursionConfig"): Access("lambda:GetFunctionRecursionConfig", triggered),
    ("lambda", "ListEventSourceMappings"): Access("lambda:ListEventSourceMappings", feeds),
    ("lambda", "ListFunctions"): Access("lambda:ListFunctions", versions),
    ("lambda", "ListVersionsByFunction"): Access(
        "lambda:ListVersionsByFunction", functions, "the account has many versions of functions"
    ),
    ("lambda", "ListAliases"): Access("lambda:ListAliases", functions, "a function has published versions"),
    ("iam", "GetAccountAuthorizationDetails"): Access("iam:GetAccountAuthorizationDetails", everything),
    ("iam", "SimulatePrincipalPolicy"): Access("iam:SimulatePrincipalPolicy", roles),
    ("logs", "DescribeLogGroups"): Access("logs:DescribeLogGroups", log_groups),
    ("apigatewayv2", "GetApis"): API,
    ("apigatewayv2", "GetRoutes"): API,
    ("apigatewayv2", "GetIntegrations"): API,
    ("apigatewayv2", "GetStages"): API,
    ("dynamodb", "DescribeTable"): Access("dynamodb:DescribeTable", table),
    ("sqs", "GetQueueUrl"): Access("sqs:GetQueueUrl", destinations("sqs", "*")),
    ("sns", "GetTopicAttributes"): Access("sns:GetTopicAttributes", destinations("sns", "*"), ELSEWHERE),
    ("lambda", "GetFunctionConfiguration"): Access(
        "lambda:GetFunctionConfiguration", destinations("lambda", "function:*"), ELSEWHERE
    ),
    ("events", "DescribeEventBus"): Access(
        "events:DescribeEventBus", destinations("events", "event-bus/*"), ELSEWHERE
    ),
    ("s3", "GetBucketLocation"): Access("s3:GetBucketLocation", any_bucket, ELSEWHERE),
}


def permission_of(service: str, operation: str) -> str:
    found = READS.get((service, operation)) or LIVE.get((service, operation))
    return found.permission if found else f"{service}:{operation}"


# ---- Live --------------------------------------------------------------------------------------------------


def probes(target: Target) -> list[str]:
    """Where live probes put objects, and where tickets lead."""
    return [f"arn:aws:s3:::{target.upload_bucket}/{target.prefix}*"] if target.upload_bucket else []


def logs_of(target: Target) -> list[str]:
    return [arn(target, "logs", f"log-group:{one.log_group or '*'}:*") for one in target.functions.values()]


LIVE: Mapping[tuple[str, str], Access] = {
    ("s3", "PutObject"): Access("s3:PutObject", probes),
    ("s3", "HeadObject"): Access("s3:GetObject", probes),
    ("s3", "DeleteObject"): Access("s3:DeleteObject", probes),
    ("dynamodb", "GetItem"): Access("dynamodb:GetItem", table),
    ("dynamodb", "DeleteItem"): Access("dynamodb:DeleteItem", table),
    ("logs", "FilterLogEvents"): Access("logs:FilterLogEvents", logs_of),
}


def may_be_touched(
    operation: str, params: Mapping[str, Any], target: Target, own_keys: Collection[str]
) -> bool:
    """Whether a live call stays with the objects, and their records, that the audit itself put there."""
    if operation == "FilterLogEvents":
        return True
    if operation in ("GetItem", "DeleteItem"):
        key = params["Key"].get("object_key", {})
        return bool(params["TableName"] == target.table and key.get("S") in own_keys)
    return params["Bucket"] == target.upload_bucket and params["Key"] in own_keys
