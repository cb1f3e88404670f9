"""Block Public Access: what makes a bucket policy public, and the four switches that stand against it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloud import moto_side
from cloud.aws_errors import AccessDeniedError
from cloud.identity import policy as engine
from cloud.identity.principals import Principal

SWITCHES = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")


@dataclass(frozen=True)
class PublicAccess:
    """The four switches of a bucket's public access block."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


def public_access(bucket: str) -> PublicAccess:
    """The switches that hold for a bucket: each is on when it is for the bucket or for the whole account."""
    found = moto_side.bucket(bucket)
    blocks = (found.public_access_block if found else None, moto_side.account_public_access_block())
    return PublicAccess(
        *(any(bool(getattr(block, switch, False)) for block in blocks) for switch in SWITCHES)
    )


RESTRICTING = {  # keys whose fixed values make a grant to everyone no public grant
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}
POSITIVE = re.compile(
    r"(ForAnyValue:)?(String(Equals|Like|EqualsIgnoreCase)|Arn(Equals|Like)|IpAddress)", re.IGNORECASE
)


def is_public(document: Mapping[str, Any]) -> bool:
    """Whether S3 calls a bucket policy public: it allows everyone something, and no condition restricts it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

    >>> is_public({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}})
    True
    """
    return any(_is_public(statement) for statement in engine.statements(document))


def _is_public(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    aws = engine.as_list(principal.get("AWS", [])) if isinstance(principal, Mapping) else []
    if principal != "*" and "*" not in aws and "NotPrincipal" not in statement:
        return False
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            fixed = key.lower() in RESTRICTING and POSITIVE.fullmatch(operator)
            if fixed and all(_is_fixed(key.lower(), str(value)) for value in engine.as_list(values)):
                return False
    return True


def _is_fixed(key: str, value: str) -> bool:
    if key == "aws:sourceip":
        return not value.endswith(("/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7"))
    return "*" not in value if key not in ("aws:sourcearn", "aws:principalarn") else not value.startswith("*")


def check_policy(bucket: str, document: Mapping[str, Any], caller: Principal) -> None:
    """Refuse a public policy while BlockPublicPolicy is on."""
    if public_access(bucket).block_public_policy and is_public(document):
        raise AccessDeniedError(
            f"User: {caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
            f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting '
            "in S3 Block Public Access."
        )
