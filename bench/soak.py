"""A long, modest life: one dashboard used for half an hour, and whether its cloud grows meanwhile.

python -m bench.soak                    30 minutes, two rounds a second; a line each minute
python -m bench.soak --minutes 5

A round is what a user does with one file (ticket, PUT, event, record, list, open, delete) and what goes wrong
on the way: an unknown file, a link that was tampered with, a request without a signature. Once a minute
somebody looks at logs and metrics, and a function gets new settings, which replaces its warm environments.
What a round makes it removes, so that only the log, the metrics and whatever leaks can grow.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
import click
import psutil

import cloud
from bench.cloud import megabytes
from bench.stack import ask, command

SETTLED = 5  # minutes until everything was loaded once, and growth is counted


@dataclass(frozen=True)
class Sample:
    """What the cloud holds at one moment; its functions are its children."""

    minute: float
    rounds: int
    server_mb: float
    all_mb: float
    threads: int
    files: int
    children: int

    def __str__(self) -> str:
        return (
            f"{self.minute:5.1f} min {self.rounds:6} rounds  server {self.server_mb:6.1f} MB  "
            f"with functions {self.all_mb:6.1f} MB  {self.threads} threads  {self.files} files  "
            f"{self.children} processes"
        )


class Soak:
    """One dashboard in one cloud, and who uses it."""

    def __init__(self, running: cloud.Cloud, manifest: dict[str, str]) -> None:
        self.server = psutil.Process(running.pid)
        self.begun, self.rounds = time.monotonic(), 0
        self._manifest = manifest
        keys = {
            "endpoint_url": running.endpoint_url,
            "region_name": running.region,
            "aws_access_key_id": running.credentials.access_key_id,
            "aws_secret_access_key": running.credentials.secret_access_key,
        }
        self._lambda, self._logs, self._metrics = (
            boto3.client(name, **keys) for name in ("lambda", "logs", "cloudwatch")
        )

    def round(self) -> None:
        """One file, from its ticket until it is gone, and three refusals."""
        self.rounds += 1
        api, json_type = self._manifest["api_url"], {"content-type": "application/json"}
        asked = {"name": f"{self.rounds}.txt", "content_type": "text/plain", "size": 5}
        ticket = ask("POST", f"{api}/uploads", json.dumps(asked).encode(), json_type)
        ask(ticket["method"], ticket["url"], b"hello", ticket["headers"])
        key, until = ticket["object_key"], time.monotonic() + 60
        while not ask("GET", f"{api}/files?limit=1&prefix={key}")["files"]:
            if time.monotonic() > until:
                raise RuntimeError(f"{key} is not listed after a minute")
        link = ask("GET", f"{api}/files/{key}")["open_url"]
        refused("GET", link + "0", 403)
        refused("GET", link.partition("?")[0], 403)
        ask("DELETE", f"{api}/files/{key}")
        refused("GET", f"{api}/files/{key}", 404)

    def look(self) -> None:
        """What somebody does who reads logs and metrics, and sets a function anew."""
        function = self._manifest["functions"]["list_files"]
        group, now = function["log_group"], datetime.now(UTC)
        self._logs.filter_log_events(logGroupName=group, filterPattern="REPORT", limit=50)
        self._metrics.get_metric_statistics(
            Namespace="AWS/Lambda", MetricName="Invocations", Period=60, Statistics=["Sum"],
            StartTime=now - timedelta(hours=1), EndTime=now,
            Dimensions=[{"Name": "FunctionName", "Value": function["name"]}],
        )  # fmt: skip
        memory = 128 + self.rounds % 128
        self._lambda.update_function_configuration(FunctionName=function["name"], MemorySize=memory)

    def sample(self) -> Sample:
        children = self.server.children(recursive=True)
        own = megabytes(self.server)
        return Sample(
            (time.monotonic() - self.begun) / 60,
            self.rounds,
            own,
            own + sum(map(megabytes, children)),
            self.server.num_threads(),
            self.server.num_fds() if hasattr(self.server, "num_fds") else 0,
            len(children),
        )


def refused(method: str, url: str, status: int) -> None:
    """Ask for what must be refused. Raises RuntimeError where the answer is another one."""
    try:
        ask(method, url)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == status:
            return
        raise RuntimeError(f"{method} {url} answered {error.code} instead of {status}") from None
    raise RuntimeError(f"{method} {url} was not refused")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--minutes", type=click.FloatRange(1, 600), default=30.0, show_default=True)
@click.option("--pace", type=click.FloatRange(0, 60), default=0.5, show_default=True, help="Seconds a round.")
def main(minutes: float, pace: float) -> None:
    """Use one dashboard for a while, and say each minute what its cloud holds."""
    with cloud.start() as running:
        _, built = command(os.environ | running.environ(), "up", "--json")
        soak, samples = Soak(running, json.loads(built)), list[Sample]()
        while time.monotonic() - soak.begun < minutes * 60:
            due = soak.begun + (soak.rounds + 1) * pace
            soak.round()
            if time.monotonic() - soak.begun >= (len(samples) + 1) * 60:
                soak.look()
                samples.append(soak.sample())
                click.echo(str(samples[-1]))
            time.sleep(max(0.0, due - time.monotonic()))
        samples.append(soak.sample())
        click.echo(str(samples[-1]))
    settled = samples[min(SETTLED, len(samples)) - 1]
    growth, rounds = samples[-1].server_mb - settled.server_mb, samples[-1].rounds - settled.rounds
    click.echo(f"the server grew by {growth:.1f} MB in {rounds} rounds after minute {settled.minute:.0f}")


if __name__ == "__main__":
    main(prog_name="python -m bench.soak")
