"""Reports made by hand: a good stack, a bad one, and one whose names are hostile."""

from datetime import UTC, datetime

from checks.change import Call, Change
from checks.findings import Finding, Report, RowResult, Severity, Status
from checks.report import About

ABOUT = About(datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC))
STATES = {
    "Security": "The upload bucket is private; access is through temporary presigned URLs",
    "CORS": "API Gateway and S3 allow only the frontend's own origin",
    "Safety": "S3 triggers are limited to a prefix, so that no recursive loop can start",
    "API": "HTTP methods (GET, POST, DELETE) match what the routes do",
    "State": "The frontend reloads after every write and stays in step",
    "Visibility": "Every function's execution role may write to CloudWatch Logs",
}
CLOSE = Call(
    "s3", "put_public_access_block", {"Bucket": "photos", "PublicAccessBlockConfiguration": {"A": True}}
)
CHANGE = Change(
    "Turn on all four public access switches of 'photos'",
    Call("s3", "get_public_access_block", {"Bucket": "photos"}),
    {"A": False},
    {"A": True},
    [CLOSE],
    [CLOSE],
)
FREE = ("title", "resource", "observed", "expected", "evidence", "fix")
HOSTILE = [
    '</code></pre><script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    "a\"b'c&d]]>",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe\u2066",
    "two\nlines\r\n",
    "\x00\x01\ufffe lone \ud800",
    "[bold red]not markup[/]",
    "{{ 7*7 }} ${jndi} =cmd|' /C calc'!A0",
    "n" * 5000,
]


def finding(id_, status=Status.PASS, severity=Severity.HIGH, **values):
    given = {
        "title": f"What {id_} is about",
        "resource": "upload-dashboard-uploads-123456789012",
        "observed": "all four switches are on",
        "expected": "all four on",
        "evidence": "s3.get_public_access_block(Bucket='photos') answered RestrictPublicBuckets=false",
        "fix": "",
    } | values
    return Finding(id_, given.pop("title"), severity, status, **given)


def report(*findings, stack="upload-dashboard"):
    """A report with these findings among passed ones."""
    rows = []
    for area, good_state in STATES.items():
        own = [one for one in findings if one.id.startswith(area.upper())]
        passed = [finding(f"{area.upper()}-{number}") for number in range(1, 6)]
        told = {one.id for one in own}
        rows.append(RowResult(area, good_state, [*own, *(one for one in passed if one.id not in told)]))
    return Report(stack, "embedded", "123456789012", "us-east-1", rows, 33, 0.9)


def good():
    return report(
        *(
            finding(id_, Status.SKIP, observed="Only seen while the dashboard is at work: ask with --live.")
            for id_ in ("SECURITY-4", "CORS-5", "API-3", "STATE-1", "STATE-2", "VISIBILITY-3")
        )
    )


def bad():
    return report(
        finding("CORS-1", Status.FAIL, observed="AllowOrigins has '*'", fix="apigatewayv2.update_api(...)"),
        finding("SECURITY-1", Status.FAIL, Severity.CRITICAL, observed="RestrictPublicBuckets is off",
                fix="s3 = boto3.client('s3')\ns3.put_public_access_block(...)", change=CHANGE),
        finding("SAFETY-1", Status.FAIL, Severity.CRITICAL, observed="no prefix: every object invokes it"),
        finding("SAFETY-4", Status.FAIL, Severity.LOW, observed="no failure destination"),
        finding("VISIBILITY-1", Status.ERROR, Severity.MEDIUM, observed="AccessDenied: DescribeLogGroups"),
        finding("STATE-1", Status.NOT_YET, observed="there is no page yet"),
        finding("API-3", Status.SKIP, observed="Only seen while the dashboard is at work: ask with --live."),
    )  # fmt: skip


def hostile():
    """Every text that a resource can choose, in every field that shows one."""
    return report(
        *(
            finding("SECURITY-1", Status.FAIL, **dict.fromkeys(FREE, name))
            for name in HOSTILE
        ),
        stack=HOSTILE[0],
    )  # fmt: skip
