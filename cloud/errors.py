"""What can go wrong with the embedded cloud itself, told to the person who started it."""


class CloudError(Exception):
    """The embedded cloud cannot do what was asked of it. The message says what happened and the next step."""


class PortInUseError(CloudError):
    """Another program already listens where the embedded cloud wants to."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken, so the embedded cloud did not start. "
            f"Stop the other program, or start on another port: python -m cloud --port {port + 1}"
        )


class CloudDidNotStartError(CloudError):
    """The embedded cloud's process ended, or said nothing, before it was ready."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The embedded cloud did not start: {reason}")
