"""API: HTTP methods (GET, POST, DELETE) match what the routes do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes
from checks.asking import NotThereError
from checks.change import Call
from checks.findings import Severity
from checks.invoking import lets_route, source_arn
from checks.look import LAYER_OF, Look
from checks.rule import Row, Verdict, failed, listed, missing, passed
from checks.triggers import unqualified

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("api", "API", "HTTP methods (GET, POST, DELETE) match what the routes do")
WRITERS = {"create_upload", "delete_file", "index_upload"}  # what a safe method must not reach
SAFE = {"GET", "HEAD", "OPTIONS", "ANY", "$default"}
INVOCATION = "/functions/"  # arn:aws:apigateway:R:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations


@ROW.rule(
    1,
    Severity.HIGH,
    "The API has the intended routes, and no others",
    expected="the route keys are those of the table of routes; none is ANY or $default; no safe method "
    "writes",
    why="What has a route is open to everybody. GET is repeated at will by browsers, crawlers and "
    "caches: a GET that "
    "deletes will one day delete everything.",
    about="api",
    layer="api",
    looks_at=("apigatewayv2:GetApis", "apigatewayv2:GetRoutes", "apigatewayv2:GetIntegrations"),
    fix="delete_route what is too much; build what lacks.",
)
def route_table(look: Look) -> Iterator[Verdict]:
    """The route keys of the API beside the intended ones, and what safe methods lead to."""
    answer, wanted = look.routes(), look.target.routes
    extra = [key for key in answer if key not in wanted]
    lacking = [key for key in wanted if key not in answer]
    evidence = answer.told(RouteKeys=sorted(answer))
    spoilt = False
    twins = [one["ApiId"] for one in look.apis()["Items"]]
    if len(twins) > 1:
        spoilt = True
        yield failed(
            f"{len(twins)} APIs have this name, {listed(twins)}: whatever one of them has may be open by "
            "another",
            look.apis().told(ApiIds=twins),
            fix=f"Delete the APIs that nothing calls; the page calls {look.api()['ApiEndpoint']}.",
        )
    if extra:
        spoilt = True
        said = [
            f"{key!r} answers every method"
            if key.startswith(("ANY ", "$default"))
            else f"{key!r} is not intended"
            for key in extra
        ]
        api, route = look.api()["ApiId"], answer[extra[0]]
        made = {name: route[name] for name in ("RouteKey", "Target", "AuthorizationType") if name in route}
        change = changes.setting(
            f"Delete the route {extra[0]!r}",
            Call("apigatewayv2", "get_route", {"ApiId": api, "RouteId": route["RouteId"]}),
            route,
            None,
            Call("apigatewayv2", "delete_route", {"ApiId": api, "RouteId": route["RouteId"]}),
            Call("apigatewayv2", "create_route", {"ApiId": api, **made}),
            ["Whoever calls this route gets 404."],
        )
        yield failed("; ".join(said), evidence, change=change)
    writes = {
        key: short
        for key in answer
        if key in wanted and key.split(" ")[0] in SAFE and (short := reached(look, key)) in WRITERS
    }
    if writes:
        spoilt = True
        said = [f"{key!r} leads to {short}, which writes" for key, short in writes.items()]
        yield failed(
            "; ".join(said),
            f"{evidence}; "
            f"{look.integrations().told(IntegrationUri=[reached_arn(look, key) for key in writes])}",
            fix="Lead the route to the function that it is for: see API-2.",
        )
    for key in lacking:
        spoilt = True
        short = wanted[key]
        yield missing(
            f"there is no route {key!r}",
            evidence,
            LAYER_OF[short] if not built(look, short) else "storage",
            fix=f"Build the route {key!r} again: workbook up --name {look.target.name}",
        )
    if not spoilt:
        yield passed(f"{len(answer)} routes, as intended", evidence)


@ROW.rule(
    2,
    Severity.HIGH,
    "Each route reaches its function",
    expected="a deployed stage, a proxy integration (payload 2.0) with the route's own function, and a "
    "permission "
    "whose source covers stage, method and path",
    why="Route, integration and permission are three settings in two services. When one lacks, the "
    "answer is 404 or "
    "500, and no log of the function says why.",
    about="api",
    layer="api",
    looks_at=(
        "apigatewayv2:GetRoutes",
        "apigatewayv2:GetIntegrations",
        "apigatewayv2:GetStages",
        "lambda:GetFunction",
        "lambda:GetPolicy",
    ),
    fix="update_route and update_integration for the target, add_permission for the source ARN.",
)
def routes_reach(look: Look) -> Iterator[Verdict]:
    """From each intended route by its integration to its function, and back by the function's policy."""
    answer, wanted, said = look.routes(), look.target.routes, False
    for verdict in deployed(look):
        said = True
        yield verdict
    for key, short in wanted.items():
        if key not in answer or look.target.unnamed(short):
            continue  # API-1 says so
        name = look.target.functions[short].name
        try:
            broken = list(chain(look, key, short))
        except NotThereError as gone:
            broken = [missing(gone.what, gone.evidence, gone.layer, name)]
        yield from broken
        said = said or bool(broken)
        if not broken:
            said = True
            yield passed(
                f"{key!r} reaches {name}",
                f"{answer.told(Target=answer[key].get('Target'))}; "
                f"{look.integrations().told(IntegrationUri=reached_arn(look, key))}; "
                f"{look.function_policy(short).told('Statement')}",
                name,
            )
    if not said:
        yield missing("none of the intended routes is there", answer.told(RouteKeys=sorted(answer)), "api")


