"""A good stack in this test process's own cloud: whoever breaks it mends it."""

import pytest

from dashboard.stack import Stack, build


@pytest.fixture(scope="session")
def good_stack(aws) -> Stack:
    """Every layer, as the solutions build it. Shared: leave it as you found it."""
    stack = Stack.named("checked")
    build(stack)
    return stack
