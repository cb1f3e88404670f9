"""The site bucket's policy: what everybody may do there, which should be to read the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks import changes, public, secrets
from checks.asking import Answer
from checks.change import Change
from checks.documents import statements
from checks.look import Look
from checks.patterns import as_list, exactly_like
from checks.policies import allows, described, strangers
from checks.rule import Verdict, failed, listed, passed


def readable_and_no_more(look: Look) -> Iterator[Verdict]:
    """Whether strangers can read the page, all of it, and do nothing else, and find no secret in it."""
    bucket, answer = str(look.target.site_bucket), look.bucket_policy(str(look.target.site_bucket))
    objects = f"arn:aws:s3:::{bucket}/*"
    found = statements(answer.get("Policy"))
    open_ = [one for one in found if allows(one) and strangers(one, look.target.account_id)]
    guilty = [one for one in open_ if not only_reads(one, bucket)]
    reads = [one for one in open_ if one not in guilty]
    if guilty or not reads:
        change = read_only(bucket, answer, guilty, add=not reads)
        shown = "; ".join(map(described, guilty))
        observed = f"everybody may do more than read: {shown}" if guilty else "nobody may read the page"
        yield failed(observed, answer.told(Statement=guilty or found), change=change)
    page, files = look.page(), look.served(look.site_url().rstrip("/"))
    refused = [key for key, reply in files.items() if reply.status == 403]
    blocked = bool(reads and refused) and page.status == 403 and len(refused) == len(files)
    unread = [] if blocked else list(dict.fromkeys([*unreadable(look, reads), *refused]))
    if reads and unread:
        yield failed(
            f"strangers can't read all of the page: {listed(unread[:5])}",
            answer.told(Statement=[described(one) for one in found]),
            fix=f"Allow s3:GetObject to everybody on {objects!r}, and take a Deny out of the bucket policy.",
        )
    if blocked:
        yield failed(
            f"nobody can read the page, although the policy allows it: {page}",
            f"{page}; {answer.told(Statement=[described(one) for one in found])}",
            fix=f"Let the public access block of {bucket!r}, or of the account, allow a public policy, "
            "or take the Deny out of the bucket policy.",
        )
    acl = look.acl(bucket)
    if groups := public.group_grants(acl):
        yield failed(
            f"the ACL lets everybody in: {', '.join(groups)}",
            acl.told("Grants"),
            fix=f"s3 = boto3.client('s3')\ns3.put_bucket_acl(Bucket={bucket!r}, ACL='private')",
        )
    leaks = list(secrets.in_site(look))
    for leak in leaks:
        yield failed(
            f"a secret is published: {leak}",
            f"GET of {leak.where} shows {leak}",
            f"{bucket}/{leak.where}",
            fix="Make a new key and disable this one first: it has been public. Then publish the page "
            "without it.",
        )
    if reads and not (guilty or unread or blocked or groups or leaks):
        count = len(look.site_objects()["Contents"])
        yield passed(
            f"everybody may read, and only that; no secret in {count} files",
            answer.told(Statement=[described(one) for one in found]),
        )


def only_reads(statement: Mapping[str, Any], bucket: str) -> bool:
    """Whether a statement allows GetObject on this bucket's objects and nothing else."""
    actions, resources = as_list(statement.get("Action", [])), as_list(statement.get("Resource", []))
    return (
        bool(actions)
        and "NotPrincipal" not in statement
        and all(str(action).lower() == "s3:getobject" for action in actions)
        and all(str(resource).startswith(f"arn:aws:s3:::{bucket}/") for resource in resources)
    )


def unreadable(look: Look, reads: Sequence[Mapping[str, Any]]) -> list[str]:
    """The page's files that no statement lets everybody read."""
    keys = [one["Key"] for one in look.site_objects()["Contents"]]
    patterns = [str(resource) for one in reads for resource in as_list(one.get("Resource", []))]
    arn = f"arn:aws:s3:::{look.target.site_bucket}"
    return [key for key in keys if not any(exactly_like(pattern, f"{arn}/{key}") for pattern in patterns)]


def read_only(bucket: str, answer: Answer, guilty: Sequence[Mapping[str, Any]], *, add: bool) -> Change:
    """The policy without the guilty statements; ``add`` the one that lets everybody read."""
    readable = {
        "Sid": "EverybodyMayReadThePage",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    kept = [one for one in statements(answer.get("Policy")) if one not in guilty]
    return changes.bucket_policy(
        bucket,
        answer,
        [readable, *kept] if add else kept,
        f"Let everybody read, and only read, {bucket!r}",
        ["Whoever relied on the other statements is refused at once."],
    )
