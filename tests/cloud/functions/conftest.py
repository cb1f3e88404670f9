"""Clouds whose clock a test may move or hurry: no other module sees it."""

import os

import boto3
import pytest

import cloud
from tests.cloud.functions.making import scale


@pytest.fixture(scope="module")
def quick(aws):
    """The module's cloud, where waits between attempts take a thousandth of their time."""
    scale(aws, 0.001)
    yield aws
    scale(aws, 1 / 60)


@pytest.fixture(scope="module")
def own_cloud():
    with cloud.start() as own:
        yield own


@pytest.fixture
def moving(aws, own_cloud, monkeypatch):
    """A cloud of the module's own, which ``boto3.client`` finds for as long as the test runs."""
    for variable, value in own_cloud.environ().items():
        monkeypatch.setitem(os.environ, variable, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return own_cloud
