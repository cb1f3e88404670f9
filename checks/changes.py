"""The changes that rules propose: each reads, alters one thing, and knows the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checks.asking import Answer
from checks.change import Call, Change


def plain(answer: Any) -> Any:
    """An answer as JSON has it; None for what was not there."""
    if isinstance(answer, Answer) and answer.absent:
        return None
    return json.loads(json.dumps(answer, default=str))


def policy_text(statements: Sequence[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def bucket_policy(
    bucket: str, answer: Answer, statements: Sequence[Any], describe: str, side_effects: Sequence[str] = ()
) -> Change:
    """Other statements in a bucket's policy; with none, no policy."""
    put = Call("s3", "put_bucket_policy", {"Bucket": bucket, "Policy": policy_text(statements)})
    delete = Call("s3", "delete_bucket_policy", {"Bucket": bucket})
    back = (
        delete
        if answer.absent
        else Call("s3", "put_bucket_policy", {"Bucket": bucket, "Policy": answer["Policy"]})
    )
    after = {"Policy": policy_text(statements)} if statements else None
    return Change(
        describe,
        Call("s3", "get_bucket_policy", {"Bucket": bucket}),
        plain(answer),
        after,
        [put if statements else delete],
        [back],
        side_effects,
    )


def setting(
    describe: str,
    read: Call,
    before: Any,
    after: Any,
    call: Call,
    undo: Call,
    side_effects: Sequence[str] = (),
    part: Sequence[str] = (),
) -> Change:
    """One call that replaces one setting, and one that puts it back."""
    return Change(describe, read, plain(before), plain(after), [call], [undo], side_effects, part)


def role_policy(
    role: str,
    name: str,
    before: Any,
    statements: Sequence[Any],
    describe: str,
    side_effects: Sequence[str] = (),
) -> Change:
    """Other statements in an inline policy of a role; with none, no such policy."""
    where = {"RoleName": role, "PolicyName": name}
    put = Call("iam", "put_role_policy", where | {"PolicyDocument": policy_text(statements)})
    delete = Call("iam", "delete_role_policy", where)
    back = (
        Call("iam", "put_role_policy", where | {"PolicyDocument": json.dumps(before)}) if before else delete
    )
    shown = {"Version": "2012-10-17", "Statement": list(statements)}
    return Change(
        describe,
        Call("iam", "get_role_policy", where),
        where | {"PolicyDocument": before} if before else None,
        where | {"PolicyDocument": shown} if statements else None,
        [put if statements else delete],
        [back],
        side_effects,
    )


def permission(
    function: str,
    answer: Answer,
    policy: Any,
    remove: str | None,
    add: dict[str, Any] | None,
    describe: str,
    side_effects: Sequence[str] = (),
    qualifier: str = "",
) -> Change:
    """One statement less, or one more, or one instead of another, in the policy of a function, or with a
    qualifier in that of a version or an alias.
    """
    calls, undo = [], []
    where = {"FunctionName": function} | ({"Qualifier": qualifier} if qualifier else {})
    statements = [statement for statement in answer["Statement"] if statement.get("Sid") != remove]
    if remove is not None:
        gone = next(statement for statement in answer["Statement"] if statement.get("Sid") == remove)
        calls.append(Call("lambda", "remove_permission", where | {"StatementId": remove}))
        undo.append(Call("lambda", "add_permission", where | as_permission(gone)))
    if add is not None:
        calls.append(Call("lambda", "add_permission", where | add))
        undone = where | {"StatementId": add["StatementId"]}
        undo.insert(0, Call("lambda", "remove_permission", undone))
        statements.append(dict(add))
    before = None if policy is None else plain(policy)
    after = {"Policy": policy_text(statements)} if statements else None
    return Change(
        describe,
        Call("lambda", "get_policy", where),
        before,
        after,
        calls,
        undo,
        side_effects,
    )


def as_permission(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A statement of a function's policy as AddPermission wants it."""
    principal = statement["Principal"]
    named = principal if isinstance(principal, str) else next(iter(principal.values()))
    found = {
        "StatementId": statement.get("Sid", "statement"),
        "Action": statement["Action"],
        "Principal": named[0] if isinstance(named, list) else named,
    }
    keys = {
        "aws:sourcearn": "SourceArn",
        "aws:sourceaccount": "SourceAccount",
        "aws:principalorgid": "PrincipalOrgID",
        "lambda:functionurlauthtype": "FunctionUrlAuthType",
    }
    for condition in statement.get("Condition", {}).values():
        for key, value in condition.items():
            if key.lower() in keys:
                found[keys[key.lower()]] = value if isinstance(value, str) else value[0]
    return found


def environment(function: Answer, variables: Mapping[str, str], describe: str) -> Change:
    """A function with other environment variables."""
    asked = {"FunctionName": function["FunctionName"]}
    now = function.get("Environment", {}).get("Variables", {})
    before = {name: value for name, value in function.items() if name != "Concurrency"}
    return setting(
        describe,
        Call("lambda", "get_function_configuration", asked),
        before,
        before | {"Environment": {"Variables": dict(variables)}},
        Call(
            "lambda", "update_function_configuration", asked | {"Environment": {"Variables": dict(variables)}}
        ),
        Call("lambda", "update_function_configuration", asked | {"Environment": {"Variables": now}}),
        ["The function starts anew: its next request is a cold start."],
    )
