"""From a route of the API by its integration to a function, and back by the function's policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks import changes, handlers
from checks.asking import NotThereError
from checks.change import Call
from checks.invoking import lets_route, permission_for, source_arn
from checks.look import Look
from checks.patterns import as_list
from checks.policies import allows, principals
from checks.rule import Verdict, failed, listed, missing
from checks.triggers import unqualified

# A cold start takes up to a second and more, and then comes the work.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
SHORTEST = 3000  # ms that a route should wait at least
USUAL = 30_000  # ms that a route waits when nothing else is said
REWRITES = re.compile(r"(overwrite|append|remove):(path|querystring|statuscode)")
INVOCATION = "/functions/"  # arn:aws:apigateway:R:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations


def reached_arn(look: Look, key: str) -> str:
    """The ARN of what a route's integration leads to."""
    uri = str(integration_of(look, key).get("IntegrationUri", ""))
    return uri.partition(INVOCATION)[2].removesuffix("/invocations") if INVOCATION in uri else uri


def reached(look: Look, key: str) -> str:
    """The short name of the function that a route leads to; empty for what is none of ours."""
    arn = unqualified(reached_arn(look, key))
    return next((short for short in look.target.functions if look.function_arn(short) == arn), "")


def built(look: Look, short: str) -> bool:
    """Whether a function is there."""
    try:
        return not look.target.unnamed(short) and bool(look.function(short))
    except NotThereError:
        return False


def deployed(look: Look) -> Iterator[Verdict]:
    """What keeps every route from answering: no stage, an undeployed one, one that lets nobody through."""
    stages, api = look.stages(), look.api()
    stage = stages.get("$default")
    if api.get("DisableExecuteApiEndpoint"):
        asked = {"ApiId": api["ApiId"]}
        change = changes.setting(
            "Switch the API's own address on again",
            Call("apigatewayv2", "get_api", asked),
            api,
            dict(api) | {"DisableExecuteApiEndpoint": False},
            Call("apigatewayv2", "update_api", asked | {"DisableExecuteApiEndpoint": False}),
            Call("apigatewayv2", "update_api", asked | {"DisableExecuteApiEndpoint": True}),
        )
        yield failed(
            "the API's own address is switched off", api.told("DisableExecuteApiEndpoint"), change=change
        )
    if stage is None:
        yield missing(
            "there is no stage $default: every path gets 404",
            stages.told(StageNames=sorted(stages)),
            "api",
            fix=f"workbook up --name {look.target.name} makes the stage again.",
        )
        return
    asked = {"ApiId": api["ApiId"], "StageName": "$default"}
    if not stage.get("AutoDeploy"):
        where = {"ApiId": api["ApiId"], "MaxResults": "500"}
        now = look.ask("apigatewayv2", "get_stages", **where)
        after = [
            one | {"AutoDeploy": True} if one["StageName"] == "$default" else one for one in now["Items"]
        ]
        change = changes.setting(
            "Let the stage $default deploy by itself",
            Call("apigatewayv2", "get_stages", where),
            now,
            {"Items": after},
            Call("apigatewayv2", "update_stage", asked | {"AutoDeploy": True}),
            Call("apigatewayv2", "update_stage", asked | {"AutoDeploy": False}),
            ["Changes that wait are deployed at once."],
        )
        yield failed(
            "the stage $default does not deploy by itself: routes and their targets may be older than "
            "they look",
            stages.told(AutoDeploy=False),
            change=change,
        )
    closed = [
        name
        for name, settings in {
            "every route": stage.get("DefaultRouteSettings", {}),
            **stage.get("RouteSettings", {}),
        }.items()
        if settings.get("ThrottlingBurstLimit", 1) == 0 or settings.get("ThrottlingRateLimit", 1) == 0
    ]
    if closed:
        yield failed(
            f"throttling lets nobody through: {listed(closed)} has a limit of 0",
            stages.told(DefaultRouteSettings=stage.get("DefaultRouteSettings")),
            fix="apigatewayv2.update_stage(ApiId=..., StageName='$default', DefaultRouteSettings=...) "
            "with limits above 0.",
        )


