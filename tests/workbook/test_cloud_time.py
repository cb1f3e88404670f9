"""Letting time pass, in the embedded cloud: what was signed before is too old afterwards."""

import os

import boto3
import pytest
from botocore.config import Config

import cloud
from workbook.asking import ask
from workbook.cloud_time import let_time_pass


@pytest.fixture
def own(monkeypatch):
    """A cloud of this test's own: in a shared one, time would have passed for others too."""
    with cloud.start() as running:
        for variable, value in running.environ().items():
            monkeypatch.setitem(os.environ, variable, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield running


def test_a_link_is_too_old_once_its_time_has_passed(own):
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket="time-passes-in-here")
    s3.put_object(Bucket="time-passes-in-here", Key="a.txt", Body=b"a")
    link = s3.generate_presigned_url("get_object", {"Bucket": "time-passes-in-here", "Key": "a.txt"}, 60)
    assert ask("GET", link).status == 200
    let_time_pass(61)
    refused = ask("GET", link)
    assert (refused.status, "Request has expired" in refused.text) == (403, True)


def test_time_never_runs_backwards(aws):
    with pytest.raises(ValueError, match="forward"):
        let_time_pass(-1)
