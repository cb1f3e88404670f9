"""11_failure_drill: a quiz on paper, then five real defects to find and mend."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from dashboard.stack import Stack
from dashboard.stack.api import find_api
from dashboard.stack.frontend import site_origin
from workbook.architecture_parts import permits
from workbook.asking import ask, lets_through, may, preflight
from workbook.drill_defects import api_url, ask_for_ticket, log_lines, record_of, remove
from workbook.drilling import MENDED, NEVER, PLANTED, TAKEN_BACK, Record
from workbook.exercises import Exercise, Outcome, not_yet, partly, passes
from workbook.waiting import wait_for_effect

PATIENCE = 15.0  # seconds for events and log lines
WHERE = "11_failure_drill, 'Drill {}'"


def quiz_is_matched(stack: Stack, quiz: Any = None) -> Outcome:
    """The quiz's own state: all pairs matched, by hand or in code."""
    looked = "the matching quiz"
    if not hasattr(quiz, "matched") or not hasattr(quiz, "attempts"):
        return not_yet(
            looked, f"what was given is no quiz: {quiz!r}", 'Call it with your quiz: check("drill-1", quiz).'
        )
    count, tried = len(quiz.matched), len(quiz.attempts)
    if not quiz.complete:
        found = f"{count} of {len(quiz.symptoms)} symptoms are matched"
        step = "Choose the next symptom and match it: by hand above, or with `quiz.answer(symptom, place)`."
        return (
            partly(looked, found, step, count / len(quiz.symptoms)) if count else not_yet(looked, found, step)
        )
    more = "at the first try" if tried == count else f"in {tried} tries: each wrong one told why"
    return passes(looked, f"all {count} symptoms are matched, {more}")


def drilled(number: int, looked: str, healthy: Callable[[Stack], Outcome]) -> Callable[[Stack], Outcome]:
    """A look that also knows whether the drill was planted, and by whom it was mended."""

    def look(stack: Stack) -> Outcome:
        record = Record(stack)
        standing = record[number]
        if standing == NEVER:
            step = f"Plant it first: `break_something({number})`."
            return not_yet(looked, "this drill was never planted", step)
        outcome = healthy(stack)
        if outcome.state.value != "passes":
            return outcome
        if standing == TAKEN_BACK:
            step = f"Plant it again with `break_something({number})`, and mend it yourself."
            return partly(looked, f"all is well, because `mend({number})` took it back", step, 0.5)
        if standing == PLANTED:
            record.note(number, MENDED)
        return outcome

    return look


def list_is_back(stack: Stack) -> Outcome:
    """Ask for the list as the page does; then see who else could invoke the function."""
    looked = "`GET /files` over HTTP, and the policy of list_files"
    answer = ask("GET", f"{api_url(stack)}/files")
    if answer.status != 200:
        step = "Let API Gateway invoke `list_files`: `lambda_.add_permission(...)`."
        return not_yet(looked, f"it is answered {answer.status}: `{answer.text}`", step)
    api_id = find_api(stack.client("apigatewayv2"), stack.api_name)
    policy = stack.client("lambda").get_policy(FunctionName=stack.functions["list_files"].name)["Policy"]
    foreign = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:otherapi00/$default/GET/files"
    delete = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api_id}/$default/DELETE/files/x"
    for source, whose in ((foreign, "any other API"), (delete, "any route of this API")):
        if any(permits(one, "apigateway.amazonaws.com", source) for one in json.loads(policy)["Statement"]):
            step = "Name this API and `GET /files` alone in `SourceArn`. Remove the wide permission first."
            return partly(looked, f"the list is back, but {whose} may invoke the function too", step, 0.6)
    return passes(looked, "it is answered 200 again, and only this route may invoke the function")