def chain(look: Look, key: str, short: str) -> Iterator[Verdict]:
    """What is broken between a route and its function; nothing when it holds."""
    name, function = look.target.functions[short].name, look.function(short)
    integration = integration_of(look, key)
    if not integration:
        yield failed(
            f"{key!r} has no integration",
            shown(look, key),
            name,
            fix="Give the route a target with update_route.",
        )
        return
    yield from closed_to_the_page(look, key, name)
    misled = list(leads_elsewhere(look, key, short))
    yield from misled
    if misled:
        return
    yield from hurried(look, key, name)
    yield from rewriting(look, key, name)
    if why := handlers.lost(function, short):
        yield failed(
            f"{name} never starts: {why}",
            function.told("Handler", "CodeSha256"),
            name,
            change=handlers.found_again(function),
        )
    if function["Concurrency"].get("ReservedConcurrentExecutions") == 0:
        yield failed(
            f"{name} has a reserved concurrency of 0 and never runs",
            function.told("Concurrency"),
            name,
            fix="lambda_ = "
            f"boto3.client('lambda')\nlambda_.delete_function_concurrency(FunctionName={name!r})",
        )
    yield from not_permitted(look, key, short)


def integration_of(look: Look, key: str) -> Mapping[str, Any]:
    """What a route leads to; empty for nothing."""
    target = str(look.routes().get(key, {}).get("Target", ""))
    found: Mapping[str, Any] = look.integrations().get(target.partition("/")[2], {})
    return found


def shown(look: Look, key: str) -> str:
    """A route and its integration as evidence."""
    told = look.routes().told(RouteKey=key, Target=look.routes()[key].get("Target"))
    return f"{told}; {look.integrations().told(Integration=integration_of(look, key) or None)}"


def closed_to_the_page(look: Look, key: str, name: str) -> Iterator[Verdict]:
    """An authorization that the page can't bring."""
    route = look.routes()[key]
    authorization = route.get("AuthorizationType", "NONE")
    if authorization == "AWS_IAM" or (authorization != "NONE" and not look.target.whole):
        where = {"ApiId": look.api()["ApiId"], "RouteId": route["RouteId"]}
        change = changes.setting(
            f"Let the page call {key!r} without an authorizer",
            Call("apigatewayv2", "get_route", where),
            route,
            dict(route) | {"AuthorizationType": "NONE"},
            Call("apigatewayv2", "update_route", where | {"AuthorizationType": "NONE"}),
            Call("apigatewayv2", "update_route", where | {"AuthorizationType": authorization}),
        )
        told = look.routes().told(RouteKey=key, AuthorizationType=authorization)
        said = f"{key!r} asks for {authorization}, and the page brings no credentials: it is refused"
        yield failed(said, told, name, change=change)


def leads_elsewhere(look: Look, key: str, short: str) -> Iterator[Verdict]:
    """A target that is not this route's function, in its newest code, with the payload that it reads."""
    route, integration = look.routes()[key], integration_of(look, key)
    name = look.target.functions[short].name
    asked = {"ApiId": look.api()["ApiId"], "IntegrationId": integration["IntegrationId"]}
    right = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": look.function_arn(short),
        "PayloadFormatVersion": "2.0",
    }
    arn = reached_arn(look, key)
    problems = []
    if integration.get("IntegrationType") != "AWS_PROXY":
        problems.append(f"{key!r} is a {integration.get('IntegrationType')} integration, not AWS_PROXY")
    elif arn != right["IntegrationUri"] and unqualified(arn) == right["IntegrationUri"]:
        problems.append(
            f"{key!r} leads to the version or alias {arn.rpartition(':')[2]!r} of {name!r}, not to its "
            "newest code"
        )
    elif arn != right["IntegrationUri"]:
        problems.append(f"{key!r} leads to {arn.rpartition(':')[2]!r}, not to {name!r}")
    elif integration.get("PayloadFormatVersion") != "2.0":
        problems.append(
            f"{key!r} sends payload format {integration.get('PayloadFormatVersion')}, and the function "
            "reads 2.0"
        )
    if problems:
        right_one = next(
            (
                one
                for one in look.integrations().values()
                if all(one.get(field) == value for field, value in right.items())
            ),
            None,
        )
        if right_one:
            where = {"ApiId": asked["ApiId"], "RouteId": route["RouteId"]}
            target = f"integrations/{right_one['IntegrationId']}"
            change = changes.setting(
                f"Lead {key!r} to {name!r}",
                Call("apigatewayv2", "get_route", where),
                route,
                dict(route) | {"Target": target},
                Call("apigatewayv2", "update_route", where | {"Target": target}),
                Call("apigatewayv2", "update_route", where | {"Target": route.get("Target")}),
            )
        else:
            before = {field: integration[field] for field in right if field in integration}
            change = changes.setting(
                f"Lead {key!r} to {name!r}",
                Call("apigatewayv2", "get_integration", asked),
                integration,
                dict(integration) | right,
                Call("apigatewayv2", "update_integration", asked | right),
                Call("apigatewayv2", "update_integration", asked | before),
            )
        yield failed("; ".join(problems), shown(look, key), name, change=change)


