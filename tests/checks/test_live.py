"""Live probes: what they see that settings don't show, and that they leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time

import boto3
import pytest

from checks import live
from checks.access import LIVE
from checks.asking import Asker, RefusedError
from checks.audit import audit
from checks.findings import Status
from checks.live import browser
from checks.look import Look
from checks.target import Target
from dashboard.stack.package import package
from tests.checks.defects import bucket_cors, bucket_policy, published
from tests.checks.mutations.api import permission_lost
from tests.checks.mutations.safety import bucket_may_not_invoke

LIVE_IDS = {
    "SECURITY-4",
    "SECURITY-5",
    "CORS-5",
    "SAFETY-5",
    "API-3",
    "API-4",
    "STATE-1",
    "STATE-2",
    "VISIBILITY-3",
}
HASTE = 10.0  # seconds that an effect may take in a test where one does not come, and others must
PAGE_HASTE = 5.0  # seconds that a row is waited for in a page that never asks for it


@pytest.fixture(autouse=True)
def leaves_nothing(good_stack):
    """After every test the bucket holds nothing of the audit's, and soon the table does not either."""
    yield
    objects = good_stack.client("s3").list_objects_v2(Bucket=good_stack.upload_bucket).get("Contents", [])
    assert [one["Key"] for one in objects] == []
    wait_until_empty(good_stack)  # an event under way may still write a record, and then takes it back itself


@pytest.fixture
def haste(monkeypatch):
    """What does not come is not waited for very long."""
    monkeypatch.setattr("checks.live.wait_for.__defaults__", (HASTE,))


def found(stack, clients, *areas):
    report = audit(Target.of_stack(stack), live=True, areas=areas or None, make_client=clients)
    return {(one.id, one.status): one for one in report.findings}


def ids(found, status):
    return {id_ for id_, its in found if its is status}


@pytest.mark.e2e
def test_a_good_stack_passes_every_probe(good_stack, clients):
    if not browser.chromium():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Chromium is missing: apt-get install chromium"
        )
    seen = found(good_stack, clients)
    assert {status for _, status in seen} == {Status.PASS}
    assert ids(seen, Status.PASS) >= LIVE_IDS
    assert "GET /files 200" in seen["STATE-2", Status.PASS].evidence