def log_speaks(stack: Stack) -> Outcome:
    """Open a file that is not there, and look for the line that get_file prints of it."""
    looked = "a request to `GET /files/...`, and then the log of get_file"
    key = f"{stack.prefix}{uuid.uuid4().hex}"
    status = ask("GET", f"{api_url(stack)}/files/{key}").status
    if status != 404:
        step = "Leave the function as it is: only its role is wrong. `reset(layer='api')` builds it again."
        return not_yet(looked, f"a file that is not there is answered {status}, not 404", step)
    if not log_lines(stack, "get_file", key, PATIENCE):
        step = "Look at every policy of the role: `iam.list_role_policies(...)`. Which one says Deny?"
        return not_yet(looked, "the request was answered, and the log has no line of it", step)
    role = stack.functions["get_file"].role
    other = stack.functions["list_files"].log_group
    resource = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:{other}:log-stream:x"
    if may(stack, role, "logs:PutLogEvents", resource):
        step = "Take back what you added: the role had the right for its own log group from the beginning."
        return partly(
            looked, "the log speaks, but the role may write into other functions' logs too", step, 0.6
        )
    return passes(looked, "the log tells of the request again, and the role may write nowhere else")


def upload_arrives(stack: Stack) -> Outcome:
    """Upload a file by a ticket and wait for it in the list; then look at what else S3 would tell."""
    looked = "an upload by ticket, its record, and the bucket's notification"
    ticket = ask_for_ticket(stack)
    key = ticket["object_key"]
    ask(ticket["method"], ticket["url"], ticket["headers"], b"abc")
    recorded = wait_for_effect(lambda: record_of(stack, key), PATIENCE)
    remove(stack, key)
    if not recorded:
        step = "Compare the notification's prefix with the key of an upload, letter by letter."
        return not_yet(
            looked, f"a file under `{stack.prefix}` was uploaded, and the table has no record of it", step
        )
    found = stack.client("s3").get_bucket_notification_configuration(Bucket=stack.upload_bucket)
    rules = [
        rule.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        for rule in found.get("LambdaFunctionConfigurations", [])
    ]
    prefixes = {one["Value"] for rule in rules for one in rule if one["Name"].lower() == "prefix"}
    if len(rules) != 1 or prefixes != {stack.prefix}:
        told = ", ".join(f"`{prefix}`" for prefix in sorted(prefixes)) or "no prefix at all"
        step = f"Name exactly `{stack.prefix}`, once: what is wider can start a loop."
        return partly(looked, f"uploads are recorded, but the notification names {told}", step, 0.6)
    if "s3:ObjectRemoved:*" not in found["LambdaFunctionConfigurations"][0]["Events"]:
        step = "Name both: `s3:ObjectCreated:*` and `s3:ObjectRemoved:*`."
        return partly(looked, "uploads are recorded, but S3 no longer tells of deletions", step, 0.6)
    return passes(looked, f"the file was recorded, and S3 tells of `{stack.prefix}` alone")


def browser_uploads(stack: Stack) -> Outcome:
    """Ask S3 as a browser does before a PUT: for the page, and for pages that have no business here."""
    looked = "preflights for a PUT: from the page's origin and from a stranger's"
    origin, ticket = site_origin(stack), ask_for_ticket(stack)
    answer = preflight(ticket["url"], origin, "PUT", "content-type")
    if not lets_through(answer, origin, "PUT", "content-type"):
        step = "Compare AllowedOrigins with `site_origin(stack)`; the method is PUT, the header content-type."
        return not_yet(looked, f"S3 answers {answer.status}, and the browser sends nothing", step)
    for stranger in ("https://evil.example", "null"):
        if lets_through(
            preflight(ticket["url"], stranger, "PUT", "content-type"), stranger, "PUT", "content-type"
        ):
            step = "Allow the page's own origin, and no wildcard."
            return partly(looked, f"the page may upload, but so may pages from `{stranger}`", step, 0.6)
    if lets_through(preflight(ticket["url"], origin, "DELETE"), origin, "DELETE"):
        step = "PUT is all that a ticket allows: name no other method."
        return partly(looked, "the page may upload, and browsers may send DELETE to S3 as well", step, 0.8)
    return passes(looked, "the page's origin may PUT, and nobody else may anything")


