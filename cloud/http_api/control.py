"""API Gateway's operations on our side: an API's address is one that works here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloud import moto_side

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.wire import Response


def create_api(account: Account, call: Call) -> Response:
    """Create an API, and open the port at which it answers."""
    response = account.forward(call)
    if response.status < 300:
        described = json.loads(response.content)
        api = moto_side.http_apis(account.region)[described["apiId"]]
        api.api_endpoint = described["apiEndpoint"] = account.doors.url("api", api.api_id)
        response.status, response.body = 201, json.dumps(described).encode()
    return response


HANDLERS = {"CreateApi": create_api}
