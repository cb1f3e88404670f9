"""The stack: eight architecture layers, one module each, that build the upload dashboard with plain boto3."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from dashboard.stack.manifest import manifest
from dashboard.stack.names import DEFAULT_NAME, Stack, StackNameError
from dashboard.stack.teardown import destroy, leftovers

__all__ = ["DEFAULT_NAME", "LAYERS", "LayerError", "Stack", "StackNameError", "build", "destroy",
           "layers_through", "leftovers", "manifest"]  # fmt: skip

LAYERS = ("storage", "events", "metadata", "api", "frontend", "uploads", "delete", "monitoring")


class LayerError(ValueError):
    """A layer that the dashboard does not have."""

    def __init__(self, layer: str) -> None:
        super().__init__(f"There is no layer {layer!r}. The layers are, in order: {', '.join(LAYERS)}.")


def layers_through(layer: str) -> tuple[str, ...]:
    """The layers up to one, in the order in which they are built. Raises LayerError."""
    if layer not in LAYERS:
        raise LayerError(layer)
    return LAYERS[: LAYERS.index(layer) + 1]


def build(stack: Stack, through: str = LAYERS[-1], progress: Callable[[str], object] | None = None) -> None:
    """Build the layers up to ``through``, telling ``progress`` what each one is. Safe to run twice."""
    for layer in layers_through(through):
        module = importlib.import_module(f"dashboard.stack.{layer}")
        if progress:
            progress(module.__doc__)
        module.build(stack)
