"""CORS: API Gateway and S3 allow only the frontend's own origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks import changes, website
from checks.asking import Answer, NotThereError
from checks.change import Call
from checks.findings import Severity
from checks.http import get
from checks.look import Look
from checks.rule import Row, Verdict, failed, listed, missing, passed

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("cors", "CORS", "API Gateway and S3 allow only the frontend's own origin")
HEADERS = {"content-type"}  # what the page sends beside what every browser may
UPLOAD_METHODS = {"PUT"}  # a ticket is a presigned PUT; opening a file is a navigation, which knows no CORS


@ROW.rule(
    1,
    Severity.HIGH,
    "The API allows the page's origin, and no other",
    expected="AllowOrigins holds the page's origin alone, with scheme, host and port and no slash; "
    "AllowCredentials is off",
    why="CORS tells browsers whose pages may read the API's answers. A wildcard, also 'https://*', lets the "
    "page of any stranger use the API from the browser of everybody who visits it.",
    about="api",
    layer="frontend",
    looks_at=("apigatewayv2:GetApis",),
    needs=("site_bucket",),
    fix="Set AllowOrigins to the page's origin with update_api.",
)
def api_origin(look: Look) -> Iterator[Verdict]:
    """The API's CORS configuration: its origins, one by one, and whether it allows credentials."""
    page_is_there(look)
    answer, origin = look.api(), look.site_origin()
    cors = answer.get("CorsConfiguration") or {}
    evidence = answer.told(CorsConfiguration=cors)
    found = list(cors.get("AllowOrigins", []))
    change = with_api_cors(
        look, (cors or right(look)) | {"AllowOrigins": [origin], "AllowCredentials": False}
    )
    if not found:
        yield missing(
            "the API allows no origin: the page can't read its answers", evidence, "frontend", change=change
        )
    elif set(found) != {origin}:
        yield failed(
            f"AllowOrigins is {listed(found)}: {'; '.join(wrong(found, origin))}", evidence, change=change
        )
    elif cors.get("AllowCredentials"):
        yield failed(
            "AllowCredentials is on: the page sends no cookies, so nobody needs it", evidence, change=change
        )
    else:
        yield passed(f"only {origin!r}", evidence)


@ROW.rule(
    2,
    Severity.HIGH,
    "The upload bucket allows the page's origin, and no other",
    expected="every rule's AllowedOrigins holds the page's origin alone",
    why="The bucket has a CORS configuration of its own. With a wildcard there, any page that gets hold of "
    "a ticket can use it from its visitors' browsers.",
    about="upload_bucket",
    layer="uploads",
    looks_at=("s3:GetBucketCors",),
    needs=("site_bucket",),
    fix="Set AllowedOrigins of every rule to the page's origin with put_bucket_cors.",
)
def bucket_origin(look: Look) -> Iterator[Verdict]:
    """Every rule of the bucket's CORS configuration, and the origins that it allows."""
    page_is_there(look)
    answer, origin = look.bucket_cors(), look.site_origin()
    rules = answer.get("CORSRules", [])
    evidence = answer.told("CORSRules")
    change = with_bucket_cors(look, origin)
    guilty = [rule["AllowedOrigins"] for rule in rules if set(rule["AllowedOrigins"]) != {origin}]
    if not rules:
        yield missing(
            "the bucket allows no origin: the page can't upload", evidence, "uploads", change=change
        )
    elif guilty:
        found = [one for origins in guilty for one in origins]
        yield failed(
            f"AllowedOrigins is {listed(found)}: {'; '.join(wrong(found, origin))}", evidence, change=change
        )
    else:
        yield passed(f"only {origin!r}, in {len(rules)} rule{'s' if len(rules) > 1 else ''}", evidence)


