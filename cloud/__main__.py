"""The embedded cloud as a program: ``python -m cloud [--port 4566] [--json]``."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloud.errors import CloudError

if TYPE_CHECKING:
    from cloud.account import Account

PORT = 4566
PR_SET_DUMPABLE = 4
M_ARENA_MAX = -8


@click.command(help="Run the embedded cloud: an AWS account on this machine, for this machine only.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
)
@click.option("--region", default="us-east-1", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="First line of output: how to reach it, as JSON.")
@click.option("--isolation", type=click.Choice(["namespaces", "landlock", "none"]), default=None, hidden=True)
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input is closed.")
def main(port: int, region: str, as_json: bool, isolation: str | None, with_parent: bool) -> None:
    gc.disable()  # what is imported stays: to look for garbage in it takes a tenth of the start
    from cloud.account import Account  # importing moto takes a second: usage errors need not wait for it
    from cloud.front import Front
    from cloud.moto_side.iam import read_managed_policies
    from cloud.server import Server

    allow_open_files()
    share_heaps()
    close_memory()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(lambda request: front.answer(request), port)
    except CloudError as error:
        raise click.ClickException(str(error)) from None
    with tempfile.TemporaryDirectory(prefix="upload-dashboard-cloud-", ignore_cleanup_errors=True) as folder:
        account = Account(Path(folder), region, server.open_door, isolation or "")
        account.endpoint_url = f"http://127.0.0.1:{server.port}"
        front = Front(account, server.port)
        server.start()
        gc.freeze()  # nor is it looked through later, which would stop every request for 50 ms
        gc.enable()
        announce(account, as_json=as_json)
        threading.Thread(target=read_managed_policies, daemon=True).start()  # the first call need not wait
        if with_parent:
            threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
        stop.wait()
        server.stop()
        account.stop()
    sys.stdout.flush()
    os._exit(0)  # taking moto's state apart, object by object, would last longer than all the rest


def close_memory() -> None:
    """Keep other processes of the same user out of this one's memory and environment, where Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def share_heaps() -> None:
    """Let all threads share two heaps where Linux's C library gives up to eight of them to each processor.

    What one thread frees another one takes then: 15 MB less, and no growth as threads take turns.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_ARENA_MAX, 2)


def allow_open_files() -> None:
    """Raise the number of files that may be open as far as it goes: each large object is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _stop_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def announce(account: Account, *, as_json: bool) -> None:
    """Say how to reach the cloud."""
    owner = account.keyring.owner
    ready = {
        "endpoint_url": account.endpoint_url,
        "region": account.region,
        "account_id": account.id,
        "access_key_id": owner.access_key_id,
        "secret_access_key": owner.secret_access_key,
    }
    if as_json:
        print(json.dumps(ready), flush=True)
        return
    print(f"The embedded cloud runs at {account.endpoint_url}. Ctrl-C stops it. In another terminal:\n")
    print(f"export AWS_ENDPOINT_URL={ready['endpoint_url']}")
    print(f"export AWS_DEFAULT_REGION={ready['region']}")
    print(f"export AWS_ACCESS_KEY_ID={ready['access_key_id']}")
    print(f"export AWS_SECRET_ACCESS_KEY={ready['secret_access_key']}", flush=True)


if __name__ == "__main__":
    main()
