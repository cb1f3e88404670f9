"""The circumstances of a request, as condition keys: who, from where, when, how.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from cloud.identity.principals import Principal
from cloud.wire import Request

TYPES = {
    "owner": "Account",
    "user": "User",
    "session": "AssumedRole",
    "anonymous": "Anonymous",
    "service": "Service",
}
Values = dict[str, "str | tuple[str, ...]"]


def global_context(principal: Principal, request: Request, region: str) -> Values:
    """The keys that every service sends, in lower case."""
    now = time.time()
    found: Values = {
        "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "aws:epochtime": str(int(now)),
        "aws:principaltype": TYPES[principal.kind],
        "aws:requestedregion": region,
        "aws:securetransport": "true",  # our plain-HTTP ports stand for endpoints that are HTTPS on AWS
        "aws:sourceip": request.source_ip,
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "false",
    }
    if principal.kind != "anonymous":
        arn = principal.role_arn if principal.kind == "session" else principal.arn
        found |= {
            "aws:principalarn": arn,
            "aws:principalaccount": principal.account,
            "aws:userid": principal.user_id,
        }
    if principal.kind == "user":
        found["aws:username"] = principal.name
    for name, header in (("aws:useragent", "user-agent"), ("aws:referer", "referer")):
        if value := request.header(header):
            found[name] = value
    return found | tags("aws:principaltag", principal.tags) | source_function(principal)


def source_function(principal: Principal) -> Values:
    """The function whose code makes a request, and whose log Lambda writes.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    return {"lambda:sourcefunctionarn": principal.function_arn} if principal.function_arn else {}


def tags(prefix: str, values: Mapping[str, str]) -> Values:
    """Tags as condition keys, like ``aws:ResourceTag/team``."""
    return {f"{prefix}/{key}".lower(): value for key, value in values.items()}


def request_tags(values: Mapping[str, str]) -> Values:
    """The tags that a request sets: each by name, and the names together."""
    return tags("aws:requesttag", values) | ({"aws:tagkeys": tuple(values)} if values else {})
