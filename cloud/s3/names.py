"""What a bucket may be called.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import re

from cloud.aws_errors import AwsError

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_valid(name: str) -> bool:
    """Whether a new bucket may have a name.

    >>> [is_valid(name) for name in ("my.uploads-1", "Uploads", "a..b", "10.0.0.1", "xn--uploads")]
    [True, False, False, False, False]
    """
    return (
        NAME.fullmatch(name) is not None
        and ".." not in name
        and ADDRESS.fullmatch(name) is None
        and not name.startswith(RESERVED_STARTS)
        and not name.endswith(RESERVED_ENDS)
    )


def check(name: str) -> None:
    """Raise AwsError, InvalidBucketName, for a name that no bucket may have."""
    if not is_valid(name):
        message = "The specified bucket is not valid."
        raise AwsError("InvalidBucketName", message, 400, {"BucketName": name})
