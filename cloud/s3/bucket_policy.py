"""What a bucket policy may say: S3 refuses one that could never mean anything for its bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.identity import policy as engine
from cloud.identity.conditions import is_operator, like

VERSIONS = ("2008-10-17", "2012-10-17")
ACTION = re.compile(r"\*|s3(-object-lambda)?:[A-Za-z0-9*?]+", re.IGNORECASE)
PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)|arn:aws:sts::\d{12}:assumed-role/[\w+=,.@/-]+"
)
# Actions on objects, by their names; all others are on the bucket. s3:*Object* alone would miss these three.
ON_OBJECTS = re.compile(
    r"s3:(AbortMultipartUpload|ListMultipartUploadParts|InitiateReplication|BypassGovernanceRetention"
    r"|(Get|Put|Delete|Restore|Replicate|Update)Object\w*)",
    re.IGNORECASE,
)


def read(text: bytes, bucket: str) -> Mapping[str, Any]:
    """The policy that a text holds. Raises AwsError, MalformedPolicy, in S3's words."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise malformed("Policies must be valid JSON and the first byte must be '{'")
    if "Version" in document and document["Version"] not in VERSIONS:
        raise malformed("The policy must contain a valid version string")
    if "Statement" not in document:
        raise malformed("Missing required field Statement")
    statements = engine.as_list(document["Statement"])
    if not statements:
        raise malformed("Could not parse the policy: Statement is empty!")
    for statement in statements:
        _check(statement, bucket)
    return document


def malformed(message: str, detail: str = "") -> AwsError:
    return AwsError("MalformedPolicy", message, 400, {"Detail": detail} if detail else None)


def _check(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise malformed("Policies must be valid JSON and the first byte must be '{'")
    for either in (
        ("Effect",),
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ):
        if not any(name in statement for name in either):
            raise malformed(f"Missing required field {either[0]}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise malformed(f"Invalid effect: {statement['Effect']}")
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    actions = engine.as_list(statement.get("Action", statement.get("NotAction")))
    if not actions or not all(isinstance(one, str) and ACTION.fullmatch(one) for one in actions):
        raise malformed("Policy has invalid action")
    resources = engine.as_list(statement.get("Resource", statement.get("NotResource")))
    if not resources or not all(isinstance(one, str) and _of_bucket(one, bucket) for one in resources):
        raise malformed("Policy has invalid resource")
    if "Action" in statement and "Resource" in statement and not any(
        _applies(action, resource) for action in actions for resource in resources
    ):  # fmt: skip
        raise malformed("Action does not apply to any resource(s) in statement")
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
        raise malformed("Invalid policy syntax.")
    for operator in conditions:
        if not is_operator(operator):
            raise malformed(f"Invalid Condition type : {operator}")


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise malformed("Invalid policy syntax.")
    for kind, names in principal.items():
        if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            raise malformed("Invalid principal in policy", kind)
        for name in engine.as_list(names):
            if not isinstance(name, str) or (kind == "AWS" and not _exists(name)):
                raise malformed("Invalid principal in policy", str(name))


def _exists(name: str) -> bool:
    """Whether a name is a principal's; one of this account must exist."""
    if not PRINCIPAL.fullmatch(name):
        return False
    _, _, service, _, account, *rest = [*name.split(":"), "", "", "", "", ""]
    if service != "iam" or account != moto_side.ACCOUNT_ID or rest[0] == "root":
        return True
    kind, _, path = rest[0].partition("/")
    return moto_side.iam_arn(kind, path.rpartition("/")[2]) == name


def _of_bucket(resource: str, bucket: str) -> bool:
    if resource == "*":
        return True
    where, _, _ = resource.removeprefix("arn:aws:s3:::").partition("/")
    return resource.startswith("arn:aws:s3:::") and ("${" in where or like(where, bucket))


def _applies(action: str, resource: str) -> bool:
    """Whether an action is one on a bucket where a bucket stands, and on objects where objects do.

    >>> _applies("s3:GetObject", "arn:aws:s3:::uploads"), _applies("s3:GetObject", "arn:aws:s3:::uploads/*")
    (False, True)
    >>> _applies("s3:ListBucket", "arn:aws:s3:::uploads/*"), _applies("s3:*", "arn:aws:s3:::uploads")
    (False, True)
    """
    if "*" in action or "?" in action:
        return True
    objects = "/" in resource or resource.endswith("*")
    return objects if ON_OBJECTS.fullmatch(action) else "/" not in resource
