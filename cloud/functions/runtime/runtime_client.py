"""The runtime interface client's HTTP half, in plain Python.

awslambdaric brings a native module of this name for Linux; where it cannot be imported, this one stands in.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.client
import os

_user_agent = ""
_connection = None


def initialize_client(user_agent):
    global _user_agent
    _user_agent = user_agent


def next():  # noqa: A001
    """Wait for the next invocation, and return its event and headers."""
    status, headers, body = _request("GET", "next")
    if status != http.client.OK:
        raise RuntimeError(f"Failed to get next: {status}")
    return body, headers


def post_invocation_result(invoke_id, content, content_type, invocation_id=None):
    _post(f"{invoke_id}/response", content, {"Content-Type": content_type}, invocation_id)


def post_error(invoke_id, content, xray_cause, invocation_id=None):
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Unhandled"}
    _post(f"{invoke_id}/error", content.encode(), headers, invocation_id)


def _post(path, content, headers, invocation_id):
    if invocation_id:
        headers = {**headers, "Lambda-Runtime-Invocation-Id": invocation_id}
    status, _, _ = _request("POST", path, content, headers)
    if status != http.client.ACCEPTED:
        raise RuntimeError(f"Failed to post: {status}")


def _request(method, path, content=None, headers=None):
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sent = {"User-Agent": _user_agent, **(headers or {})}
    _connection.request(method, f"/2018-06-01/runtime/invocation/{path}", body=content, headers=sent)
    answer = _connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()