@ROW.rule(
    3,
    Severity.HIGH,
    "API, bucket and page agree on one origin",
    expected="what the API allows and what the bucket allows is the origin where the page is really served",
    why="An upload needs both: the API for the ticket and the bucket for the file. When they differ, or the "
    "page has moved, half of it fails, and only in browsers.",
    about="site_bucket",
    layer="uploads",
    looks_at=(
        "apigatewayv2:GetApis",
        "s3:GetBucketCors",
        "s3:GetBucketWebsite",
        "s3:ListObjectsV2",
        "HTTP GET of the page",
    ),
    needs=("api", "upload_bucket"),
    fix="Give both the origin where the page is served.",
)
def one_origin(look: Look) -> Iterator[Verdict]:
    """The origins of both configurations, and whether the page is served at that origin: file by file, and
    by the website's routing rules.
    """
    page_is_there(look)
    api, bucket = look.api(), look.bucket_cors()
    allowed = set((api.get("CorsConfiguration") or {}).get("AllowOrigins", []))
    taken = {origin for rule in bucket.get("CORSRules", []) for origin in rule["AllowedOrigins"]}
    served = look.site_origin()
    page = get(f"{served}/") if look.target.site_origin else look.page()
    evidence = (
        f"{api.told(AllowOrigins=sorted(allowed))}; {bucket.told(AllowedOrigins=sorted(taken))}; {page}"
    )
    readable = all(reply.status != 403 for reply in look.served(served).values())  # else SECURITY-8 says so
    if page.status not in (200, 403) or (page.status == 403 and readable):
        elsewhere = page.headers.get("location")
        sent = f", and sends visitors to {elsewhere!r}" if elsewhere else ""
        yield failed(
            f"the page is not served at {served!r}: {page}{sent}",
            evidence,
            fix="Serve the site bucket as a website again: workbook up --through frontend",
        )
    elif rules := website.leading_away(look, served):
        place = urlsplit(served)[:2]
        shown = "; ".join(
            f"{what} to {'://'.join(website.target(rule, *place))!r}" for what, rule in rules.items()
        )
        yield failed(
            f"visitors are sent away: {shown}",
            f"{evidence}; {look.website().told('RoutingRules')}",
            change=website.without(look, list(rules.values())),
        )
    elif away := website.sent_away(look, served):
        shown = "; ".join(f"{what} to {where!r}" for what, where in away.items())
        yield failed(
            f"visitors are sent away: {shown}",
            f"{evidence}; HEAD of {listed(list(away))} answered a Location elsewhere",
            fix="Publish the file again without a redirect.",
        )
    elif bucket.absent and not look.built_beyond("uploads"):
        yield missing("the bucket has no CORS configuration yet", evidence, "uploads")
    elif allowed == taken == {served}:
        yield passed(f"the API and the bucket allow {served!r}, and the page answers there", evidence)
    else:
        only_api, only_bucket = sorted(allowed - taken), sorted(taken - allowed)
        parts = [
            f"only the API allows {listed(only_api)}" if only_api else "",
            f"only the bucket allows {listed(only_bucket)}" if only_bucket else "",
            "" if served in allowed | taken else f"neither allows {served!r}, where the page is served",
        ]
        said = (
            "; ".join(part for part in parts if part)
            or f"both allow more than {served!r}: {listed(sorted(allowed))}"
        )
        yield failed(said, evidence, fix="See CORS-1 for the API and CORS-2 for the bucket.")


@ROW.rule(
    4,
    Severity.MEDIUM,
    "Methods and headers are those in use",
    expected=f"the API allows the methods of its routes, the bucket {listed(sorted(UPLOAD_METHODS))}; "
    "both the header "
    f"{listed(sorted(HEADERS))}",
    why="What CORS allows beyond use is an offer to scripts that have no business here; what it lacks fails "
    "in browsers only, with a message that few understand.",
    about="api",
    layer="uploads",
    looks_at=("apigatewayv2:GetApis", "s3:GetBucketCors", "lambda:GetFunction"),
    needs=("upload_bucket",),
    fix="Set methods and headers to what routes and tickets use.",
)
def methods_and_headers(look: Look) -> Iterator[Verdict]:
    """The methods and headers of both configurations, beside those of the routes and of the tickets."""
    api, bucket = look.api(), look.bucket_cors()
    cors = api.get("CorsConfiguration") or {}
    used = set(right(look)["AllowMethods"])
    if cors or look.target.unnamed("site_bucket"):
        change = with_api_cors(look, cors | right(look))
    else:
        change = with_api_cors(look, right(look) | {"AllowOrigins": [look.site_origin()]})
    evidence = api.told(CorsConfiguration=cors)
    if not cors:
        yield missing("the API has no CORS configuration", evidence, "frontend", change=change)
    elif said := differences(cors.get("AllowMethods", []), used, cors.get("AllowHeaders", [])):
        yield failed(said, evidence, change=change)
    else:
        yield passed(f"methods {listed(sorted(used))}, header {listed(sorted(HEADERS))}", evidence)
    rules, name = bucket.get("CORSRules", []), str(look.target.upload_bucket)
    methods = {method for rule in rules for method in rule["AllowedMethods"]}
    headers = {header for rule in rules for header in rule.get("AllowedHeaders", [])}
    known = look.target.site_origin or not look.target.unnamed("site_bucket")
    change = with_bucket_cors(look, look.site_origin()) if known else None
    if not rules:
        yield missing("the bucket has no CORS configuration", bucket.told(), "uploads", name, change=change)
    elif said := differences(methods, UPLOAD_METHODS, headers):
        yield failed(said, bucket.told("CORSRules"), name, change=change)
    else:
        yield passed(
            f"method {listed(sorted(methods))}, header {listed(sorted(HEADERS))}",
            bucket.told("CORSRules"),
            name,
        )