@ROW.rule(
    3,
    Severity.MEDIUM,
    "Declared methods answer, and others do not",
    expected="GET lists, POST hands out a ticket, GET and DELETE of a file answer; other methods and "
    "paths get 404 or "
    "405; reading changes nothing",
    why="The route table is a promise; a request shows whether it is kept.",
    about="api",
    layer="delete",
    looks_at=("HTTP requests of every method",),
    fix="See API-1 and API-2, then the function's log.",
    live=True,
)
def methods_answer(look: LiveLook) -> Iterator[Verdict]:
    """A request for each declared route, and for methods and paths that are not declared."""
    from checks.live.methods import matrix

    yield from matrix(look)


@ROW.rule(
    4,
    Severity.MEDIUM,
    "DELETE removes object and record, and may be repeated",
    expected="204, then 204 again; afterwards object, record and GET are gone",
    why="Networks lose answers, so clients ask again. A DELETE that fails the second time makes people "
    "believe that "
    "the first one failed.",
    about="api",
    layer="delete",
    looks_at=("HTTP DELETE", "s3:HeadObject", "dynamodb:GetItem"),
    needs=("upload_bucket", "table"),
    fix="See the log of the delete function.",
    live=True,
)
def delete_repeats(look: LiveLook) -> Iterator[Verdict]:
    """Uploads a file, deletes it twice, and looks for what is left."""
    from checks.live.methods import deletion

    yield from deletion(look)


# ---- In their own words ----------------------------------------------------------------------------------


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
    route, name, function = look.routes()[key], look.target.functions[short].name, look.function(short)
    integration = look.integrations().get(str(route.get("Target", "")).partition("/")[2])
    shown = (
        f"{look.routes().told(RouteKey=key, Target=route.get('Target'))}; "
        f"{look.integrations().told(Integration=integration)}"
    )
    if integration is None:
        yield failed(
            f"{key!r} has no integration", shown, name, fix="Give the route a target with update_route."
        )
        return
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
        yield failed("; ".join(problems), shown, name, change=change)
        return
    if function["Concurrency"].get("ReservedConcurrentExecutions") == 0:
        yield failed(
            f"{name} has a reserved concurrency of 0 and never runs",
            function.told("Concurrency"),
            name,
            fix="lambda_ = "
            f"boto3.client('lambda')\nlambda_.delete_function_concurrency(FunctionName={name!r})",
        )
    policy, source = look.function_policy(short), source_arn(look, key)
    if not integration.get("CredentialsArn") and not any(
        lets_route(statement, source, look.target.account_id) for statement in policy["Statement"]
    ):
        method = key.partition(" ")[0]
        add = {
            "StatementId": f"api-{method.lower()}-again",
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": source.replace("/$default/", "/*/").replace("{key+}", "*"),
        }
        before = look.ask("lambda", "get_policy", absent=("ResourceNotFoundException",), FunctionName=name)
        change = changes.permission(name, policy, before, None, add, f"Let the route {key!r} invoke {name!r}")
        yield failed(
            f"no permission lets {key!r} invoke {name}: it answers 500",
            f"{policy.told('Statement')}; the route is {source}",
            name,
            change=change,
        )


def reached_arn(look: Look, key: str) -> str:
    """The ARN of what a route's integration leads to."""
    route = look.routes().get(key, {})
    integration = look.integrations().get(str(route.get("Target", "")).partition("/")[2], {})
    uri = str(integration.get("IntegrationUri", ""))
    return uri.partition(INVOCATION)[2].removesuffix("/invocations") if INVOCATION in uri else uri


def reached(look: Look, key: str) -> str:
    """The short name of the function that a route leads to; empty for what is none of ours."""
    arn = unqualified(reached_arn(look, key))
    return next((short for short in look.target.functions if look.function_arn(short) == arn), "")
