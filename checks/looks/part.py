"""What every kind of look shares: whom to ask, about which target, and what was made of answers."""

from __future__ import annotations

import threading
from typing import Any

from checks.asking import Answer, Asker, NotThereError
from checks.target import Target


class Part:
    """Asks about the parts of one target. What is not there raises NotThereError."""

    def __init__(self, target: Target, asker: Asker) -> None:
        self.target = target
        self.ask = asker.ask
        self.client = asker.client
        self._once = threading.Lock()
        self.kept: dict[str, object] = {}  # what rules made of answers, for other rules

    def _there(self, what: str, layer: str, service: str, operation: str, **params: Any) -> Answer:
        """Ask about a thing that a layer makes; ``what`` says that it is not there."""
        try:
            return self.ask(service, operation, **params)
        except NotThereError as gone:
            raise NotThereError(what, gone.evidence, layer) from gone
