"""An object that Lambda stores for a function, as the function's role: with all that S3 does for any object.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from cloud import calls, ids, moto_side
from cloud.aws_errors import AwsError
from cloud.identity.principals import Principal
from cloud.s3 import plane, uploads
from cloud.s3.access import Access
from cloud.wire import Request

if TYPE_CHECKING:
    from cloud.account import Account


def deposit(account: Account, role: Principal, bucket: str, key: str, text: str) -> bool:
    """Store a JSON text; False without such a bucket, or the right. The key needs no encoding."""
    content = text.encode()
    headers = [("content-length", str(len(content))), ("content-type", "application/json")]
    call = calls.identify(Request("PUT", f"/{bucket}/{key}", headers, io.BytesIO(content)))
    call.caller = role
    if account.buckets.find(bucket) is None:
        return False
    try:
        Access(account).check(call, bucket, key)
        response = uploads.put_object(account, call)
    except (AwsError, moto_side.Refused):
        return False
    if response.status >= 300:
        return False
    stored = moto_side.object_of(bucket, key)
    event = plane.event_of(account, "s3:ObjectCreated:Put", call, bucket, key, stored=stored)
    account.delivery.deliver(replace(event, request_id=ids.s3_request_id(), host_id=ids.host_id()))
    return True
