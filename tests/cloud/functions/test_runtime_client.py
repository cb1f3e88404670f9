"""Our own half of the runtime interface client, which stands in where AWS's native one does not load."""

import os
import subprocess
import sys
import time

import pytest

from cloud.functions.machine import HERE
from cloud.functions.runtime_api import ProcessEndedError, RuntimeApi

CODE = """
import runtime_client
runtime_client.initialize_client("tests")
event, headers = runtime_client.next()
print(ascii(headers["Lambda-Runtime-Client-Context"]))
runtime_client.post_invocation_result("1", event, "application/json")
"""


def test_it_fetches_an_event_and_posts_what_came_of_it():
    """A client context is JSON in any script: the native client takes headers for UTF-8, and so do we."""
    api = RuntimeApi()
    output, ours = os.pipe()
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "PYTHONPATH": str(HERE)}
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=ours, env=variables)
    os.close(ours)
    try:
        api.attend(output, process.pid)
        until = time.monotonic() + 60
        assert api.wait(until).kind == "next"
        api.send_event(b"[1]", {"Lambda-Runtime-Client-Context": '"Ünal 🙂"'})
        message = api.wait(until)
        assert (message.kind, message.request_id, message.body) == ("response", "1", b"[1]")
        with pytest.raises(ProcessEndedError):
            api.wait(until)
        assert [text for _, text in api.events] == ["'\"\\xdcnal \\U0001f642\"'\n"]
    finally:
        process.kill()
        process.wait()
        api.close()
