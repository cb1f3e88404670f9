"""Who may invoke a function: the statements of its policy, beside this API and this bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks import changes
from checks.asking import Answer
from checks.change import Call, Change
from checks.look import Look
from checks.patterns import as_list, like
from checks.policies import allows, bound, covers, described, principals
from checks.rule import Verdict, failed, listed


def by_others(look: Look, short: str) -> Iterator[Verdict]:
    """Every permission to invoke a function, a version or an alias of it, that is not bound to this bucket
    or to the function's own routes of this API.
    """
    name = look.target.functions[short].name
    for qualifier, answer in look.function_policies(short).items():
        where = f"{name}:{qualifier}" if qualifier else name
        for statement in filter(allows, answer["Statement"]):
            told = answer.told(Statement=statement)
            if why := not_ours(look, short, statement):
                removed = instead(look, short, qualifier, answer, statement, None)
                yield failed(f"{why}: {described(statement)}", told, where, change=removed)
            elif others := other_routes(look, short, statement):
                own = [key for key, one in look.target.routes.items() if one == short]
                narrow = permission_for(look, own[0], statement["Sid"]) if len(own) == 1 else None
                change = instead(look, short, qualifier, answer, statement, narrow) if narrow else None
                yield failed(
                    f"also {listed(others)} of this API may invoke {short}: {described(statement)}",
                    told,
                    where,
                    change=change,
                    fix=f"Give each of {listed(own)} a permission of its own, and remove this one.",
                )


def instead(
    look: Look,
    short: str,
    qualifier: str,
    answer: Answer,
    statement: Mapping[str, Any],
    narrow: dict[str, Any] | None,
) -> Change:
    """A narrower permission instead of a statement, or none."""
    name = look.target.functions[short].name
    return changes.permission(
        name,
        answer,
        look.policy_as_answered(short, qualifier),
        statement.get("Sid"),
        narrow,
        f"{'Narrow' if narrow else 'Remove'} a permission to invoke {name!r}",
        ["Whoever invoked the function by this permission is refused at once."],
        qualifier,
    )


def by_url(look: Look, short: str) -> Iterator[Verdict]:
    """A function URL that asks for no signature. It lets nobody in unless a policy lets somebody use it, so
    without such a policy nobody is asked about URLs.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    name = look.target.functions[short].name
    for qualifier, answer in look.function_policies(short).items():
        if not any(allows(one) and means(one, "lambda:InvokeFunctionUrl") for one in answer["Statement"]):
            continue
        url = look.function_url(short, qualifier)
        if url.get("AuthType") == "NONE":
            asked = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
            change = changes.setting(
                f"Delete the open function URL of {name!r}",
                Call("lambda", "get_function_url_config", asked),
                url,
                None,
                Call("lambda", "delete_function_url_config", asked),
                Call("lambda", "create_function_url_config", asked | {"AuthType": "NONE"}),
                ["The URL is gone; one made again has another address."],
            )
            told = url.told("AuthType", "FunctionUrl")
            yield failed("a function URL is open to everybody", told, name, change=change)


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


def other_routes(look: Look, short: str, statement: Mapping[str, Any]) -> list[str]:
    """The routes of other functions whose requests a permission for API Gateway covers too."""
    if ("Service", "apigateway.amazonaws.com") not in principals(statement):
        return []
    others = [key for key, one in look.target.routes.items() if one != short]
    return [key for key in others if covers(statement, "aws:sourcearn", source_arn(look, key))]


def permission_for(look: Look, key: str, statement_id: str) -> dict[str, Any]:
    """What AddPermission is asked for, to let one route invoke a function in every stage."""
    return {
        "StatementId": statement_id,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source_arn(look, key).replace("/$default/", "/*/").replace("{key+}", "*"),
    }


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
        and means(statement, "lambda:InvokeFunction")
        and covers(statement, "aws:sourcearn", source)
        and covers(statement, "aws:sourceaccount", account)
    )


def means(statement: Mapping[str, Any], action: str) -> bool:
    return any(like(str(one), action) for one in as_list(statement.get("Action", [])))
