"""What Lambda answers when it refuses, as the SDK sees it."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def refused(operation, **asked):
    """The code, the status and the message of a refusal. The SDK checks nothing beforehand."""
    client = boto3.client("lambda", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**asked)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]
