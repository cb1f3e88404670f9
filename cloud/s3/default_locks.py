"""How long a bucket's new versions are locked, unless they say something else.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3.arguments import invalid_argument
from cloud.s3.locks import MODES
from cloud.wire import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud.account import Account
    from cloud.calls import Call

LONGEST = {"Days": 36_500, "Years": 100}


def put_object_lock_configuration(_: Account, call: Call) -> Response:
    """Let versions in a bucket be locked, also those that it has; and lock new ones, where a rule says so."""
    bucket, asked = call.path_parameters["Bucket"], call.parameters["ObjectLockConfiguration"]
    if asked.get("ObjectLockEnabled") != "Enabled":
        raise malformed_xml()
    rule = _checked((asked["Rule"] or {}).get("DefaultRetention") or {}) if "Rule" in asked else {}
    if moto_side.versioning(bucket) != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", message, 409)
    moto_side.lock_by_default(bucket, rule.get("Mode"), rule.get("Days") or 0, rule.get("Years") or 0)
    return Response(200)


def _checked(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """A rule that has a mode and either days or years. Raises AwsError of any other."""
    named = [unit for unit in LONGEST if unit in rule]
    if rule.get("Mode") not in MODES or len(named) != 1:
        raise malformed_xml()
    period = rule[named[0]]
    if period < 1:
        message = "Default retention period must be a positive integer value."
        raise invalid_argument(message, named[0], str(period))
    if period > LONGEST[named[0]]:
        raise invalid_argument("Default retention period too large", named[0], str(period))
    return rule


def get_object_lock_configuration(account: Account, call: Call) -> Response:
    bucket = call.path_parameters["Bucket"]
    if not moto_side.takes_locks(bucket):
        return account.forward(call)
    told: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    mode, days, years = moto_side.default_lock(bucket)
    if mode:
        told["Rule"] = {"DefaultRetention": {"Mode": mode} | ({"Days": days} if days else {"Years": years})}
    return call.answer({"ObjectLockConfiguration": told})


HANDLERS = {
    "GetObjectLockConfiguration": get_object_lock_configuration,
    "PutObjectLockConfiguration": put_object_lock_configuration,
}