def test_strangers_get_in_where_the_bucket_is_open(good_stack, clients):
    s3, bucket = good_stack.client("s3"), good_stack.upload_bucket
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    public = {
        "Sid": "Open",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    mend = bucket_policy(good_stack, bucket, public, public=True)
    s3.delete_public_access_block(Bucket=bucket)
    try:
        seen = found(good_stack, clients, "security")
    finally:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
        mend()
    assert ids(seen, Status.FAIL) == {"SECURITY-1", "SECURITY-2", "SECURITY-4"}
    assert seen["SECURITY-4", Status.FAIL].observed.startswith("a stranger may read, list in")


@pytest.mark.parametrize("origins", [["*"], ["http://*"], ["https://evil.example"]])
def test_a_preflight_shows_who_is_let_in(origins, good_stack, clients):
    mend = bucket_cors(good_stack, lambda rules: [*rules, {**rules[0], "AllowedOrigins": origins}])
    try:
        seen = found(good_stack, clients, "cors")
    finally:
        mend()
    assert ids(seen, Status.FAIL) == {"CORS-2", "CORS-3", "CORS-5"}
    assert "https://evil.example" in seen["CORS-5", Status.FAIL].observed or origins == ["http://*"]


def test_a_lost_event_is_noticed_by_its_effect(good_stack, clients, haste):
    mend = bucket_may_not_invoke(good_stack)
    try:
        seen = found(good_stack, clients, "safety")
    finally:
        mend()
    assert ids(seen, Status.FAIL) == {"SAFETY-3", "SAFETY-5"}


def test_a_route_that_may_not_invoke_its_function_answers_500(good_stack, clients, haste):
    mend = permission_lost(good_stack, ("list_files", "api-get"))
    try:
        seen = found(good_stack, clients, "api")
    finally:
        mend()
    assert ids(seen, Status.FAIL) == {"API-2", "API-3"}
    assert "GET /files answered 500, not 200" in seen["API-3", Status.FAIL].observed


class OtherCode:
    """A function with other code, for a while."""

    def __init__(self, stack, short, old, new, tmp_path):
        source = package.__globals__["FUNCTIONS"] / short / "lambda_function.py"
        text = source.read_text()
        assert old in text
        self.stack, self.short = stack, short
        (tmp_path / "lambda_function.py").write_text(text.replace(old, new))
        self.code = package(tmp_path / "lambda_function.py")

    def __enter__(self):
        self.put(self.code)

    def __exit__(self, *_):
        self.put(package(self.short))

    def put(self, code):
        client, name = self.stack.client("lambda"), self.stack.functions[self.short].name
        client.update_function_code(FunctionName=name, ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)


def test_a_second_deletion_that_fails_is_seen(good_stack, clients, haste, tmp_path):
    old, new = "    s3.delete_object(", "    s3.head_object(Bucket=BUCKET, Key=key)\n    s3.delete_object("
    with OtherCode(good_stack, "delete_file", old, new, tmp_path):
        seen = found(good_stack, clients, "api")
    assert "API-4" in ids(seen, Status.FAIL)


@pytest.mark.parametrize(
    ("short", "old", "new", "said"),
    [
        ("create_upload", '"300"', '"86400"', "it lives 86400 s"),
        ("create_upload", '"ContentType": content_type, ', "", "it does not sign content-type"),
        ("create_upload", '"ContentLength": size', '"Metadata": {}', "it does not sign content-length"),
        ("get_file", '"300"', '"3600"', "it lives 3600 s"),
        ("get_file", '"Key": key,', '"Key": f"{key}.old",', "it leads to "),
    ],
)
def test_a_link_that_is_worth_too_much_is_seen(short, old, new, said, good_stack, clients, tmp_path):
    with OtherCode(good_stack, short, old, new, tmp_path):
        seen = found(good_stack, clients, "security")
    assert ids(seen, Status.FAIL) == {"SECURITY-5"}
    assert said in seen["SECURITY-5", Status.FAIL].observed
    assert "X-Amz-Signature=" not in json.dumps([one.as_dict() for one in seen.values()])


@pytest.mark.parametrize(
    ("short", "old", "new", "said"),
    [
        ("index_upload", '"size": found["ContentLength"]', '"size": 0', "has 0 bytes"),
        ("list_files", '"files": files', '"files": []', "the list does not show it"),
        ("list_files", ".begins_with(prefix)", '.begins_with("incoming/0/")', "the list does not show it"),
        ("create_upload", "answer(201, sign_ticket", "answer(500, sign_ticket", "nothing can be uploaded"),
    ],
)
def test_a_list_that_does_not_say_what_is_there_is_seen(
    short, old, new, said, good_stack, clients, haste, tmp_path, monkeypatch
):
    monkeypatch.setattr("checks.live.browser.chromium", lambda: None)
    with OtherCode(good_stack, short, old, new, tmp_path):
        seen = found(good_stack, clients, "state")
    assert ids(seen, Status.FAIL) == {"STATE-1"}
    assert said in seen["STATE-1", Status.FAIL].observed


def test_an_upload_that_is_handled_twice_is_seen(good_stack, clients, haste, tmp_path):
    new = "        for _ in range(2 * bool(table)):\n            print(f'index_upload {key!r}')"
    with OtherCode(good_stack, "index_upload", "        if table:", f"{new}\n        if table:", tmp_path):
        seen = found(good_stack, clients, "safety")
    assert ids(seen, Status.FAIL) == {"SAFETY-5"}


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("file-list.js", 'document.addEventListener("files-changed", () => this.reload());', ""),
        ("upload-item.js", 'announce("files-changed");', ""),
    ],
)
def test_a_page_that_does_not_ask_again_is_seen_in_a_browser(
    file, old, new, good_stack, clients, haste, monkeypatch
):
    if not browser.chromium():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Chromium is missing: apt-get install chromium"
        )
    from dashboard.stack.frontend import SITE, publish

    monkeypatch.setattr("checks.state.SECONDS", PAGE_HASTE)
    text = (SITE / file).read_text()
    assert old in text
    published(good_stack, file, text.replace(old, new))
    good_stack.client("s3").put_object(
        Bucket=good_stack.site_bucket,
        Key=file,
        Body=text.replace(old, new).encode(),
        ContentType="text/javascript",
    )
    try:
        seen = found(good_stack, clients, "state")
    finally:
        client = good_stack.client("apigatewayv2")
        api = next(one for one in client.get_apis()["Items"] if one["Name"] == good_stack.api_name)
        publish(good_stack.client("s3"), good_stack.site_bucket, SITE, {"apiUrl": api["ApiEndpoint"]})
    assert ids(seen, Status.FAIL) == {"STATE-2"}


