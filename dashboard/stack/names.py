"""A stack is its name: every resource's name follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3

DEFAULT_NAME = "upload-dashboard"
PREFIX = "incoming/"  # where uploads arrive, and the only place that S3 tells about
FUNCTIONS = ("create_upload", "list_files", "get_file", "delete_file", "index_upload")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")  # "N-uploads-123456789012" is a bucket: 63 at most


class StackNameError(ValueError):
    """A name from which no bucket could be named."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A stack cannot be named {name!r}: use 1 to 40 lower-case letters, digits and hyphens, "
            f"with no hyphen at either end, for instance {DEFAULT_NAME!r}."
        )


@dataclass(frozen=True)
class Function:
    """The names around one function."""

    short: str  # as in dashboard/functions/
    name: str

    @property
    def role(self) -> str:
        return f"{self.name}-role"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class Stack:
    """One upload dashboard in one account and region. ``client`` makes boto3's clients, each once."""

    name: str
    account_id: str
    region: str
    make_client: Callable[[str], Any] = field(default=boto3.client, repr=False, compare=False)
    # A learner's own deployment packages, by short name. None: leave alone what is deployed.
    packages: Mapping[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise StackNameError(self.name)

    @classmethod
    def named(cls, name: str = DEFAULT_NAME, session: boto3.Session | None = None) -> Stack:
        """The stack of that name in the account that boto3 speaks for. Raises StackNameError."""
        if not NAME.fullmatch(name):
            raise StackNameError(name)
        make = session.client if session else boto3.client
        sts = make("sts")
        return cls(name, sts.get_caller_identity()["Account"], sts.meta.region_name, make)

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        if service not in self._clients:
            self._clients[service] = self.make_client(service)
        return self._clients[service]

    @property
    def upload_bucket(self) -> str:
        return f"{self.name}-uploads-{self.account_id}"

    @property
    def site_bucket(self) -> str:
        return f"{self.name}-site-{self.account_id}"

    @property
    def table(self) -> str:
        return f"{self.name}-metadata"

    @property
    def table_arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account_id}:table/{self.table}"

    @property
    def api_name(self) -> str:
        return self.name

    @property
    def failure_queue(self) -> str:
        return f"{self.name}-failures"

    @property
    def failure_queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account_id}:{self.failure_queue}"

    @property
    def prefix(self) -> str:
        return PREFIX

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """The five functions by their short names."""
        return {short: Function(short, f"{self.name}-{short.replace('_', '-')}") for short in FUNCTIONS}

    def function_arn(self, short: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.functions[short].name}"

    @property
    def tags(self) -> dict[str, str]:
        """What every resource that takes tags carries."""
        return {"workbook:stack": self.name}

    @property
    def tag_list(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]
