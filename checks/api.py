"""API: HTTP methods (GET, POST, DELETE) match what the routes do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes
from checks.asking import NotThereError
from checks.change import Call
from checks.findings import Severity
from checks.look import Look
from checks.looks.functions import LAYER_OF
from checks.reaching import built, chain, deployed, reached, reached_arn
from checks.rule import Row, Verdict, failed, listed, missing, passed, skipped

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("api", "API", "HTTP methods (GET, POST, DELETE) match what the routes do")
WRITERS = {"create_upload", "delete_file", "index_upload"}  # what a safe method must not reach
SAFE = {"GET", "HEAD", "OPTIONS", "ANY", "$default"}


@ROW.rule(
    1,
    Severity.HIGH,
    "The API has the intended routes, and no others",
    expected="the route keys are those of the table of routes; none is ANY or $default; no safe method "
    "writes",
    why="What has a route is open to everybody. GET is repeated at will by browsers, crawlers and caches: a "
    "GET that deletes will one day delete everything.",
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
    expected="a deployed stage, a proxy integration (payload 2.0) with the route's own function that waits "
    "for its answer, a handler that Lambda finds, and a permission whose source covers stage, method and "
    "path",
    why="Route, integration and permission are three settings in two services. When one lacks, the answer "
    "is 404 or 500, and no log of the function says why.",
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
    answer, wanted, said, unnamed = look.routes(), look.target.routes, False, set()
    for verdict in deployed(look):
        said = True
        yield verdict
    for key, short in wanted.items():
        if key not in answer:
            continue  # API-1 says so
        if look.target.unnamed(short):
            unnamed.add(short)
            continue
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
    if unnamed:
        yield skipped(
            f"No function {listed(sorted(unnamed))} is named, so their routes were not asked about."
        )
    elif not said:
        yield missing("none of the intended routes is there", answer.told(RouteKeys=sorted(answer)), "api")


@ROW.rule(
    3,
    Severity.MEDIUM,
    "Declared methods answer, and others do not",
    expected="GET lists, POST hands out a ticket, GET and DELETE of a file answer; other methods and paths "
    "get 404 or 405; reading changes nothing",
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
    "believe that the first one failed.",
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
