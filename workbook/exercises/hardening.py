"""10_hardening: eight things that were broken on purpose, each judged by the audit and by using it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from checks.findings import Finding, Status
from checks.notebook import audit
from dashboard.stack import Stack
from dashboard.stack.api import find_api
from dashboard.stack.frontend import site_origin, site_url
from workbook.asking import ask, lets_through, may, preflight
from workbook.drill_defects import api_url, ask_for_ticket, log_lines, record_of, remove
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes
from workbook.waiting import wait_for_effect

STRANGERS = (
    "https://evil.example",
    "null",
    "{scheme}://evil.{rest}",
    "{origin}.evil.example",
    "{other}://{rest}",
)
FINE = (Status.PASS, Status.SKIP)
Use = Callable[[Stack], str]  # uses the dashboard, and tells what is wrong; an empty text when nothing is


def red(stack: Stack, ids: tuple[str, ...], about: str = "") -> list[Finding]:
    """The findings of these rules that do not pass; only those about one function when it is named."""
    areas = dict.fromkeys(id_.partition("-")[0].lower() for id_ in ids)
    found = [one for area in areas for one in audit(stack, row=area).findings if one.id in ids]
    resource = stack.functions[about].name if about else ""
    return [one for one in found if resource in one.resource and one.status not in FINE]


def mended(
    ids: tuple[str, ...], use: Use, step: str, passed: str, about: str = ""
) -> Callable[[Stack], Outcome]:
    """A look that asks the audit, and then uses what was mended."""

    def look(stack: Stack) -> Outcome:
        looked = f"the audit's {', '.join(ids)}, and then the dashboard itself"
        failing, trouble = red(stack, ids, about), use(stack)
        rules = list(dict.fromkeys(one.id for one in failing))
        if failing:
            found = f"{failing[0].id}: {failing[0].observed[:300]}"
            done = 1 - len(rules) / (len(ids) + 1)
            if trouble or len(rules) == len(ids):
                return not_yet(looked, f"{found}{f'; and {trouble}' if trouble else ''}", step)
            return partly(looked, found, step, done)
        if trouble:
            return partly(looked, f"the audit is content, but {trouble}", step, 0.5)
        return passes(looked, passed)

    return look


def stranger_is_refused(stack: Stack) -> str:
    """Put an object, and ask for it without a signature."""
    s3, key = stack.client("s3"), f"{stack.prefix}{uuid.uuid4().hex}/secret.txt"
    s3.put_object(Bucket=stack.upload_bucket, Key=key, Body=b"for friends")
    signed = s3.generate_presigned_url("get_object", Params={"Bucket": stack.upload_bucket, "Key": key})
    status = ask("GET", signed.partition("?")[0]).status
    remove(stack, key)
    return "" if status == 403 else f"a stranger who asks for an upload is answered {status}"


def ticket_works(stack: Stack) -> str:
    """Ask for a ticket and use it."""
    ticket = ask_for_ticket(stack)
    if not ticket or "url" not in ticket:
        return "the API hands out no ticket any more"
    answer = ask(ticket["method"], ticket["url"], ticket["headers"], b"abc")
    remove(stack, ticket["object_key"])
    return "" if answer.status == 200 else f"the ticket's upload is answered {answer.status}"


def delete_works(stack: Stack) -> str:
    """Delete what is not there: the API still reaches its function."""
    status = ask("DELETE", f"{api_url(stack)}/files/{stack.prefix}nothing-there").status
    return "" if status == 204 else f"DELETE is answered {status}"


def hostile_origins(origin: str) -> list[str]:
    """Origins that a careless rule lets in: foreign, null, look-alikes, and the other scheme.

    >>> hostile_origins("http://a.example")[2:]
    ['http://evil.a.example', 'http://a.example.evil.example', 'https://a.example']
    """
    scheme, _, rest = origin.partition("://")
    other = "https" if scheme == "http" else "http"
    return [form.format(origin=origin, scheme=scheme, rest=rest, other=other) for form in STRANGERS]


def only_the_page_is_let_in(stack: Stack) -> str:
    """Ask the API as browsers do: for the page, and for pages that have no business here."""
    origin, address = site_origin(stack), f"{api_url(stack)}/files/x"
    for method in ("GET", "DELETE"):
        if not lets_through(preflight(address, origin, method), origin, method):
            return f"the page itself may not send {method}"
    for stranger in hostile_origins(origin):
        if ask("GET", f"{api_url(stack)}/files", {"Origin": stranger}).readable_by(stranger):
            return f"a page from `{stranger}` may read the list"
    return ""


def uploads_are_recorded(stack: Stack) -> str:
    """An object under the prefix is recorded, and one beside it is not."""
    s3, name = stack.client("s3"), uuid.uuid4().hex
    inside, outside = f"{stack.prefix}{name}", f"elsewhere/{name}"
    for key in (outside, inside):
        s3.put_object(Bucket=stack.upload_bucket, Key=key, Body=b"1")
    recorded = wait_for_effect(lambda: record_of(stack, inside), 15)
    beside = record_of(stack, outside)
    for key in (inside, outside):
        remove(stack, key)
    if not recorded:
        return "an upload is not recorded"
    return "an object outside the prefix is recorded too" if beside else ""


def get_deletes_nothing(stack: Stack) -> str:
    """Follow the link that a crawler would follow."""
    status = ask("GET", f"{api_url(stack)}/delete/{stack.prefix}nothing-there").status
    if status != 404:
        return f"GET /delete/... is answered {status}"
    found = stack.client("lambda").get_policy(FunctionName=stack.functions["delete_file"].name)["Policy"]
    if "/GET/delete/" in found:
        return "API Gateway still has the permission that was made for that route"
    status = ask("GET", f"{api_url(stack)}/files").status
    return "" if status == 200 else f"GET /files is answered {status}"


def page_finds_its_api(stack: Stack) -> str:
    """Read config.json as the page does, and ask the API that it names."""
    config = ask("GET", f"{site_url(stack).rstrip('/')}/config.json")
    named = config.json.get("apiUrl") if isinstance(config.json, dict) else None
    if not isinstance(named, str):
        return f"config.json names no apiUrl: `{config.text[:80]}`"
    return "" if named == api_url(stack) else f"the page asks `{named}`"


def list_speaks(stack: Stack) -> str:
    """Ask for a list that nobody else asks for, and look for its line in the log."""
    mark = f"{stack.prefix}{uuid.uuid4().hex}"
    status = ask("GET", f"{api_url(stack)}/files?prefix={mark}").status
    if status != 200:
        return f"GET /files is answered {status}"
    return "" if log_lines(stack, "list_files", mark, 6) else "the log has no line of a request"


def other_logs_are_closed(stack: Stack) -> str:
    """Whether list_files' role may write into another function's log."""
    if trouble := list_speaks(stack):
        return trouble
    group = stack.functions["get_file"].log_group
    stream = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{group}:log-stream:x"
    allowed = may(stack, stack.functions["list_files"].role, "logs:PutLogEvents", stream)
    return "list_files may write into get_file's log as well" if allowed else ""


def only_the_api_may_delete(stack: Stack) -> str:
    """The API still reaches delete_file, and its policy names this API alone."""
    if trouble := delete_works(stack):
        return trouble
    found = stack.client("lambda").get_policy(FunctionName=stack.functions["delete_file"].name)
    api_id = find_api(stack.client("apigatewayv2"), stack.api_name)
    for statement in json.loads(found["Policy"])["Statement"]:
        source: Any = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "")
        if f":{api_id}/" not in str(source):
            return f"statement `{statement['Sid']}` names no route of this API"
    return ""


WHERE = "10_hardening, '{}'"

EXERCISES = (
    Exercise(
        id="hardening-1", title="Close the bucket again", points=2,
        look=mended(("SECURITY-1", "SECURITY-2"), stranger_is_refused,
                    "Turn all four switches on, and remove the policy that names everybody.",
                    "four switches on, no policy for strangers, and a stranger gets 403"),
        why="One statement 'just for the demo' makes every upload readable for everybody who has the address.",
        where=WHERE.format("Security: let nobody in without a signature"),
        hints=(
            "Two things were changed: the policy lets strangers in, and two switches stopped preventing it.",
            "`s3.put_public_access_block(...)` takes all four switches at once.",
            "`s3.delete_bucket_policy(Bucket=stack.upload_bucket)`, and `PublicAccessBlockConfiguration=ALL_FOUR`.",
        ),
    ),
    Exercise(
        id="hardening-2", title="Give it the least it needs", points=2,
        look=mended(("SECURITY-6", "VISIBILITY-2"), ticket_works,
                    "Two statements: s3:PutObject under the prefix, and writing to its own log group.",
                    "it may put objects under the prefix and write its log, and nothing else; tickets work", about="create_upload"),
        why="A ticket can do what its signer can do, and so can a bug in the function.",
        where=WHERE.format("Security: give a function the least it needs"),
        hints=(
            "What does create_upload do? It signs a PUT under the prefix, and it prints.",
            "`grant(iam, role, \"least\", statements)` replaces the policy of that name.",
            "`allow([\"s3:PutObject\"], [f\"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*\"])`, and "
            "`may_log(logs_arn)` from dashboard.stack.roles.",
        ),
    ),
    Exercise(
        id="hardening-3", title="Let only this API call", look=mended(
            ("SECURITY-7",), only_the_api_may_delete,
            "Remove the one statement that names no API, with `lambda_.remove_permission(...)`, and no other. "
            "Is the API's own gone? `dashboard.stack.api.connect(stack, api_id, 'DELETE /files/{key+}')`.",
            "each statement names a route of this API, and DELETE still works", about="delete_file"),
        why="Without SourceArn, any API of any account may invoke the function: a confused deputy.",
        where=WHERE.format("Security: say who may call"),
        hints=(
            "`lambda_.get_policy(...)` lists the statements. Which of them has no Condition?",
            "Take that one away by its StatementId. The other one is the API's own.",
            '`lambda_.remove_permission(FunctionName=..., StatementId="any-api")`',
        ),
    ),
    Exercise(
        id="hardening-4", title="Allow one origin", points=2, look=mended(
            ("CORS-1", "CORS-3", "CORS-4"), only_the_page_is_let_in,
            "AllowOrigins is a list of one: `site_origin(stack)`. Keep the methods and headers.",
            "the page's origin alone is let in, and five hostile ones are not"),
        why="With a wildcard, any page that a reader has open may read the list of files with the reader's browser.",
        where=WHERE.format("CORS: let one page in"),
        hints=(
            "`update_api(CorsConfiguration=...)` replaces all of it, so begin with what is there.",
            "The origin is scheme, host and port, without a slash: `site_origin(stack)`.",
            "`apigateway.update_api(ApiId=api_id, CorsConfiguration={**cors, \"AllowOrigins\": [site_origin(stack)]})`, "
            "where `cors` is what get_api gives.",
        ),
    ),
    Exercise(
        id="hardening-5", title="Make the loop impossible", points=2, look=mended(
            ("SAFETY-1", "SAFETY-2", "SAFETY-3"), uploads_are_recorded,
            "Two halves: the notification's prefix, and the policy `thumbnails` of the role.",
            "S3 tells of the prefix alone, and the function it tells may not write there"),
        why="A loop needs both: a trigger that sees its own output, and the right to write it. Take both away.",
        where=WHERE.format("Safety: make a loop impossible"),
        hints=(
            "Which policy of index_upload's role is new? And which prefix does the notification have?",
            "`iam.delete_role_policy(...)` for the one, `put_bucket_notification_configuration` for the other.",
            "`send_events(s3, stack.upload_bucket, stack.function_arn(\"index_upload\"), stack.prefix)`, and "
            "`iam.delete_role_policy(RoleName=..., PolicyName=\"thumbnails\")`",
        ),
    ),
    Exercise(
        id="hardening-6", title="Take the dangerous link away", look=mended(
            ("API-1", "API-2"), get_deletes_nothing,
            "Delete the route `GET /delete/{key+}`, and the permission that was made for it.",
            "GET only reads again: the link is answered 404, and the list is there"),
        why="Browsers, crawlers and previews follow GET links without asking. A GET that deletes is an accident.",
        where=WHERE.format("API: let GET only read"),
        hints=(
            "`apigateway.get_routes(...)` gives each route's RouteId.",
            "The route is one thing; the permission in delete_file's policy is another.",
            '`apigateway.delete_route(ApiId=api_id, RouteId=...)` and '
            '`lambda_.remove_permission(..., StatementId="api-get-delete")`',
        ),
    ),
    Exercise(
        id="hardening-7", title="Bring the page back in step", look=mended(
            ("STATE-3", "STATE-4"), page_finds_its_api,
            'Publish config.json again: {"apiUrl": the ApiEndpoint of your API}.',
            "the page asks the API that there is"),
        why="A static page finds its API by one line in one file. With an old address it shows an old world.",
        where=WHERE.format("State: keep page and table in step"),
        hints=(
            "What does the page's config.json say, and what does `api_url` say?",
            "`put_page_file(s3, bucket, key, content)` from lesson 05 uploads one file of the page.",
            '`put_page_file(s3, stack.site_bucket, "config.json", json.dumps({"apiUrl": api_url}).encode())`',
        ),
    ),
    Exercise(
        id="hardening-8", title="Let it speak", points=2, look=mended(
            ("VISIBILITY-2", "SECURITY-6"), other_logs_are_closed,
            "Add the statement for its own log group, and keep the one for the table.",
            "it lists, it speaks, and it may do nothing else", about="list_files"),
        why="Without log rights a function fails in silence: no group, no line, no error to anybody.",
        where=WHERE.format("Visibility: let every function speak"),
        hints=(
            "It needs logs:CreateLogStream and logs:PutLogEvents, on its own log group.",
            "The log group's ARN ends in `log-group:/aws/lambda/<function>`; `may_log(logs_arn)` adds the `:*`.",
            "`grant(iam, role, \"least\", [may_log(logs_arn), query])` with the `query` that the cell above shows.",
        ),
    ),
)  # fmt: skip
