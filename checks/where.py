"""Which cloud do we speak to? The one that the environment names, else the one that ``workbook lab`` runs."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).resolve().parent.parent
HEALTH_SECONDS = 5.0
NAMES = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


class NoCloudError(Exception):
    """There is no cloud to speak to, or it does not answer."""


@dataclass(frozen=True)
class Where:
    """A cloud, and the variables with which boto3 finds it. None of them for a real account."""

    kind: Literal["environment", "lab", "aws"]
    environ: Mapping[str, str]

    @property
    def endpoint_url(self) -> str:
        return self.environ.get("AWS_ENDPOINT_URL", "")

    def enter(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Point boto3 at this cloud from now on."""
        if self.kind == "aws":
            for name in [name for name in environ if name.startswith("AWS_ENDPOINT_URL")]:
                del environ[name]
            return
        for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
            if self.kind == "lab":
                environ.pop(name, None)
        environ.update(self.environ)


def find(cloud: str | None = None) -> Where:
    """The cloud to speak to; ``cloud="aws"`` names a real account. Raises NoCloudError with the next step."""
    if cloud == "aws":
        return Where("aws", {})
    if os.environ.get("AWS_ENDPOINT_URL"):
        named = {name: os.environ[name] for name in NAMES if os.environ.get(name)}
        named.setdefault("AWS_DEFAULT_REGION", os.environ.get("AWS_REGION", "us-east-1"))
        if "AWS_ACCESS_KEY_ID" not in named and not os.environ.get("AWS_PROFILE"):
            raise NoCloudError(
                f"AWS_ENDPOINT_URL is {named['AWS_ENDPOINT_URL']!r}, but AWS_ACCESS_KEY_ID is not set. "
                "Set both from the lines that `workbook env` prints, or unset AWS_ENDPOINT_URL."
            )
        return answering(Where("environment", named))
    if lab := read_lab():
        return answering(Where("lab", {name: lab[name] for name in NAMES}))
    raise NoCloudError(
        "No cloud is running. Start one with `make lab`, in a terminal of its own, and try again. "
        "For a real account, say so by name: --cloud aws."
    )


def answering(where: Where) -> Where:
    """The same, once it is known to answer. Only our own addresses are asked: those on this machine."""
    if not is_on_this_machine(where.endpoint_url):
        return where
    try:
        urllib.request.urlopen(f"{where.endpoint_url}/_cloud/health", timeout=HEALTH_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError:
        return where  # something else that speaks AWS: let it say what it thinks
    except (OSError, ValueError):
        restart = "start it again with `make lab`"
        if where.kind == "environment":
            restart += ", and take the new lines that `workbook env` prints"
        raise NoCloudError(f"The cloud at {where.endpoint_url} does not answer: {restart}.") from None
    return where


def is_on_this_machine(address: str) -> bool:
    return urlsplit(address).hostname in ("127.0.0.1", "localhost")


def own_address() -> str:
    """The address of the cloud that boto3 speaks to, if that is on this machine; else empty."""
    named = os.environ.get("AWS_ENDPOINT_URL", "")
    return named if is_on_this_machine(named) else ""


def work_folder() -> Path:
    """Where the learner's own files are: ``work/``, or what WORKBOOK_WORK names."""
    return Path(os.environ.get("WORKBOOK_WORK") or ROOT / "work")


def lab_file() -> Path:
    """Where a running lab says how to reach it. Nobody else may read it."""
    return work_folder() / ".lab" / "lab.json"


def read_lab() -> dict[str, str] | None:
    """What the running lab says of itself; None when there is none, or when it ended without tidying up."""
    try:
        lab = json.loads(lab_file().read_text())
        if psutil.Process(lab["pid"]).create_time() != lab["started"]:
            return None  # another program has that number now
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return lab if isinstance(lab, dict) and all(isinstance(lab.get(name), str) for name in NAMES) else None
