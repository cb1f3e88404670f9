"""The cloud that has to live on."""

import pytest

import cloud
from tests.cloud.fuzz.asking import revive
from tests.cloud.s3.conftest import ask


@pytest.fixture(scope="session")
def target():
    """A cloud of its own, with a bucket, a table, a log group, a user and an API to stumble over."""
    with cloud.start() as running:
        revive(running)
        yield running
        assert running.running
        assert ask(f"{running.endpoint_url}/_cloud/health").status == 200
