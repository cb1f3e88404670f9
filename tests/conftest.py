"""What every test may ask for: a real embedded cloud, and an environment that points at it."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

import cloud

AWS_VARIABLES = [name for name in os.environ if name.startswith("AWS_")]
for name in AWS_VARIABLES:  # no test ever reaches the account of whoever runs it
    del os.environ[name]

# The same examples in every run, however long each takes: a run tells of the code, not of the machine.
settings.register_profile("workbook", derandomize=True, deadline=None)
settings.load_profile("workbook")


@pytest.fixture(scope="session")
def aws() -> Iterator[cloud.Cloud]:
    """An embedded cloud of this test run's own. ``boto3.client("s3")`` finds it without further ado."""
    with cloud.start() as running:
        os.environ.update(running.environ())
        yield running
        for name in running.environ():
            os.environ.pop(name, None)