def hurried(look: Look, key: str, name: str) -> Iterator[Verdict]:
    """A route that gives its function up before it can answer."""
    integration = integration_of(look, key)
    asked = {"ApiId": look.api()["ApiId"], "IntegrationId": integration["IntegrationId"]}
    waits = integration.get("TimeoutInMillis", USUAL)
    if waits < SHORTEST:
        change = changes.setting(
            f"Let {key!r} wait for {name!r}",
            Call("apigatewayv2", "get_integration", asked),
            integration,
            dict(integration) | {"TimeoutInMillis": USUAL},
            Call("apigatewayv2", "update_integration", asked | {"TimeoutInMillis": USUAL}),
            Call("apigatewayv2", "update_integration", asked | {"TimeoutInMillis": waits}),
        )
        yield failed(
            f"{key!r} waits only {waits} ms for {name}: after a cold start it answers 503",
            shown(look, key),
            name,
            change=change,
        )


def rewriting(look: Look, key: str, name: str) -> Iterator[Verdict]:
    """An integration that changes what is asked or answered on its way.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
    """
    integration = integration_of(look, key)
    mappings = [
        integration.get("RequestParameters") or {},
        *(integration.get("ResponseParameters") or {}).values(),
    ]
    changed = [one for each in mappings for one in each if REWRITES.match(one)]
    if changed:
        yield failed(
            f"{key!r} changes requests or answers on their way: {listed(changed)}",
            shown(look, key),
            name,
            fix="Give the route an integration without parameter mappings.",
        )


def by_a_role(look: Look, key: str, name: str, credentials: str) -> Iterator[Verdict]:
    """An integration that invokes the function with credentials that API Gateway does not get."""
    trust = look.trust_of(credentials)
    if not any(
        allows(one) and ("Service", "apigateway.amazonaws.com") in principals(one)
        for one in as_list((trust or {}).get("Statement", []))
    ):
        what = "which API Gateway may not take on" if trust else "which is no role of this account"
        yield failed(
            f"{key!r} invokes {name} as {credentials}, {what}: it answers 500",
            f"{shown(look, key)}; the trust policy: {trust}",
            name,
            fix="Remove the integration's CredentialsArn: the function's policy lets the API invoke it.",
        )


def not_permitted(look: Look, key: str, short: str) -> Iterator[Verdict]:
    """A function's policy that does not let this route invoke it."""
    name = look.target.functions[short].name
    if credentials := integration_of(look, key).get("CredentialsArn"):
        yield from by_a_role(look, key, name, str(credentials))
        return
    policy, source = look.function_policy(short), source_arn(look, key)
    if not any(lets_route(statement, source, look.target.account_id) for statement in policy["Statement"]):
        method = key.partition(" ")[0]
        add = permission_for(look, key, f"api-{method.lower()}-again")
        before = look.policy_as_answered(short)
        change = changes.permission(name, policy, before, None, add, f"Let the route {key!r} invoke {name!r}")
        yield failed(
            f"no permission lets {key!r} invoke {name}: it answers 500",
            f"{policy.told('Statement')}; the route is {source}",
            name,
            change=change,
        )
