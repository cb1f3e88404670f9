"""What lifecycle rules may say: each rule names its objects and at least one action, in order of time.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html; the words of the refusals
are those that OpenIO Swift (s3api) and the issues of terraform-provider-aws tell of S3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloud.aws_errors import AwsError, malformed_xml

Rule = Mapping[str, Any]
MOST_RULES, LONGEST_ID = 1000, 255
ACTIONS = (
    "AbortIncompleteMultipartUpload", "Expiration", "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions", "Transitions",
)  # fmt: skip
INFREQUENT = ("ONEZONE_IA", "STANDARD_IA")  # for what is kept for 30 days at least
MIXED = "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule"


def check(rules: list[Rule]) -> None:
    """Let rules pass that make sense one by one and together. Raises AwsError."""
    if len(rules) > MOST_RULES:
        message = f"The number of lifecycle rules must not exceed the allowed limit of {MOST_RULES} rules."
        raise _request(message)
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if any(len(id_) > LONGEST_ID for id_ in ids):
        raise _argument(f"ID length should not exceed allowed limit of {LONGEST_ID}")
    if len(set(ids)) < len(ids):
        raise _argument("Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: Rule) -> None:
    if ("Prefix" in rule) == ("Filter" in rule):
        raise malformed_xml()
    if not any(rule.get(action) for action in ACTIONS):
        raise _request("At least one action needs to be specified in a rule")
    expiration, abort = rule.get("Expiration"), rule.get("AbortIncompleteMultipartUpload")
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if expiration:
        _check_when(expiration, ("Date", "Days", "ExpiredObjectDeleteMarker"), "Expiration")
    if noncurrent:
        _check_when(noncurrent, ("NoncurrentDays",), "NoncurrentVersionExpiration")
    if abort:
        _check_when(abort, ("DaysAfterInitiation",), "AbortIncompleteMultipartUpload")
    marks = "ExpiredObjectDeleteMarker" if "ExpiredObjectDeleteMarker" in (expiration or {}) else ""
    _check_filter(rule.get("Filter") or {}, [marks, "AbortIncompleteMultipartUpload" if abort else ""])
    _check_transitions(rule.get("Transitions") or [], expiration or {})


def _check_when(action: Mapping[str, Any], ways: Iterable[str], name: str) -> None:
    """Refuse an action that does not say in exactly one way when it is due, or not sensibly."""
    said = [way for way in ways if way in action]
    if len(said) != 1:
        raise malformed_xml()
    if "Days" in said[0] and action[said[0]] < 1:
        raise _argument(f"'{said[0]}' for {name} action must be a positive integer")
    if said[0] == "Date":
        _check_date(action["Date"])


def _check_date(date: Any) -> None:
    if (date.hour, date.minute, date.second, date.microsecond) != (0, 0, 0, 0):
        raise _argument("'Date' must be at midnight GMT")


def _check_filter(only: Mapping[str, Any], actions: list[str]) -> None:
    """Refuse a filter by what one of the actions cannot tell apart, and one by sizes that no object has."""
    if len(only) > 1:
        raise malformed_xml()
    parts = only.get("And") or only
    larger, smaller = parts.get("ObjectSizeGreaterThan"), parts.get("ObjectSizeLessThan")
    if larger is not None and smaller is not None and smaller <= larger:
        message = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        raise _request(message)
    for action in filter(None, actions):
        if parts.get("Tag") or parts.get("Tags"):
            raise _request(f"{action} cannot be specified with Tags.")
        if larger is not None or smaller is not None:
            raise _request(f"{action} cannot be specified with Object Size.")


def _check_transitions(transitions: list[Mapping[str, Any]], expiration: Mapping[str, Any]) -> None:
    """Refuse objects that would move too early, twice to one class, or after they expired."""
    for move in transitions:
        storage, days = move.get("StorageClass"), move.get("Days")
        if storage is None or ("Date" in move) == ("Days" in move):
            raise malformed_xml()
        if days is not None and days < 30 and storage in INFREQUENT:
            start = "'Days' in Transition action must be greater than or equal to 30"
            raise _argument(f"{start} for storageClass '{storage}'")
        if "Date" in move:
            _check_date(move["Date"])
    classes = [move["StorageClass"] for move in transitions]
    if len(set(classes)) < len(classes):
        raise _request("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
    ways = {way for action in (*transitions, expiration) for way in ("Date", "Days") if way in action}
    if len(ways) > 1:
        raise _request(MIXED)
    latest = max((move["Days"] for move in transitions if "Days" in move), default=-1)
    if expiration.get("Days", latest + 1) <= latest:
        raise _argument(
            "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
        )


def _request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def _argument(message: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400)
