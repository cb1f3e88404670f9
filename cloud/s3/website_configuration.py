"""What a website configuration may say, and what S3 answers when it says something else.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloud.aws_errors import AwsError, malformed_xml

MOST_RULES = 50
REDIRECTS = (301, 302, 303, 304, 305, 307, 308)
ERRORS = (*range(400, 418), *range(500, 506))
PROTOCOLS = (None, "http", "https")
BAD_PROTOCOL = (
    "Invalid protocol, protocol can be http or https. "
    "If not defined the protocol will be selected automatically."
)


def check(configuration: Mapping[str, Any]) -> None:
    """Raise AwsError unless S3 takes the configuration."""
    if (everything := configuration.get("RedirectAllRequestsTo")) is not None:
        if len(configuration) > 1 or not everything.get("HostName"):
            raise malformed_xml()
        if everything.get("Protocol") not in PROTOCOLS:
            raise AwsError("InvalidRequest", BAD_PROTOCOL)
        return
    if not configuration.get("IndexDocument"):
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise _about_index(message, "null")
    suffix = configuration["IndexDocument"].get("Suffix") or ""
    if not suffix or "/" in suffix:
        raise _about_index("The IndexDocument Suffix is not well formed", suffix)
    if "ErrorDocument" in configuration and not (configuration["ErrorDocument"] or {}).get("Key"):
        details = {"ArgumentName": "ErrorDocument", "ArgumentValue": ""}
        raise AwsError("InvalidArgument", "The ErrorDocument Key is not well formed", 400, details)
    if "RoutingRules" in configuration:
        rules = configuration["RoutingRules"]
        if not rules:
            raise malformed_xml()
        if len(rules) > MOST_RULES:
            limit = f"the number of routing rules in a website configuration is limited to {MOST_RULES}."
            raise AwsError("InvalidRequest", f"{len(rules)} routing rules provided, {limit}")
        for rule in rules:
            _check_rule(rule)


def _check_rule(rule: Mapping[str, Any]) -> None:
    target = rule.get("Redirect") or {}
    if not target:
        raise malformed_xml()
    if "ReplaceKeyPrefixWith" in target and "ReplaceKeyWith" in target:
        raise AwsError("InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    if "Condition" in rule and not rule["Condition"]:
        message = (
            "Condition cannot be empty. To redirect all requests without a condition, "
            "the condition element shouldn't be present."
        )
        raise AwsError("InvalidRequest", message)
    if target.get("Protocol") not in PROTOCOLS:
        raise AwsError("InvalidRequest", BAD_PROTOCOL)
    code = target.get("HttpRedirectCode")
    if code is not None and _number(code) not in REDIRECTS:
        raise AwsError(
            "InvalidRequest",
            f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300.",
        )
    refused = (rule.get("Condition") or {}).get("HttpErrorCodeReturnedEquals")
    if refused is not None and _number(refused) not in ERRORS:
        raise AwsError(
            "InvalidRequest",
            f"The provided HTTP error code ({refused}) is not valid. Valid codes are 4XX or 5XX.",
        )


def _number(code: Any) -> int:
    if not str(code).isdigit():
        raise malformed_xml()
    return int(code)


def _about_index(message: str, value: str) -> AwsError:
    details = {"ArgumentName": "IndexDocument", "ArgumentValue": value}
    return AwsError("InvalidArgument", message, 400, details)
