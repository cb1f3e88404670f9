"""The runtime interface client's HTTP half, in plain Python.

awslambdaric brings a native module of this name for Linux; where it cannot be imported, this one stands in.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Mapping

_user_agent = ""
_connection: http.client.HTTPConnection | None = None


def initialize_client(user_agent: str) -> None:
    global _user_agent
    _user_agent = user_agent


def next() -> tuple[bytes, dict[str, str]]:  # noqa: A001 awslambdaric's name for it
    """Wait for the next invocation, and return its event and headers."""
    status, headers, body = _request("GET", "next")
    if status != http.client.OK:
        raise RuntimeError(f"Failed to get next: {status}")
    return body, headers


def post_invocation_result(
    invoke_id: str, content: str | bytes, content_type: str, invocation_id: str | None = None
) -> None:
    _post(f"{invoke_id}/response", content, {"Content-Type": content_type}, invocation_id)


def post_error(
    invoke_id: str,
    content: str,
    xray_cause: str,  # noqa: ARG001 X-Ray is not here
    invocation_id: str | None = None,
) -> None:
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Unhandled"}
    _post(f"{invoke_id}/error", content.encode(), headers, invocation_id)


def _post(path: str, content: str | bytes, headers: Mapping[str, str], invocation_id: str | None) -> None:
    if invocation_id:
        headers = {**headers, "Lambda-Runtime-Invocation-Id": invocation_id}
    status, _, _ = _request("POST", path, content, headers)
    if status != http.client.ACCEPTED:
        raise RuntimeError(f"Failed to post: {status}")


def _request(
    method: str, path: str, content: str | bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sent = {"User-Agent": _user_agent, **(headers or {})}
    _connection.request(method, f"/2018-06-01/runtime/invocation/{path}", body=content, headers=sent)
    answer = _connection.getresponse()
    # A client context may be in any script; http.client takes headers for Latin letters.
    received = {name: value.encode("latin-1").decode("utf-8") for name, value in answer.getheaders()}
    return answer.status, received, answer.read()