def list_knows_its_table(stack: Stack) -> Outcome:
    """Ask for the list, and for a file's place in it."""
    looked = "`GET /files` over HTTP, and the environment of list_files"
    answer = ask("GET", f"{api_url(stack)}/files")
    if answer.status != 200:
        step = "Read the last lines of list_files' log: which name is missing? All variables are set at once."
        return not_yet(looked, f"it is answered {answer.status}: `{answer.text}`", step)
    found = stack.client("lambda").get_function_configuration(FunctionName=stack.functions["list_files"].name)
    given = found.get("Environment", {}).get("Variables", {})
    wanted = {"TABLE_NAME": stack.table, "UPLOAD_BUCKET": stack.upload_bucket}
    if {name: given.get(name) for name in wanted} != wanted:
        wrong = next(name for name in wanted if given.get(name) != wanted[name])
        step = f"Set `{wrong}` to `{wanted[wrong]}`."
        return partly(looked, f"it answers, but `{wrong}` is `{given.get(wrong)}`", step, 0.5)
    return passes(looked, "it is answered 200 again, from this stack's table")


def live(number: int, title: str, healthy: Callable[[Stack], Outcome], why: str, *hints: str) -> Exercise:
    return Exercise(
        id=f"drill-{number}", title=title, look=drilled(number, f"drill {number}", healthy), why=why,
        where=WHERE.format(number), hints=hints, points=2,
    )  # fmt: skip


EXERCISES = (
    Exercise(
        id="drill-1",
        title="Match symptoms and places",
        look=quiz_is_matched,
        why="When something fails, the first minute decides: who looks in the right place first has it found.",
        where="11_failure_drill, 'Match each symptom to a place'",
        hints=(
            "For each symptom ask: who said this, and to whom? The one who spoke last is where you look.",
            "Blocked by CORS is said by a browser, Internal Server Error by API Gateway, 403 in XML by S3.",
            'In code: `quiz.answer("blocked by CORS", "API Gateway")`, and the other three likewise.',
        ),
    ),
    live(
        2, "Bring the list back", list_is_back,
        "A 500 with a silent log means that the function was never invoked.",
        "Does list_files' log have a line of your request? If not, ask who may invoke it.",
        "`lambda_.get_policy(FunctionName=...)` says who may invoke a function. Compare it with get_file's.",
        '`lambda_.add_permission(FunctionName=..., StatementId="api-get", Action="lambda:InvokeFunction", '
        'Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:{stack.region}:'
        '{stack.account_id}:{api_id}/*/GET/files")`',
    ),
    live(
        3, "Let it speak again", log_speaks,
        "A function without log rights works, and fails silently: you find out on the day you need its log.",
        "The function answers, so its code is well. Who decides whether it may write to its log?",
        "List the policies of its role with `iam.list_role_policies`, and read each with `iam.get_role_policy`.",
        'A Deny wins over every Allow: `iam.delete_role_policy(RoleName=role, PolicyName="housekeeping")`.',
    ),
    live(
        4, "Let S3 tell again", upload_arrives,
        "The list shows the table. What S3 does not tell, the table never learns.",
        "Is the object in the bucket? Did index_upload's log say anything? The fault lies between these two.",
        "Read `s3.get_bucket_notification_configuration(Bucket=...)` and compare it with an object's key.",
        'From lesson 02: `send_events(s3, stack.upload_bucket, stack.function_arn("index_upload"), "incoming/")`',
    ),
    live(
        5, "Let the page upload", browser_uploads,
        "A browser compares origins letter by letter, and a trailing slash is a letter.",
        "Who refuses: the API or S3? The ticket came, so it is the one that is asked next.",
        "Read `s3.get_bucket_cors(Bucket=...)`. How does a browser write the page's origin?",
        "From lesson 06: `allow_uploads_from(s3, stack.upload_bucket, site_origin(stack))`",
    ),
    live(
        6, "Read the log, then mend", list_knows_its_table,
        "The same 500 as in drill 2, and another cause: this time the log has it.",
        "Read the last lines of list_files' log. What was it looking for?",
        "`lambda_.update_function_configuration(Environment=...)` replaces all variables, not one.",
        "`variables(stack)` from dashboard.stack.api has both: TABLE_NAME and UPLOAD_BUCKET.",
    ),
)  # fmt: skip
