"""Browser uploads with a form: POST Object, with a signed policy or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.aws_errors import AccessDeniedError
from cloud.s3.access import Access
from cloud.s3.notifications import ObjectEvent
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call


def post_object(account: Account, access: Access, call: Call) -> tuple[Response, list[ObjectEvent]]:
    raise AccessDeniedError
