"""01_storage: a bucket that strangers cannot enter, and links that let them read one file for a while."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from dashboard.stack import Stack
from dashboard.stack.storage import ALL_FOUR
from workbook import throwaway
from workbook.asking import ask
from workbook.exercises import Exercise, Outcome, no_function, not_yet, partly, passes
from workbook.exercises.storage_links import link_lends, refusals_are_told_apart

PAGES = {"ListObjects": "MaxKeys", "ListObjectsV2": "MaxKeys", "ListObjectVersions": "MaxKeys"}


def bucket_closes(stack: Stack, create_private_bucket: Callable[..., object] | None = None) -> Outcome:
    """Open a bucket wide, let the learner's function close it, and try to get in as a stranger."""
    looked = "a bucket that was wide open, after your function; and the upload bucket"
    if create_private_bucket is None:
        return no_function(looked, "storage-1", "create_private_bucket")
    s3 = stack.client("s3")
    with throwaway.bucket(stack) as bucket:
        open_wide(s3, bucket)
        create_private_bucket(s3, bucket)
        by_policy = ask("GET", f"{s3.meta.endpoint_url}/{bucket}/by-policy.txt").status
        by_acl = ask("GET", f"{s3.meta.endpoint_url}/{bucket}/by-acl.txt").status
        kept = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        doors = {
            "a policy for everybody": taken(s3.put_bucket_policy, Bucket=bucket, Policy=everybody(bucket)),
            "an ACL on an object": taken(
                s3.put_object, Bucket=bucket, Key="mine.txt", Body=b"", ACL="bucket-owner-read"
            ),
        }
    if "by-policy.txt" not in kept:
        return partly(
            looked,
            "the bucket is closed, and what was in it is gone",
            "Leave a bucket that is there as it is: `create_bucket` does, and the settings change nothing in it.",
            0.3,
        )
    open_doors = [door for door, was_taken in doors.items() if was_taken]
    readable = 200 in (by_policy, by_acl)
    if readable and len(open_doors) == len(doors):
        return not_yet(
            looked,
            "a stranger reads a file there, and the bucket takes policies and ACLs for everybody",
            "Fill in `create_private_bucket`: the bucket, the four switches, the ownership.",
        )
    if readable:
        return partly(
            looked,
            "new doors are shut, and a stranger still reads a file through an old one",
            "All four switches: `IgnorePublicAcls` and `RestrictPublicBuckets` shut what was open before.",
        )
    if open_doors:
        return partly(
            looked,
            f"no stranger gets in, and the bucket still takes {' and '.join(open_doors)}",
            "Policies are stopped by `BlockPublicPolicy`, ACLs by `put_bucket_ownership_controls` with "
            "`BucketOwnerEnforced`.",
            0.7,
        )
    block = s3.get_public_access_block(Bucket=stack.upload_bucket)["PublicAccessBlockConfiguration"]
    if off := [switch for switch in ALL_FOUR if not block.get(switch)]:
        return partly(
            looked,
            f"your function closes; `{stack.upload_bucket}` itself has {', '.join(off)} off",
            "Call your function with `stack.upload_bucket`.",
            0.8,
        )
    return passes(looked, "strangers get 403, by policy or by ACL, and no new door opens")


def open_wide(s3: Any, bucket: str) -> None:
    """Make a bucket as some were before April 2023. What the whole account forbids stays shut."""
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object(Bucket=bucket, Key="by-policy.txt", Body=b"secret")
    with suppress(ClientError):
        s3.put_object(Bucket=bucket, Key="by-acl.txt", Body=b"secret", ACL="public-read")
    with suppress(ClientError):
        s3.put_bucket_policy(Bucket=bucket, Policy=everybody(bucket, "by-policy.txt"))


def everybody(bucket: str, key: str = "*") -> str:
    """A policy with which everybody may read."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{key}",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def taken(call: Callable[..., object], **asked: object) -> bool:
    """Whether S3 does what it is asked."""
    try:
        call(**asked)
    except ClientError:
        return False
    return True


def folders_are_listed(stack: Stack, folders: Callable[..., Any] | None = None) -> Outcome:
    """Let the learner's function list five "folders" from an S3 that answers two things at a time."""
    looked = "five folders and a file, listed from an S3 whose pages hold two things"
    if folders is None:
        return no_function(looked, "storage-4", "folders")
    s3 = throwaway.with_small_pages(stack, "s3", PAGES)
    names = ["a/1.txt", "a/2.txt", "a/deep/3.txt", "b/1.txt", "c d/1.txt", "e/1.txt", "f/1.txt", "file.txt"]
    right = ["a", "b", "c d", "e", "f"]
    with throwaway.objects(stack, names) as prefix:
        found = folders(s3, stack.upload_bucket, prefix)
        if found is None:
            return not_yet(looked, "your function answered None", "Return a list of names.")
        found = [str(name) for name in found]
    if not s3.received:
        return partly(
            looked,
            "your function asked another client than the one that it was given",
            "Ask with `s3`, the first argument: the check gave it small pages.",
            0.4,
        )
    sent = sum(len(page.get("Contents", [])) for page in s3.received)
    if sorted(found) != right:
        lost = [name for name in right if name not in found]
        return partly(
            looked,
            f"it found {found!r} instead of {right!r}",
            "Read every page: `get_paginator('list_objects_v2')`."
            if lost and set(found) < set(right)
            else "One name a folder, without the prefix and without the slash.",
            0.4,
        )
    if sent > 1:
        return partly(
            looked,
            f"the names are right, and S3 had to send {sent} keys for them",
            'Ask with `Delimiter="/"`, and read `CommonPrefixes`.',
            0.7,
        )
    return passes(looked, "all five, page after page, and S3 sent no key that nobody asked for")


