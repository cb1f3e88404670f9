"""Asking AWS: every question once, only questions on the list, and errors that say what was not answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from checks import access

if TYPE_CHECKING:
    from checks.target import Target

GONE = {  # AWS's words for: the thing itself is not there
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
}


class Answer(dict[str, Any]):
    """What a call answered, and the call. ``absent`` holds AWS's word when there was no such thing."""

    def __init__(self, call: str, content: Mapping[str, Any], absent: str = "") -> None:
        super().__init__(content)
        self.call = call
        self.absent = absent

    def told(self, *names: str, **values: Any) -> str:
        """The call and what it answered, as evidence: some fields, or what the rule took from it."""
        if self.absent:
            return f"{self.call} answered {self.absent}"
        shown = {name: self.get(name) for name in names} | values
        return (
            f"{self.call} answered {', '.join(f'{name}={compact(value)}' for name, value in shown.items())}"
        )


class CouldNotAskError(Exception):
    """A call did not answer: the account refused it, or AWS had a fault. Nothing follows for the rule."""

    def __init__(self, call: str, permission: str, code: str, message: str) -> None:
        super().__init__(f"{call} answered {code}: {message}")
        self.call = call
        self.permission = permission
        self.code = code
        self.message = message


class NotThereError(Exception):
    """What a rule speaks of is not there."""

    def __init__(self, what: str, evidence: str, layer: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.evidence = evidence
        self.layer = layer


class RefusedError(Exception):
    """The audit tried a call that it has no business making. It never leaves the machine."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"The audit does not call {service}:{operation}: it is not on its list.")


class Asker:
    """Makes boto3's clients and asks each question once, however many rules want the answer."""

    def __init__(self, make_client: Callable[..., Any]) -> None:
        self._make_client = make_client
        self._clients: dict[str, Any] = {}
        self._answers: dict[str, Future[Answer]] = {}
        self._lock = threading.Lock()
        self._making = threading.Lock()  # boto3's session makes one client at a time
        self.calls = 0
        self.own: tuple[Target, Collection[str]] | None = None  # what a live audit may touch: its own keys

    def _hooks(self, service: str) -> list[tuple[str, Callable[..., None]]]:
        hooks: list[tuple[str, Callable[..., None]]] = [
            ("provide-client-params", self._guard),
            ("before-call", self._count),
        ]
        return [*hooks, ("before-sign", without_account_in_front)] if service == "s3control" else hooks

    def client(self, service: str) -> Any:
        """boto3's client of a service, which refuses what is not on the list."""
        from botocore.config import Config

        patience = Config(
            connect_timeout=5,
            read_timeout=20,
            max_pool_connections=16,
            retries={"total_max_attempts": 3, "mode": "standard"},
        )
        with self._making:
            if service not in self._clients:
                client = self._make_client(service, config=patience)
                for event, hook in self._hooks(service):
                    client.meta.events.register(event, hook)
                self._clients[service] = client
            return self._clients[service]

    def finish(self) -> None:
        """Take the hooks off the clients, which may be somebody else's too."""
        for service, client in self._clients.items():
            for event, hook in self._hooks(service):
                client.meta.events.unregister(event, hook)

    def permits(self, service: str, operation: str, params: Mapping[str, Any]) -> bool:
        """Whether a call may be made: one that reads, or a live audit's that stays with its own objects."""
        if (service, operation) in access.READS:
            return True
        return (
            self.own is not None
            and (service, operation) in access.LIVE
            and access.may_be_touched(operation, params, *self.own)
        )

    def _guard(self, model: Any, params: Mapping[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        if not self.permits(service, model.name, params):
            raise RefusedError(service, model.name)

    def _count(self, **_: Any) -> None:
        with self._lock:
            self.calls += 1

    def ask(self, service: str, operation: str, *, absent: tuple[str, ...] = (), **params: Any) -> Answer:
        """Ask, or take what was answered before. ``absent`` are the codes that say "there is none".

        Raises NotThereError when what is asked about is not there, CouldNotAskError on any other refusal.
        """
        call = f"{service}.{operation}({', '.join(f'{name}={value!r}' for name, value in params.items())})"
        with self._lock:
            future = self._answers.get(call)
            mine = future is None
            if future is None:
                future = self._answers[call] = Future()
        if mine:
            try:
                future.set_result(self._asked(service, operation, call, absent, params))
            except Exception as error:
                future.set_exception(error)
        return future.result()

    def do(self, service: str, operation: str, *, absent: tuple[str, ...] = (), **params: Any) -> Answer:
        """Ask now, whatever was answered before. Raises as ``ask`` does."""
        call = f"{service}.{operation}({next(iter(params.values()))!r}, ...)"
        return self._asked(service, operation, call, absent, params)

    def _asked(
        self, service: str, operation: str, call: str, absent: tuple[str, ...], params: Mapping[str, Any]
    ) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.client(service)
        model = client.meta.method_to_api_mapping[operation]
        shown = call if len(call) <= 160 else f"{service}.{operation}({next(iter(params.values()))!r}, ...)"
        try:
            answer = getattr(client, operation)(**params)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in absent:
                return Answer(shown, {}, code)
            if code in GONE:
                raise NotThereError(
                    error.response["Error"].get("Message", code), f"{shown} answered {code}"
                ) from error
            message = error.response["Error"].get("Message", "")
            raise CouldNotAskError(shown, access.permission_of(service, model), code, message) from error
        except BotoCoreError as error:
            raise CouldNotAskError(
                shown, access.permission_of(service, model), type(error).__name__, str(error)
            ) from error
        answer.pop("ResponseMetadata", None)
        return Answer(shown, answer)


def without_account_in_front(request: Any, **_: Any) -> None:
    """S3's control plane puts the account's number in front of the host. An address has no place for that."""
    before, _, host = request.url.partition("://")
    account, _, rest = host.partition(".")
    if account.isdigit() and (rest[:1].isdigit() or rest.startswith("localhost")):
        request.url = f"{before}://{rest}"


def compact(value: Any) -> str:
    """A value on one line, as JSON."""
    return json.dumps(value, default=str, separators=(", ", ": "))
