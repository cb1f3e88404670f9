"""Lifecycle rules: what S3 itself removes some day, or puts where nobody can open it at once.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks import changes
from checks.asking import Answer
from checks.change import Call, Change
from checks.look import Look
from checks.rule import Verdict, failed, listed
from checks.triggers import EXPIRED, triggers, unqualified

LARGEST = 5 * 2**30  # bytes, of one presigned PUT
# A GET of what lies there is answered 403 InvalidObjectState until somebody restores it, which takes hours.
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
# What is smaller stays where it is, unless the rule speaks of sizes or the bucket says otherwise.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
MOVED_FROM = 128 * 1024  # bytes
BY_DEFAULT = "all_storage_classes_128K"


@dataclass(frozen=True)
class Rule:
    """What a rule does to objects as they are now, and to which. Older versions are nobody's loss here."""

    given: Mapping[str, Any]
    prefix: str
    larger_than: int  # bytes
    smaller_than: float  # bytes
    moves_from: int  # bytes
    expires: bool
    archives: bool

    def reaches(self, prefix: str) -> bool:
        """Whether it speaks of keys that begin so."""
        return self.prefix.startswith(prefix) or prefix.startswith(self.prefix)

    def expiring(self, smallest: int, largest: int) -> bool:
        """Whether it removes objects of some of these sizes."""
        return self.expires and self.larger_than < largest and smallest < self.smaller_than

    def archiving(self, smallest: int, largest: int) -> bool:
        """Whether it puts objects of some of these sizes into an archive."""
        some = self.larger_than < largest and smallest < self.smaller_than
        return self.archives and some and self.moves_from <= largest

    def __str__(self) -> str:
        return str(self.given.get("ID"))


def rules_of(answer: Answer) -> list[Rule]:
    """The rules that are in force, but for those of tags: what the dashboard stores carries none."""
    found = []
    default = answer.get("TransitionDefaultMinimumObjectSize", BY_DEFAULT) == BY_DEFAULT
    for given in answer.get("Rules", []):
        only = given.get("Filter") or {}
        filters = {**only, **(only.get("And") or {})}
        if given["Status"] != "Enabled" or "Tag" in filters or filters.get("Tags"):
            continue
        sized = {"ObjectSizeGreaterThan", "ObjectSizeLessThan"} & set(filters)
        found.append(
            Rule(
                given,
                str(given.get("Prefix") or filters.get("Prefix") or ""),
                filters.get("ObjectSizeGreaterThan", -1),
                filters.get("ObjectSizeLessThan", math.inf),
                MOVED_FROM if default and not sized else 0,
                bool({"Days", "Date"} & set(given.get("Expiration") or {})),
                any(one.get("StorageClass") in ARCHIVES for one in given.get("Transitions", [])),
            )
        )
    return found


def spoiled_uploads(look: Look) -> Iterator[Verdict]:
    """Rules of the upload bucket by which the list tells of files that nobody can open."""
    bucket, prefix = str(look.target.upload_bucket), look.target.prefix
    answer = look.lifecycle(bucket)
    rules = [one for one in rules_of(answer) if one.reaches(prefix)]
    expiring = [one for one in rules if one.expiring(1, LARGEST)]
    if expiring and not told_of_expiry(look):
        what = "S3 will remove uploads, and the list will go on showing them: the index function is not told"
        yield spoiled(bucket, answer, expiring, what)
    if archiving := [one for one in rules if one.archiving(1, LARGEST)]:
        what = "S3 will put uploads into an archive, where nobody can open them at once"
        yield spoiled(bucket, answer, archiving, what)


def told_of_expiry(look: Look) -> bool:
    """Whether the index function is told when S3 removes uploads. ObjectRemoved does not mean that.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html
    """
    index = None if look.target.unnamed("index_upload") else look.function_arn("index_upload")
    return any(
        one.events & EXPIRED and look.target.prefix.startswith(one.prefix) and not one.suffix
        for one in triggers(look.notifications())
        if index in (None, unqualified(one.arn))
    )


def spoiled_page(look: Look) -> Iterator[Verdict]:
    """Rules of the site bucket by which visitors will no longer get files of the page."""
    bucket = str(look.target.site_bucket)
    answer = look.lifecycle(bucket)
    if not (rules := rules_of(answer)):
        return
    files = {one["Key"]: one["Size"] for one in look.site_objects()["Contents"]}
    lost = {
        key: rule
        for rule in rules
        for key, size in files.items()
        if key.startswith(rule.prefix) and (rule.expiring(size, size) or rule.archiving(size, size))
    }
    if lost:
        guilty = [rule for rule in rules if rule in lost.values()]
        what = f"S3 will take files of the page away: {listed(list(lost)[:5])}"
        yield spoiled(bucket, answer, guilty, what)


def spoiled(bucket: str, answer: Answer, guilty: Sequence[Rule], what: str) -> Verdict:
    """The failure, with the change that takes the rules out."""
    given = [rule.given for rule in guilty]
    return failed(
        f"{what}, by the lifecycle rule {', '.join(map(repr, map(str, guilty)))}",
        answer.told(Rules=given),
        bucket,
        change=without(bucket, answer, given),
    )


def without(bucket: str, answer: Answer, guilty: Sequence[Mapping[str, Any]]) -> Change:
    """The bucket's rules without some of them; with none left, no rules."""
    before = changes.plain(answer)
    kept = [one for one in before["Rules"] if one not in changes.plain(guilty)]
    asked = {"Bucket": bucket}
    put = "put_bucket_lifecycle_configuration"
    return changes.setting(
        f"Take lifecycle rules of {bucket!r} away",
        Call("s3", "get_bucket_lifecycle_configuration", asked),
        answer,
        before | {"Rules": kept} if kept else None,
        Call("s3", put, asked | {"LifecycleConfiguration": {"Rules": kept}})
        if kept
        else Call("s3", "delete_bucket_lifecycle", asked),
        Call("s3", put, asked | {"LifecycleConfiguration": {"Rules": before["Rules"]}}),
        ["What these rules would have removed stays, and is paid for."],
    )