def nothing_is_left(stack: Stack, remove_for_good: Callable[..., object] | None = None) -> Outcome:
    """Let the learner's function remove one key from a bucket with versions, and count what is left."""
    looked = "a bucket that keeps versions: what your function left of one key, and of its neighbours"
    if remove_for_good is None:
        return no_function(looked, "storage-5", "remove_for_good")
    key = f"letter-{secrets.token_hex(3)}.txt"
    s3 = stack.client("s3")
    with throwaway.bucket(stack) as bucket:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for name in (key, key, f"{key}.bak", f"{key}.bak", "a.txt"):
            s3.put_object(Bucket=bucket, Key=name, Body=b"Dear bank")
        for name in (key, f"{key}.bak"):
            s3.delete_object(Bucket=bucket, Key=name)
        s3.put_object(Bucket=bucket, Key=key, Body=b"Dear bank, again")
        before = versions(s3, bucket)
        remove_for_good(throwaway.with_small_pages(stack, "s3", PAGES), bucket, key)
        after = versions(s3, bucket)
    if after[key] >= before[key]:
        return not_yet(
            looked,
            f"{after[key]} versions and markers of the key are still there",
            "Delete each version by its `VersionId`; a delete without one only adds a marker.",
        )
    if after[key]:
        return partly(
            looked,
            f"{after[key]} of {before[key]} versions and markers are left",
            "Delete markers are listed apart from versions, in `DeleteMarkers`; and there may be more than one "
            "page of both (the check's pages hold two).",
        )
    if lost := [name for name in before if name != key and after[name] < before[name]]:
        return partly(
            looked,
            f"the key is gone, and so are versions of {', '.join(lost)}",
            "`Prefix` finds longer keys too: compare `version['Key']` with the key.",
            0.6,
        )
    return passes(looked, "every version and marker of the key is gone, and its neighbours are all there")


def versions(s3: Any, bucket: str) -> Counter[str]:
    """How many versions and delete markers each key has."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return Counter(
        one["Key"] for page in pages for one in page.get("Versions", []) + page.get("DeleteMarkers", [])
    )


EXERCISES = (
    Exercise(
        id="storage-1",
        title="Close the bucket",
        look=bucket_closes,
        why="Uploads are other people's files. One policy for everybody, pasted in a hurry, would publish "
        "them all; the switches outvote it.",
        where="01_storage, 'Make a bucket'",
        hints=(
            "Three calls: `create_bucket` from the cell above, then the switches, then the ownership.",
            "`s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_FOUR)`",
            "`s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={'Rules': "
            "[{'ObjectOwnership': 'BucketOwnerEnforced'}]})`",
        ),
        points=2,
    ),
    Exercise(
        id="storage-2",
        title="Lend a file by link",
        look=link_lends,
        why="A link is a permission that you give away. It should open one file, and end soon.",
        where="01_storage, 'Sign a link'",
        hints=(
            "One call: `signer.generate_presigned_url`. It takes the operation's name in boto3's spelling.",
            'Reading an object is "get_object"; its parameters go into `Params`, the seconds into `ExpiresIn`.',
            'return signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, '
            "ExpiresIn=seconds)",
        ),
    ),
    Exercise(
        id="storage-3",
        title="Tell the refusals apart",
        look=refusals_are_told_apart,
        why="Each refusal has its own remedy: a new link, the right key, a signature. Who can't tell them "
        "apart tries everything, and in the end opens the bucket.",
        where="01_storage, 'What can go wrong: somebody changes the link'",
        hints=(
            "`said(answer)` gives you status, code and message. Begin with the statuses below 300.",
            "Two codes speak for themselves: SignatureDoesNotMatch and NoSuchKey.",
            'What is left is AccessDenied: with the message "Request has expired" it is "expired", else '
            '"not signed".',
        ),
        points=2,
    ),
    Exercise(
        id="storage-4",
        title="List the folders",
        look=folders_are_listed,
        why="With a million files, a page of names costs one request. Fetching every key to find three "
        "folders costs a thousand.",
        where="01_storage, 'Look for the folders'",
        hints=(
            "Ask with `Prefix` and `Delimiter`, as in the cell above, but through a paginator.",
            "`s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix, Delimiter='/')` gives "
            "pages; a page may have no `CommonPrefixes` at all.",
            "Each rolled-up prefix is like `incoming/2026/`: take away the prefix in front "
            "(`removeprefix`) and the slash behind (`rstrip`).",
        ),
        points=2,
    ),
    Exercise(
        id="storage-5",
        title="Remove a file for good",
        look=nothing_is_left,
        why="Whoever asks you to delete their file means its bytes, not its name in a list.",
        where="01_storage, 'Delete, and find it still there'",
        hints=(
            "`list_object_versions` lists `Versions` and `DeleteMarkers`, each with a `VersionId`.",
            "`s3.delete_object(Bucket=bucket, Key=key, VersionId=...)` removes exactly that one.",
            "Page through `s3.get_paginator('list_object_versions').paginate(Bucket=bucket, Prefix=key)`, and "
            "skip what has another `Key`.",
        ),
        points=2,
    ),
)
