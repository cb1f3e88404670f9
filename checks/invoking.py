"""Who may invoke a function: the statements of its policy, beside this API and this bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.look import Look
from checks.policies import allows, bound, covers, principals
from checks.questions import as_list, like


def not_ours(look: Look, statement: dict[str, Any]) -> str:
    """Why a permission to invoke is not bound to this API or this bucket; empty when it is."""
    target, who = look.target, principals(statement)
    account, sources = target.account_id, bound(statement, "aws:sourcearn")
    if any(kind != "Service" for kind, _ in who):
        return "somebody may invoke the function directly"
    for _, service in who:
        if service == "apigateway.amazonaws.com":
            api = f"arn:aws:execute-api:{target.region}:{account}:{look.api()['ApiId']}"
            if not sources or not all(source.startswith(f"{api}/") for source in sources):
                return "another API may invoke the function"
        elif service == "s3.amazonaws.com":
            if sources != [f"arn:aws:s3:::{target.upload_bucket}"]:
                return "another bucket may invoke the function"
            if bound(statement, "aws:sourceaccount") != [account]:
                return (
                    "without SourceAccount, a bucket of that name in another account may invoke the function"
                )
        elif account not in "".join([*sources, *bound(statement, "aws:sourceaccount")]):
            return f"{service} may invoke the function for anybody"
        else:
            return f"{service} may invoke the function"
    return ""


def source_arn(look: Look, key: str) -> str:
    """How API Gateway names a route to a function's policy: stage, method, and the path as the key has it."""
    method, _, path = key.partition(" ")
    target = look.target
    api = f"arn:aws:execute-api:{target.region}:{target.account_id}:{look.api()['ApiId']}"
    return f"{api}/$default/{method}{path}"


def lets_route(statement: Mapping[str, Any], source: str, account: str) -> bool:
    """Whether a statement of a function's policy lets API Gateway invoke it for a route."""
    return lets(statement, "apigateway.amazonaws.com", source, account)


def lets_bucket(statement: Mapping[str, Any], bucket: str, account: str) -> bool:
    """Whether a statement of a function's policy lets S3 invoke it for a bucket."""
    return lets(statement, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}", account)


def lets(statement: Mapping[str, Any], service: str, source: str, account: str) -> bool:
    return (
        allows(statement)
        and ("Service", service) in principals(statement)
        and any(like(str(action), "lambda:InvokeFunction") for action in as_list(statement.get("Action", [])))
        and covers(statement, "aws:sourcearn", source)
        and covers(statement, "aws:sourceaccount", account)
    )
