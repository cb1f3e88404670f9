"""05_frontend, CORS: what a browser makes of an answer, and which pages the API answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from urllib3 import HTTPHeaderDict

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from dashboard.stack.frontend import site_origin
from workbook.asking import ask, lets_through, preflight
from workbook.exercises import Outcome, no_function, not_yet, partly, passes


def thinks_like_a_browser(
    stack: Stack, hands_over: Callable[[Mapping[str, str], str], object] | None = None
) -> Outcome:
    """Give the function answers that look alike, and compare its verdicts with a browser's."""
    looked = "`hands_over`, with eight answers"
    if hands_over is None:
        return no_function(looked, "frontend-4", "hands_over")
    origin = "http://page.example:8080"
    cases = [
        ("the page's own origin", {"Access-Control-Allow-Origin": origin}, True),
        ("a star", {"access-control-allow-origin": "*"}, True),
        ("no header", {"content-type": "application/json"}, False),
        ("a trailing slash", {"access-control-allow-origin": f"{origin}/"}, False),
        ("another port", {"access-control-allow-origin": "http://page.example:80"}, False),
        ("another scheme", {"access-control-allow-origin": "https://page.example:8080"}, False),
        ("two origins in one header", {"access-control-allow-origin": f"{origin}, http://b.example"}, False),
        ("a part of the origin", {"access-control-allow-origin": "http://page.example"}, False),
    ]
    verdicts = [(what, hands_over(HTTPHeaderDict(headers), origin), right) for what, headers, right in cases]
    if all(verdict is None for _, verdict, _ in verdicts):
        return not_yet(looked, "it answers None each time", "Return True or False.")
    wrong = [
        f"{what}: a browser {'hands it over' if right else 'keeps it'}"
        for what, verdict, right in verdicts
        if bool(verdict) is not right
    ]
    if wrong:
        return partly(
            looked,
            "; ".join(wrong),
            "Compare the whole header with the whole origin; `*` is the only other value that counts.",
            1 - len(wrong) / len(cases),
        )
    return passes(looked, "it judges all eight as a browser does")


def only_the_page_may_call(stack: Stack, allow_origin: Callable[..., object] | None = None) -> Outcome:
    """Call the API on behalf of the page, and of others like it; then hand over an API with other routes."""
    apigateway = stack.client("apigatewayv2")
    api_id = find_api(apigateway, stack.api_name)
    if api_id is None:
        return not_yet("the HTTP API", "there is none", "Begin the lesson again: `begin(lesson=5)`.")
    origin = site_origin(stack)
    files = apigateway.get_api(ApiId=api_id)["ApiEndpoint"] + "/files"
    looked = f"`GET /files` from `{origin}` and from five other origins"
    if not ask("GET", files, {"Origin": origin}).readable_by(origin):
        return not_yet(
            looked,
            "the answer does not name the page's origin, so a browser keeps it from the page",
            "Set `AllowOrigins` to exactly the origin: scheme, host and port, with no slash at the end.",
        )
    others = [
        "http://elsewhere.example",
        f"{origin}.elsewhere.example",
        origin.replace("http://", "https://", 1),
        "http://127.0.0.1:1",
        "null",
    ]
    if welcome := [other for other in others if ask("GET", files, {"Origin": other}).readable_by(other)]:
        return partly(
            looked,
            f"the page may read, and so may a page of `{welcome[0]}`",
            "Name one origin instead of a pattern.",
        )
    routes = apigateway.get_routes(ApiId=api_id)["Items"]
    needed = {route["RouteKey"].split(" ")[0] for route in routes}
    asked = preflight(files, origin, "GET", "Content-Type")
    offered = {method.upper() for method in asked.listed("access-control-allow-methods")}
    if offered != needed:
        return partly(
            looked,
            f"the origin is right; the preflight offers {words(offered)}, and the routes have {words(needed)}",
            "Collect the methods from `get_routes`: the first word of each route key.",
            0.7,
        )
    if not lets_through(asked, origin, "GET", "Content-Type"):
        return partly(
            looked,
            "a request with the header `Content-Type` is refused by its preflight",
            "Add `content-type` to `AllowHeaders`: the page sends JSON.",
            0.8,
        )
    if lets_through(preflight(files, origin, "GET", "x-anything"), origin, "GET", "x-anything"):
        return partly(looked, "the page may send any header", "Allow `content-type` alone.", 0.8)
    if allow_origin is not None and (found := methods_elsewhere(stack, allow_origin)) != {"DELETE", "PATCH"}:
        return partly(
            looked,
            f"for an API with the routes `DELETE /a` and `PATCH /b` your function allows {words(found)}",
            "Collect the methods from `get_routes` of the API that it was given.",
            0.8,
        )
    return passes(looked, f"the page may call with {words(needed)}; the others get no permission to read")


def methods_elsewhere(stack: Stack, allow_origin: Callable[..., object]) -> set[str]:
    """The methods that the learner's function allows for an API with other routes."""
    apigateway = stack.client("apigatewayv2")
    made = apigateway.create_api(Name=f"{stack.name}-check-{secrets.token_hex(4)}", ProtocolType="HTTP")[
        "ApiId"
    ]
    try:
        for route_key in ("DELETE /a", "PATCH /b"):
            apigateway.create_route(ApiId=made, RouteKey=route_key)
        allow_origin(apigateway, made, site_origin(stack))
        return set(apigateway.get_api(ApiId=made).get("CorsConfiguration", {}).get("AllowMethods", []))
    finally:
        apigateway.delete_api(ApiId=made)


def words(methods: set[str]) -> str:
    return ", ".join(sorted(methods)) or "nothing"
