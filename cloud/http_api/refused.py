"""How a request ends before it has an answer: an authorizer refuses it, or an integration fails."""

from __future__ import annotations

from cloud.http_api import answers
from cloud.wire import Response


class RefusedError(Exception):
    """A request does not pass. ``error`` is for the access log, ``challenge`` for the client's next try."""

    def __init__(self, status: int, error: str = "", challenge: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.challenge = status, error, challenge

    def answer(self) -> Response:
        response = answers.refusal(self.status)
        if self.challenge:
            response.headers.append(("Www-Authenticate", self.challenge))
        return response


class IntegrationError(Exception):
    """An integration has no answer. The message is for the access log, the client hears the status alone."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