@ROW.rule(
    5,
    Severity.HIGH,
    "A browser's preflight is answered for the page, and for nobody else",
    expected="the page's origin is allowed with the methods in use; foreign, null, look-alike, http and "
    "other-port origins, and other methods, are not",
    why="Browsers do not read configurations: before a request they ask OPTIONS, and act on the answer.",
    about="api",
    layer="uploads",
    looks_at=("HTTP OPTIONS of the API and of the bucket",),
    needs=("upload_bucket", "site_bucket"),
    fix="See CORS-1, CORS-2 and CORS-4.",
    live=True,
)
def preflights(look: LiveLook) -> Iterator[Verdict]:
    """OPTIONS from the page's origin and from hostile ones, for each method, at the API and at the bucket."""
    from checks.live.preflights import matrix

    yield from matrix(look)


# ---- In their own words ----------------------------------------------------------------------------------


def page_is_there(look: Look) -> None:
    """Without a site bucket there is no origin to compare with. Raises NotThereError."""
    look.bucket_policy(str(look.target.site_bucket))


def right(look: Look) -> dict[str, Any]:
    """The methods of the routes whose functions are built, and the headers that the page sends."""
    used = {key.partition(" ")[0] for key, short in look.target.routes.items() if stands(look, short)}
    return {"AllowMethods": sorted(used), "AllowHeaders": sorted(HEADERS)}


def stands(look: Look, short: str) -> bool:
    """Whether a route's function is built; of one that has no name here, nobody knows."""
    try:
        return look.target.unnamed(short) or bool(look.function(short))
    except NotThereError:
        return look.built_beyond({"create_upload": "uploads", "delete_file": "delete"}.get(short, "api"))


def wrong(found: Sequence[str], origin: str) -> Iterator[str]:
    """What is wrong with each origin, in words."""
    for one in found:
        if one == origin:
            continue
        if "*" in one:
            yield f"{one!r} is a wildcard: it lets in every page that it matches"
        elif one.rstrip("/") == origin:
            yield f"{one!r} ends in a slash, and browsers never send one, so it matches nothing"
        elif one.lower() == origin.lower():
            yield f"{one!r} is not written as browsers write it: {origin!r}"
        elif one == "null":
            yield "'null' is what sandboxed frames and local files send: it lets in everybody"
        elif urlsplit(one).hostname == urlsplit(origin).hostname:
            yield f"{one!r} has another scheme or port than the page, {origin!r}"
        else:
            yield f"{one!r} is not the page's origin, {origin!r}"
    if origin not in found:
        yield f"the page's own origin {origin!r} is not among them"


def differences(methods: Any, used: set[str], headers: Any) -> str:
    """What is allowed beyond use, and what lacks; empty when they are the same."""
    methods, headers = {one.upper() for one in methods} - {"OPTIONS"}, {one.lower() for one in headers}
    parts = [
        f"methods allowed and not used: {listed(sorted(methods - used))}" if methods - used else "",
        f"methods used and not allowed: {listed(sorted(used - methods))}" if used - methods else "",
        f"headers allowed and not used: {listed(sorted(headers - HEADERS))}" if headers - HEADERS else "",
        f"headers used and not allowed: {listed(sorted(HEADERS - headers))}" if HEADERS - headers else "",
    ]
    return "; ".join(part for part in parts if part)


def with_api_cors(look: Look, cors: dict[str, Any]) -> Any:
    """The API with another CORS configuration."""
    api = look.api()
    asked = {"ApiId": api["ApiId"]}
    cors = {name: value for name, value in cors.items() if value not in (False, None)}
    before = api.get("CorsConfiguration")
    undo = (
        Call("apigatewayv2", "update_api", asked | {"CorsConfiguration": before})
        if before
        else Call("apigatewayv2", "delete_cors_configuration", asked)
    )
    return changes.setting(
        f"Change the CORS configuration of the API {look.target.label('api')!r}",
        Call("apigatewayv2", "get_api", asked),
        api,
        Answer("", dict(api) | {"CorsConfiguration": cors}),
        Call("apigatewayv2", "update_api", asked | {"CorsConfiguration": cors}),
        undo,
        ["Pages of other origins can no longer read the API's answers."],
    )


def with_bucket_cors(look: Look, origin: str) -> Any:
    """The upload bucket with one rule: the page may PUT what it has a ticket for."""
    bucket, answer = str(look.target.upload_bucket), look.bucket_cors()
    rules = [
        {
            "AllowedOrigins": [origin],
            "AllowedMethods": sorted(UPLOAD_METHODS),
            "AllowedHeaders": sorted(HEADERS),
        }
    ]
    put = {"Bucket": bucket, "CORSConfiguration": {"CORSRules": rules}}
    undo = (
        Call("s3", "delete_bucket_cors", {"Bucket": bucket})
        if answer.absent
        else Call("s3", "put_bucket_cors", put | {"CORSConfiguration": {"CORSRules": answer["CORSRules"]}})
    )
    return changes.setting(
        f"Let the page, and no other, upload to {bucket!r}",
        Call("s3", "get_bucket_cors", {"Bucket": bucket}),
        answer,
        {"CORSRules": rules},
        Call("s3", "put_bucket_cors", put),
        undo,
        ["Pages of other origins can no longer upload with a ticket."],
    )
