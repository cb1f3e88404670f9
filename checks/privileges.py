"""What a function's role may do beside what the function is for, or may not although it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks import changes, narrowing
from checks.asking import NotThereError
from checks.bucket_grants import bucket_says
from checks.documents import statements
from checks.look import Look
from checks.patterns import as_list, like
from checks.permissions import Decision, Permissions
from checks.policies import allows, covers, described, principals
from checks.rule import Verdict, failed, missing

SHOWN = 6  # of what is too much
LAMBDA = ("Service", "lambda.amazonaws.com")


def lent(look: Look, may: Permissions) -> Iterator[Verdict]:
    """Others than Lambda, who may take on the role; and Lambda, when it may not."""
    trust = look.role_details(may.short)["AssumeRolePolicyDocument"]
    found = as_list(changes.plain(trust).get("Statement", []))
    lenders = [one for one in found if allows(one) and principals(one) != [LAMBDA]]
    said = (
        [f"others than Lambda may take on the role: {'; '.join(map(described, lenders))}"] if lenders else []
    )
    to_lambda = [one for one in found if trusts_lambda(look, one)]
    if not any(map(allows, to_lambda)) or not all(map(allows, to_lambda)):
        said.append(f"Lambda may not take on the role, so {may.short} never starts")
    if said:
        yield failed(
            "; ".join(said),
            f"iam.get_account_authorization_details() answered the trust policy {trust}",
            may.role,
            change=narrowing.only_lambda(may.role, trust),
        )


def trusts_lambda(look: Look, statement: Mapping[str, Any]) -> bool:
    """Whether a statement of a trust policy speaks of Lambda's taking on the role for this account."""
    return (
        ({LAMBDA, ("AWS", "*")} & set(principals(statement)) != set())
        and any(like(str(one), "sts:AssumeRole") for one in as_list(statement.get("Action", [])))
        and covers(statement, "aws:sourceaccount", look.target.account_id)
    )


def by_the_bucket(look: Look, may: Permissions) -> Iterator[Verdict]:
    """What the policies of our own buckets give to the role, or take from it."""
    for bucket in filter(None, (look.target.upload_bucket, look.target.site_bucket)):
        try:
            policy = look.bucket_policy(bucket)
        except NotThereError:
            if bucket == look.target.site_bucket:
                continue  # not built yet: SECURITY-8 says so
            raise
        told = policy.told(Statement=statements(policy.get("Policy")))
        given, taken = bucket_says(policy, may, bucket)
        for decision in given:
            if not triggers_itself(may, decision):
                yield failed(
                    f"the bucket's policy lets the role do more than {may.short} is for: {decision}",
                    told,
                    may.role,
                    fix=f"Take the statement out of the policy of {bucket!r}.",
                )
        for decision in taken:
            yield failed(
                f"the bucket's policy denies what {may.short} needs: {decision}",
                told,
                may.role,
                fix=f"Take the Deny out of the policy of {bucket!r}.",
            )


def in_excess(look: Look, may: Permissions) -> Iterator[Verdict]:
    """What the role's own policies allow, and the function is not for."""
    excess = [decision for decision, _ in may.beyond() if not triggers_itself(may, decision)]
    if excess:
        first = [str(decision) for decision in excess[:SHOWN]]
        more = f" and {len(excess) - SHOWN} more" if len(excess) > SHOWN else ""
        yield failed(
            f"the role may do more than {may.short} is for: {'; '.join(first)}{more}",
            f"{may.usual.call} answered {first[0]}",
            may.role,
            change=narrowing.narrowed(look, may.short, excess),
            fix="Take the permission out of the policy that the evidence names, or detach that policy.",
        )


def lacking(look: Look, may: Permissions) -> Iterator[Verdict]:
    """What the function's code can't do without, and the role may not."""
    needed = [may.usual.of(action, resource) for action, resource in may.needed()]
    waits = may.short == "index_upload" and "TABLE_NAME" not in look.environment(may.short)
    for decision in needed:
        if decision.allowed:
            continue
        shown = f"{may.usual.call} answered {decision}"
        if waits and decision.action.startswith("dynamodb:"):
            yield missing(f"the role may not yet keep records: {decision}", shown, "metadata", may.role)
        else:
            yield failed(
                f"the role may not do what {may.short} needs: {decision}",
                shown,
                may.role,
                fix=f"Allow {decision.action} on {decision.resource} in a policy of the role {may.role!r}.",
            )


def triggers_itself(may: Permissions, decision: Decision) -> bool:
    """Whether it is the triggered function's writing where it is triggered, which SAFETY-2 judges."""
    where = f"{may.uploads}/{may.look.target.prefix}"
    return (
        may.short == "index_upload"
        and decision.action.startswith("s3:PutObject")
        and decision.resource.startswith(where)
    )
