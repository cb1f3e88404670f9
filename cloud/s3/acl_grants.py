"""Whom an ACL may name: accounts by their canonical id, and the groups that there are.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloud.aws_errors import AwsError, malformed_xml
from cloud.s3.arguments import invalid_argument
from cloud.wire import Request

HEADERS = tuple(f"x-amz-grant-{name}" for name in ("read", "write", "read-acp", "write-acp", "full-control"))
GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
CANONICAL_ID = re.compile(r"[0-9a-f]{64}")
GRANTEE = re.compile(r'(id|uri|emailAddress)="?([^"]*)"?')


def check_headers(request: Request) -> None:
    """Let grants in headers pass: ``id="..."``, ``uri="..."``, separated by commas. Raises AwsError."""
    if request.header("x-amz-acl") and any(request.has_header(name) for name in HEADERS):
        raise AwsError("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", 400)
    for name in HEADERS:
        for text in request.header(name).split(",") if request.has_header(name) else ():
            grantee = GRANTEE.fullmatch(text.strip())
            if grantee is None:
                raise invalid_argument("Argument format not recognized", name, text.strip())
            _check(grantee[1], grantee[2], id_name="id", group_name="uri")


def check_policy(policy: Mapping[str, Any]) -> None:
    """Let the grants of a document pass. Raises AwsError."""
    owner = (policy.get("Owner") or {}).get("ID")
    if owner is None:
        error = malformed_xml()
        error.code = "MalformedACLError"
        raise error
    _check("id", owner, id_name="CanonicalUser/ID", group_name="")
    for grant in policy.get("Grants") or []:
        grantee = grant.get("Grantee") or {}
        for kind, member in (("id", "ID"), ("uri", "URI"), ("emailAddress", "EmailAddress")):
            if grantee.get(member):
                _check(kind, grantee[member], id_name="CanonicalUser/ID", group_name="Group/URI")


def _check(kind: str, value: str, *, id_name: str, group_name: str) -> None:
    if kind == "id" and not CANONICAL_ID.fullmatch(value):
        raise invalid_argument("Invalid id", id_name, value)
    if kind == "uri" and value not in GROUPS:
        raise invalid_argument("Invalid group uri", group_name, value)
    if kind == "emailAddress":  # S3 knows no such grants since October 2025
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
