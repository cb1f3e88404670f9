"""07_delete: a file leaves two stores, in the order in which the rest heals by itself."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from dashboard.stack.roles import grant
from workbook.asking import ask, may
from workbook.exercises import Exercise, Outcome, cannot_tell, no_function, not_yet, partly, passes
from workbook.exercises.delete_orphans import orphans_are_found
from workbook.exercises.delete_probe import Probe, delete_by_function
from workbook.waiting import wait_for


def both_are_removed(stack: Stack) -> Outcome:
    """Delete files through the function: once, twice, beside a neighbour, and with a right taken away."""
    looked = f"`{stack.functions['delete_file'].name}`, with files of the check's own"
    probe = Probe(stack)
    try:
        return removal(stack, probe, looked)
    finally:
        probe.remove()


def removal(stack: Stack, probe: Probe, looked: str) -> Outcome:
    key, neighbour = probe.make("a.txt"), probe.make("a.txt.old")
    status, said, log = delete_by_function(stack, key)
    left = [what for what, there in (("object", probe.stored(key)), ("record", probe.recorded(key))) if there]
    if len(left) == 2:
        return not_yet(
            looked, f"the file is still in both places; {said}", "Delete the object, then the record."
        )
    if left:
        return partly(looked, f"the {left[0]} is still there; {said}", f"Delete the {left[0]} as well.", 0.3)
    if status != 204:
        return partly(
            looked, f"the file is gone; the answer is not 204: {said}", 'Return `{"statusCode": 204}`.', 0.6
        )
    if not (probe.stored(neighbour) and probe.recorded(neighbour)):
        return partly(looked, "a file with a similar name is gone too", "Delete exactly this key.", 0.4)
    again, said, _ = delete_by_function(stack, key)
    if again != 204:
        return partly(
            looked, f"asked a second time: {said}", "Don't look first: both stores take it calmly.", 0.6
        )
    outside = "workbook-check/outside.txt"
    stack.client("s3").put_object(Bucket=stack.upload_bucket, Key=outside, Body=b"x")
    try:
        status, said, _ = delete_by_function(stack, outside)
        if status != 404 or not probe.stored(outside):
            return partly(
                looked,
                f"a key outside `incoming/` is not refused: {said}",
                "Keep the refusal at the top.",
                0.6,
            )
    finally:
        stack.client("s3").delete_object(Bucket=stack.upload_bucket, Key=outside)
    if key not in log:
        return partly(
            looked,
            "both are deleted, and the function's log doesn't say which file it was",
            'Print one line with the key: `print(f"delete_file key={key!r}")`.',
            0.7,
        )
    return object_goes_first(stack, probe, looked)


def object_goes_first(stack: Stack, probe: Probe, looked: str) -> Outcome:
    """Take the right to delete records away for a moment: what has gone when the function fails?"""
    iam, role = stack.client("iam"), stack.functions["delete_file"].role
    deny = {"Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"}

    def half_deleted() -> str | None:
        key = probe.make("order.txt")
        status = delete_by_function(stack, key)[0]
        if status and probe.recorded(key):
            return "neither"  # it could not delete the record, and did not say so
        return ("object" if not probe.stored(key) else "record") if status == 0 else None

    grant(iam, role, "workbook-check", [deny])
    try:
        first = wait_for(half_deleted, seconds=20)
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="workbook-check")
    if first is None:
        return cannot_tell(
            looked, "the role's rights did not change within 20 seconds", "Run the check again."
        )
    if first == "neither":
        return partly(
            looked,
            "when the record can't be deleted, the function answers all the same that it is done",
            "Let the error come out: no `try` around the two calls.",
            0.7,
        )
    if first == "record":
        return partly(
            looked,
            "both are deleted, and the record's turn comes first: a failure in between leaves an unseen file",
            "Delete the object first, so that S3's event can finish the work.",
            0.7,
        )
    return passes(
        looked, "both are gone, the object first; repeating is no error, and foreign keys are refused"
    )


def function_may_only_delete(stack: Stack) -> Outcome:
    """Delete a file with the function, and ask IAM what else its role could do."""
    role, bucket = stack.functions["delete_file"].role, f"arn:aws:s3:::{stack.upload_bucket}"
    looked = f"a deletion, and what IAM says of `{role}`"
    probe = Probe(stack)
    try:
        status, said, _ = delete_by_function(stack, probe.make("role.txt"))
    finally:
        probe.remove()
    if status != 204:
        return not_yet(
            looked, f"the function does not delete: {said}", "Allow both actions, each on its resource."
        )
    forbidden: dict[str, tuple[str, str, str]] = {
        "read uploads": ("s3:GetObject", f"{bucket}/{stack.prefix}x", ""),
        "write uploads": ("s3:PutObject", f"{bucket}/{stack.prefix}x", ""),
        "delete old versions": ("s3:DeleteObjectVersion", f"{bucket}/{stack.prefix}x", ""),
        "read records": ("dynamodb:GetItem", stack.table_arn, ""),
        "write records": ("dynamodb:PutItem", stack.table_arn, ""),
        "delete outside the prefix": ("s3:DeleteObject", f"{bucket}/elsewhere/x", ""),
        "delete the page": ("s3:DeleteObject", f"arn:aws:s3:::{stack.site_bucket}/index.html", ""),
        "delete the table": ("dynamodb:DeleteTable", stack.table_arn, ""),
        "forget other buckets' files": ("dynamodb:DeleteItem", stack.table_arn, "another-bucket"),
    }
    too_much = [
        what
        for what, (action, resource, partition) in forbidden.items()
        if may(stack, role, action, resource, [partition or stack.upload_bucket])
    ]
    if too_much:
        return partly(
            looked,
            f"it deletes, and the role may also {', '.join(too_much)}",
            "One action and one resource a statement; `only_partition` is the condition of the second.",
            1 - len(too_much) / (len(forbidden) + 1),
        )
    return passes(looked, "it deletes files and forgets records of this bucket, and can do nothing else")


def odd_names_are_reached(stack: Stack, file_address: Callable[[str, str], str] | None = None) -> Outcome:
    """Store files with odd names, and delete them through the addresses that the function makes."""
    looked = "`file_address`, with files that have odd names"
    if file_address is None:
        return no_function(looked, "delete-3", "file_address")
    api_id = find_api(stack.client("apigatewayv2"), stack.api_name)
    api_url = stack.client("apigatewayv2").get_api(ApiId=api_id)["ApiEndpoint"]
    probe = Probe(stack)
    try:
        for name in (
            "plain.txt",
            "with space.txt",
            "1+1.txt",
            "a;b,c.txt",
            "no #1.txt",
            "a&b=c.txt",
            "Grüße.txt",
        ):
            key = probe.make(name)
            address = file_address(api_url, key)
            if not isinstance(address, str) or not address.startswith(api_url):
                return not_yet(
                    looked, f"it returned {str(address)[:60]!r}", "Return the API's address of that file."
                )
            if "/files/incoming/" not in address:
                return partly(
                    looked,
                    f"the address is `{address[-60:]}`",
                    "It is `/files/`, then the key with its slashes (`safe='/'`).",
                    0.2,
                )
            answer = ask("DELETE", address) if address.isascii() and " " not in address else None
            if answer is None or answer.status != 204 or probe.stored(key):
                got = (
                    f"DELETE answers {answer.status}"
                    if answer
                    else "that is no address: it has spaces or letters that none may have"
                )
                kept = ", and the file is still there" if answer and probe.stored(key) else ""
                return partly(
                    looked, f"`{name}`: {got}{kept}", "Encode the key with `urllib.parse.quote`.", 0.4
                )
    finally:
        probe.remove()
    return passes(looked, "all seven files were reached and deleted")


EXERCISES = (
    Exercise(
        id="delete-1",
        title="Remove both, in the right order",
        look=both_are_removed,
        why="A program can end between any two lines. With the object gone first, S3's event cleans up after it.",
        where="07_delete, 'Choose the order'",
        hints=(
            "Two calls: `s3.delete_object(...)` and `table.delete_item(...)`. Neither needs to look first.",
            'The record\'s key has two parts: `{"bucket": BUCKET, "object_key": key}`.',
            '`s3.delete_object(Bucket=BUCKET, Key=key)`, then `table.delete_item(Key={...})`, then `return {"statusCode": 204}`',
        ),
        points=2,
        function="delete_file",
    ),
    Exercise(
        id="delete-2",
        title="Let it delete files, and nothing else",
        look=function_may_only_delete,
        why="What a function may do, a mistake in it may do. This one is called by strangers.",
        where="07_delete, 'Take back what it doesn't need'",
        hints=(
            "Two statements, each with one action and one resource.",
            '`allow(["s3:DeleteObject"], [f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"])`',
            '`allow(["dynamodb:DeleteItem"], [stack.table_arn], only_partition(stack.upload_bucket))`',
        ),
        points=2,
    ),
    Exercise(
        id="delete-3",
        title="Address a file with an odd name",
        look=odd_names_are_reached,
        why="A file that cannot be addressed cannot be deleted, and its owner did nothing but give it a name.",
        where="07_delete, 'Address a file with an odd name'",
        hints=(
            "`urllib.parse.quote` is imported already.",
            "`quote(key)` leaves slashes alone; `quote(key, safe='')` would encode them too.",
            "return f\"{api_url}/files/{quote(key, safe='/')}\"",
        ),
    ),
    Exercise(
        id="delete-4",
        title="Find the orphans",
        look=orphans_are_found,
        why="What is in one store only is either seen and broken, or paid for and unseen.",
        where="07_delete, 'Stop half way'",
        hints=(
            "Collect two sets of keys; set differences do the rest.",
            "S3 has a paginator: `s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix)`. An empty page has no `Contents`.",
            "The table: `query` with `Key('bucket').eq(bucket) & Key('object_key').begins_with(prefix)`, again with "
            "`ExclusiveStartKey=answer['LastEvaluatedKey']` as long as there is one.",
        ),
        points=3,
    ),
)
