"""The embedded cloud: an AWS account on this machine, that answers, fails and enforces as AWS does.

    import cloud

    with cloud.start() as c:
        s3 = boto3.client("s3", endpoint_url=c.endpoint_url, ...)

It runs as a process of its own, so that nothing of it can reach into the program that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from types import TracebackType

from cloud.errors import CloudDidNotStartError, CloudError, PortInUseError

__all__ = ["Cloud", "CloudDidNotStartError", "CloudError", "Credentials", "PortInUseError", "start"]

READY_SECONDS = 30


@dataclass(frozen=True)
class Credentials:
    """The account owner's access key, random at each start."""

    access_key_id: str
    secret_access_key: str


class Cloud:
    """A running embedded cloud. Stop it with ``stop()``, or use it in a ``with`` statement."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, str]) -> None:
        self._process = process
        self.endpoint_url: str = ready["endpoint_url"]
        self.region: str = ready["region"]
        self.account_id: str = ready["account_id"]
        self.credentials = Credentials(ready["access_key_id"], ready["secret_access_key"])

    def environ(self) -> dict[str, str]:
        """The variables that a child process needs to find this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_DEFAULT_REGION": self.region,
        }

    def website_url(self, bucket: str) -> str:
        """The address of a bucket's website: an origin of its own, which any browser can open."""
        with urllib.request.urlopen(f"{self.endpoint_url}/_cloud/websites/{bucket}") as answer:  # noqa: S310 ours
            return str(json.load(answer)["url"])

    def advance(self, seconds: float) -> None:
        """Move the cloud's clock forward: links expire, retries come due, sessions end."""
        body = json.dumps({"advance": seconds}).encode()
        address, headers = f"{self.endpoint_url}/_cloud/clock", {"Content-Type": "application/json"}
        asked = urllib.request.Request(address, body, headers)  # noqa: S310 ours
        try:
            urllib.request.urlopen(asked).close()  # noqa: S310 ours
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["message"]) from None

    @property
    def pid(self) -> int:
        """The process that it runs in."""
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Stop it, and every function that runs in it. Nothing is kept. Safe to call twice."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(port: int = 0, region: str = "us-east-1") -> Cloud:
    """Start an empty cloud on a port of 127.0.0.1; 0 takes a free one.

    It ends with the program that started it. Raises PortInUseError or CloudDidNotStartError.
    """
    command = [
        sys.executable,
        "-m",
        "cloud",
        "--port",
        str(port),
        "--region",
        region,
        "--json",
        "--with-parent",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(  # noqa: S603 our own interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal is for the program; it then stops its cloud
    )
    said: list[str] = []
    errors = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    errors.start()
    giving_up = threading.Timer(READY_SECONDS, process.kill)
    giving_up.start()
    first = process.stdout.readline() if process.stdout else ""
    giving_up.cancel()
    if first.startswith("{"):
        return Cloud(process, json.loads(first))
    process.kill()
    process.wait()
    errors.join(1)
    if "is taken" in "".join(said):
        raise PortInUseError(port)
    reason = " ".join("".join(said).split())[-500:] or f"it said nothing for {READY_SECONDS} seconds"
    raise CloudDidNotStartError(reason)
