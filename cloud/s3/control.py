"""S3's operations on our side: what moto stores but does not act upon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cloud import ids
from cloud.aws_errors import AwsError
from cloud.identity import policy as engine
from cloud.s3 import bucket_policy, cors, notifications, public_access, website_configuration
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def put_bucket_policy(account: Account, call: Call) -> Response:
    """Keep a policy that S3 can make sense of, and that does not open the bucket while that is blocked."""
    kept, content = account.buckets.kept(_bucket(call)), call.request.content
    document = bucket_policy.read(content, _bucket(call))
    public_access.check_policy(_bucket(call), document, call.caller)
    kept.policy = content.decode("utf-8", "replace")
    return Response(204)


def get_bucket_policy_status(account: Account, call: Call) -> Response:
    document = engine.parse(get_bucket_policy(account, call).content)
    return call.answer({"PolicyStatus": {"IsPublic": public_access.is_public(document)}})


def get_bucket_policy(account: Account, call: Call) -> Response:
    text = account.buckets.kept(_bucket(call)).policy
    if text is None:
        details = {"BucketName": _bucket(call)}
        raise AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, details)
    return Response(200, [("Content-Type", "application/json")], text.encode())


def delete_bucket_policy(account: Account, call: Call) -> Response:
    account.buckets.kept(_bucket(call)).policy = None
    return Response(204)


def put_bucket_notification_configuration(account: Account, call: Call) -> Response:
    """Replace all notifications of a bucket, after a look whether S3 may invoke the functions."""
    bucket = _bucket(call)
    kept = account.buckets.kept(bucket)
    configuration = notifications.read(call.parameters.get("NotificationConfiguration") or {})
    if call.request.header("x-amz-skip-destination-validation").lower() != "true":
        refused = {
            rule: reason for rule in configuration.rules if (reason := account.delivery.refuses(bucket, rule))
        }
        if refused:
            raise unvalidated(refused)
        before = {rule.arn for rule in kept.notifications.rules}
        for rule in configuration.rules:
            if rule.arn not in before:
                account.delivery.test(bucket, rule, ids.s3_request_id(), ids.host_id())
    kept.notifications = configuration
    return Response(200)


def unvalidated(refused: Mapping[notifications.Rule, str]) -> AwsError:
    """The refusal of destinations that S3 may not send to, each with the reason."""
    details = {}
    for number, (rule, reason) in enumerate(refused.items(), 1):
        details[f"ArgumentName{number}"] = f"{rule.arn}, null" if rule.kind == "lambda" else rule.arn
        details[f"ArgumentValue{number}"] = reason
    return AwsError(
        "InvalidArgument", "Unable to validate the following destination configurations", 400, details
    )


def get_bucket_notification_configuration(account: Account, call: Call) -> Response:
    return call.answer(account.buckets.kept(_bucket(call)).notifications.described())


def put_bucket_website(account: Account, call: Call) -> Response:
    kept = account.buckets.kept(_bucket(call))
    configuration = call.parameters.get("WebsiteConfiguration") or {}
    website_configuration.check(configuration)
    response = account.forward(call)
    if response.status < 300:
        kept.website = configuration
    return response


def put_bucket_cors(account: Account, call: Call) -> Response:
    cors.check_configuration((call.parameters.get("CORSConfiguration") or {}).get("CORSRules") or [])
    return account.forward(call)


def delete_bucket_website(account: Account, call: Call) -> Response:
    account.buckets.kept(_bucket(call)).website = None
    account.forward(call)
    return Response(204)


def _bucket(call: Call) -> str:
    return str(call.path_parameters["Bucket"])


HANDLERS = {
    "DeleteBucketPolicy": delete_bucket_policy,
    "DeleteBucketWebsite": delete_bucket_website,
    "GetBucketNotificationConfiguration": get_bucket_notification_configuration,
    "GetBucketPolicy": get_bucket_policy,
    "GetBucketPolicyStatus": get_bucket_policy_status,
    "PutBucketCors": put_bucket_cors,
    "PutBucketNotificationConfiguration": put_bucket_notification_configuration,
    "PutBucketPolicy": put_bucket_policy,
    "PutBucketWebsite": put_bucket_website,
}