def test_without_a_browser_it_is_skipped_and_not_passed(good_stack, clients, monkeypatch):
    monkeypatch.setattr("checks.live.browser.chromium", lambda: None)
    seen = found(good_stack, clients, "state")
    assert ids(seen, Status.SKIP) == {"STATE-2"}
    assert "no Chromium is installed" in seen["STATE-2", Status.SKIP].observed


# ---- Tidiness --------------------------------------------------------------------------------------


def test_a_live_audit_touches_nothing_but_its_own(good_stack):
    asker = Asker(boto3.client)
    s3 = good_stack.client("s3")
    s3.put_object(Bucket=good_stack.upload_bucket, Key="incoming/mine.txt", Body=b"mine")
    with live.probing(Look(Target.of_stack(good_stack), asker), asker) as look:
        look.put(f"{look.folder}x.txt", b"x")
        for call in (
            lambda: asker.client("s3").delete_object(
                Bucket=good_stack.upload_bucket, Key="incoming/mine.txt"
            ),
            lambda: asker.client("s3").put_object(Bucket=good_stack.site_bucket, Key=f"{look.folder}x.txt"),
            lambda: asker.client("dynamodb").delete_item(
                TableName=good_stack.table, Key={"bucket": {"S": "b"}, "object_key": {"S": "k"}}
            ),
            lambda: asker.client("dynamodb").delete_table(TableName=good_stack.table),
        ):
            with pytest.raises(RefusedError):
                call()
    with pytest.raises(RefusedError):  # it is over
        asker.client("s3").put_object(Bucket=good_stack.upload_bucket, Key=f"{look.folder}x.txt")
    s3.delete_object(Bucket=good_stack.upload_bucket, Key="incoming/mine.txt")
    wait_until_empty(good_stack)


def wait_until_empty(stack):
    end = time.monotonic() + 60
    while stack.client("dynamodb").scan(TableName=stack.table)["Items"]:
        assert time.monotonic() < end, "the table never forgot the object"
        time.sleep(0.05)


def test_the_live_list_is_short():
    assert len(LIVE) <= 6
    assert {operation for _, operation in LIVE if operation.startswith(("Put", "Delete"))} == {
        "PutObject",
        "DeleteObject",
        "DeleteItem",
    }


INTERRUPTED = """
import signal, sys, time
from checks import live
from checks.asking import Asker
from checks.look import Look
from checks.target import Target
import boto3
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf, where a shell runs the tests behind it
asker = Asker(boto3.client)
with live.probing(Look(Target.named(sys.argv[1]), asker), asker) as look:
    look.put(look.folder + "half-way.txt", b"x")
    print(look.folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_tidies_up_when_it_is_interrupted(how, good_stack, aws):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, good_stack.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **aws.environ()},
    )
    try:
        folder = process.stdout.readline().strip()
        stored = good_stack.client("s3").list_objects_v2(Bucket=good_stack.upload_bucket, Prefix=folder)
        assert stored["KeyCount"] == 1
        process.send_signal(how)
        assert process.wait(120) in (128 + how, -how)
        assert how is signal.SIGINT or process.returncode == 128 + how
    finally:
        process.kill()
        process.wait()
    wait_until_empty(good_stack)


def test_what_can_not_be_removed_is_said(good_stack, clients, auditor):
    from checks.auditor import auditor_policy

    target = Target.of_stack(good_stack)
    policy = auditor_policy(target, live=True)
    policy["Statement"].append({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"})
    report = audit(target, live=True, areas=["safety"], make_client=auditor(policy))
    [error] = [one for one in report.findings if one.status is Status.ERROR]
    assert error.observed.startswith("something of the audit's own is left behind")
    assert "s3:DeleteObject" in error.evidence
    objects = good_stack.client("s3").list_objects_v2(Bucket=good_stack.upload_bucket)["Contents"]
    for one in objects:
        good_stack.client("s3").delete_object(Bucket=good_stack.upload_bucket, Key=one["Key"])
    wait_until_empty(good_stack)
