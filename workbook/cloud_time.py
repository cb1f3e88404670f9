"""Letting time pass: the embedded cloud's clock jumps, a real account takes as long as it takes."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request


def let_time_pass(seconds: float) -> None:
    """Let cloud time go on: links expire, retries come due, alarms look at the next period.

    In the embedded cloud this takes a second. A real account has no clock to move, so there it waits.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint or not _jumped(endpoint, seconds):
        print(f"Waiting for {seconds:g} seconds: only the embedded cloud's clock can be moved.")
        time.sleep(seconds)


def _jumped(endpoint: str, seconds: float) -> bool:
    """Whether the cloud at that address moved its clock."""
    asked = urllib.request.Request(  # noqa: S310 the address that boto3 uses
        f"{endpoint}/_cloud/clock",
        json.dumps({"advance": seconds}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == 400:
            raise ValueError(json.load(error)["message"]) from None
        return False
    except OSError:
        return False
    return True
