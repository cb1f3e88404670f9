"""What keeps the upload bucket from becoming public: its four switches, and no access control lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks import changes
from checks.asking import Answer
from checks.change import Call, Change

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
GROUPS = "http://acs.amazonaws.com/groups/"


def closed(bucket: str, answer: Answer) -> Change:
    """All four switches on, and the way back to what they are now."""
    own = answer.get("PublicAccessBlockConfiguration", {})
    on = dict.fromkeys(SWITCHES, True)
    put = {"Bucket": bucket, "PublicAccessBlockConfiguration": on}
    back = (
        Call("s3", "put_public_access_block", put | {"PublicAccessBlockConfiguration": own})
        if own
        else Call("s3", "delete_public_access_block", {"Bucket": bucket})
    )
    return changes.setting(
        f"Turn on all four public access switches of {bucket!r}",
        Call("s3", "get_public_access_block", {"Bucket": bucket}),
        answer,
        {"PublicAccessBlockConfiguration": on},
        Call("s3", "put_public_access_block", put),
        back,
        ["A public policy or ACL of this bucket stops working at once. Presigned URLs go on working."],
    )


def without_acls(bucket: str, answer: Answer) -> Change:
    """The bucket's owner owns every object, and ACLs have no effect."""
    rules = answer.get("OwnershipControls", {}).get("Rules", [])
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    put = {"Bucket": bucket, "OwnershipControls": enforced}
    back = (
        Call("s3", "put_bucket_ownership_controls", put | {"OwnershipControls": {"Rules": rules}})
        if rules
        else Call("s3", "delete_bucket_ownership_controls", {"Bucket": bucket})
    )
    return changes.setting(
        f"Disable the ACLs of {bucket!r}",
        Call("s3", "get_bucket_ownership_controls", {"Bucket": bucket}),
        answer,
        {"OwnershipControls": enforced},
        Call("s3", "put_bucket_ownership_controls", put),
        back,
        ["Uploads that send an ACL other than bucket-owner-full-control are refused."],
    )


def group_grants(acl: Mapping[str, Any]) -> list[str]:
    """What an ACL grants to everybody, or to everybody with an account."""
    return [
        f"{grant['Grantee']['URI'].removeprefix(GROUPS)} has {grant['Permission']}"
        for grant in acl.get("Grants", [])
        if str(grant.get("Grantee", {}).get("URI", "")).startswith(GROUPS)
    ]
