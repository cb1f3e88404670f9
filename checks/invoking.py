"""Who may invoke a function: the statements of its policy, beside this API and this bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks import changes
from checks.change import Call
from checks.look import Look
from checks.policies import allows, bound, covers, described, principals
from checks.questions import as_list, like
from checks.rule import Verdict, failed


def by_others(look: Look, short: str) -> Iterator[Verdict]:
    """Every permission to invoke a function that is not bound to this API or this bucket."""
    name, answer = look.target.functions[short].name, look.function_policy(short)
    for statement in answer["Statement"]:
        if allows(statement) and (why := not_ours(look, short, statement)):
            policy = look.ask(
                "lambda", "get_policy", absent=("ResourceNotFoundException",), FunctionName=name
            )
            change = changes.permission(
                name,
                answer,
                policy,
                statement.get("Sid"),
                None,
                f"Remove a permission to invoke {name!r}",
                ["Whoever invoked the function by this permission is refused at once."],
            )
            yield failed(
                f"{why}: {described(statement)}", answer.told(Statement=statement), name, change=change
            )


def by_url(look: Look, short: str) -> Iterator[Verdict]:
    """A function URL that asks for no signature."""
    name, url = look.target.functions[short].name, look.function_url(short)
    if url.get("AuthType") == "NONE":
        asked = {"FunctionName": name}
        change = changes.setting(
            f"Delete the open function URL of {name!r}",
            Call("lambda", "get_function_url_config", asked),
            url,
            None,
            Call("lambda", "delete_function_url_config", asked),
            Call("lambda", "create_function_url_config", asked | {"AuthType": "NONE"}),
            ["The URL is gone; one made again has another address."],
        )
        yield failed(
            "a function URL is open to everybody", url.told("AuthType", "FunctionUrl"), name, change=change
        )


def not_ours(look: Look, short: str, statement: dict[str, Any]) -> str:
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
            if short not in target.routes.values():
                return f"the API may invoke {short}, to which no route should lead"
        elif service == "s3.amazonaws.com":
            if short != "index_upload":
                return f"S3 may invoke {short}, which is for the API"
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
