"""Mending: the difference first, one thing changed, a way back, and nothing when somebody else was here."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import boto3
import pytest
from click.testing import CliRunner

from checks.audit import audit
from checks.change import Call, Change
from checks.cli import main
from checks.findings import Status
from checks.fix import (
    FixError,
    NothingDoneError,
    Place,
    StateChangedError,
    difference,
    make,
    proposal,
    read_undo,
    settled,
    state,
    take_back,
)
from checks.target import Target
from tests.checks import defects as wrong

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def place(good_stack):
    return Place(good_stack.name, good_stack.account_id, good_stack.region)


@pytest.fixture
def client(good_stack) -> Callable:
    return good_stack.client


@pytest.fixture
def run(good_stack, tmp_path, monkeypatch):
    """Run the command on the good stack, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def ask(*arguments, **more):
        return CliRunner().invoke(main, ["--name", good_stack.name, *arguments], prog_name="checks", **more)

    return ask


# Each of these breaks one thing; the rule named after it has a change that mends it.
CASES = {
    "SECURITY-1": lambda s: switches_off(s),
    "SECURITY-3": lambda s: objects_of_their_writers(s),
    "SECURITY-6": lambda s: wrong.extra_policy(s, "list_files", wrong.allow(["s3:DeleteBucket"], ["*"])),
    "SECURITY-7": lambda s: wrong.permission(s, "list_files", Principal="*"),
    "CORS-1": lambda s: wrong.api_cors(s, AllowOrigins=["*"]),
    "CORS-2": lambda s: wrong.bucket_cors(s, lambda rules: [{**rules[0], "AllowedOrigins": ["*"]}]),
    "SAFETY-1": lambda s: wrong.notifications(s, wrong.trigger(Filter=wrong.filtered(prefix=""))),
    "VISIBILITY-1": lambda s: logs_for_ever(s),
    "VISIBILITY-2": lambda s: wrong.changed_policy(s, "get_file", wrong.without("logs:PutLogEvents")),
}


def switches_off(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


def objects_of_their_writers(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket

    def put(owner):
        rules = {"Rules": [{"ObjectOwnership": owner}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)

    put("ObjectWriter")
    return lambda: put("BucketOwnerEnforced")


def logs_for_ever(stack):
    logs, group = stack.client("logs"), stack.functions["list_files"].log_group
    logs.delete_retention_policy(logGroupName=group)
    return lambda: logs.put_retention_policy(logGroupName=group, retentionInDays=14)


OF_A_FUNCTION = (
    "get_function_configuration",
    "get_policy",
    "get_function_concurrency",
    "get_function_event_invoke_config",
    "get_function_recursion_config",
)


def configured(stack):
    """All of the stack's configuration, part by part."""
    _, api_id = wrong.api_of(stack)
    reads = [
        *(Call("s3", name, {"Bucket": bucket}) for bucket in (stack.upload_bucket, stack.site_bucket)
          for name in ("get_public_access_block", "get_bucket_policy", "get_bucket_cors", "get_bucket_acl",
                       "get_bucket_ownership_controls", "get_bucket_notification_configuration",
                       "get_bucket_website", "get_bucket_lifecycle_configuration", "get_bucket_tagging")),
        *(Call("apigatewayv2", name, {"ApiId": api_id})
          for name in ("get_api", "get_routes", "get_integrations", "get_stages")),
        Call("logs", "describe_log_groups", {"logGroupNamePrefix": f"/aws/lambda/{stack.name}-"}),
        Call("dynamodb", "describe_table", {"TableName": stack.table}),
    ]  # fmt: skip
    for function in stack.functions.values():
        named = {"FunctionName": function.name}
        reads += [Call("lambda", name, named) for name in OF_A_FUNCTION]
    found = {f"{read.operation} {list(read.params.values())}": state(stack.client, read) for read in reads}
    return found | roles(stack)


def roles(stack):
    """Each role's trust, and each of its policies, in one question."""
    names = {function.role for function in stack.functions.values()}
    answer = stack.client("iam").get_account_authorization_details(Filter=["Role"], MaxItems=1000)
    assert not answer["IsTruncated"]
    found = {}
    for one in answer["RoleDetailList"]:
        if (name := one["RoleName"]) in names:
            found |= {f"policy {each['PolicyName']} of {name}": each for each in one.pop("RolePolicyList")}
            found[f"role {name}"] = settled(one)
    assert f"role {max(names)}" in found
    return found


def changed(before, after):
    return {part for part in before.keys() | after.keys() if before.get(part) != after.get(part)}


@pytest.fixture
def asked(good_stack, clients):
    """What a rule says of the good stack."""

    def ask(id_):
        area = id_.partition("-")[0].lower()
        found = audit(Target.of_stack(good_stack), areas=[area], make_client=clients).findings
        return [one for one in found if one.id == id_]

    return ask


def test_a_role_that_was_used_meanwhile_can_still_be_mended(good_stack, client, place, tmp_path, asked):
    iam, role = good_stack.client("iam"), good_stack.functions["get_file"].role
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    open_to_all = json.dumps({**trust, "Statement": [*trust["Statement"], everybody]})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=open_to_all)
    try:
        [failed] = [one for one in asked("SECURITY-6") if one.status is Status.FAIL]
        undo = make(failed.change, "SECURITY-6", place, client, tmp_path, NOW)
        assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == trust
        take_back(read_undo(undo, place), client)
        kept = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        assert kept == json.loads(open_to_all)
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def test_a_function_that_spoke_meanwhile_can_still_be_mended(good_stack, client, place, tmp_path, asked):
    mend, logs = logs_for_ever(good_stack), good_stack.client("logs")
    stream = {"logGroupName": good_stack.functions["list_files"].log_group, "logStreamName": "meanwhile"}
    logs.create_log_stream(**stream)
    try:
        [failed] = [one for one in asked("VISIBILITY-1") if one.status is Status.FAIL]
        event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "a line"}
        logs.put_log_events(**stream, logEvents=[event])
        undo = make(failed.change, "VISIBILITY-1", place, client, tmp_path, NOW)
        logs.put_log_events(**stream, logEvents=[event])
        take_back(read_undo(undo, place), client)
    finally:
        logs.delete_log_stream(**stream)
        mend()


@pytest.mark.parametrize("id_", CASES)
def test_break_fix_green_undo_restores(good_stack, client, place, tmp_path, id_, asked):
    mend = CASES[id_](good_stack)
    try:
        broken = configured(good_stack)
        [failed] = [one for one in asked(id_) if one.status is Status.FAIL]
        undo = make(failed.change, id_, place, client, tmp_path, NOW)
        fixed = configured(good_stack)
        assert {one.status for one in asked(id_)} == {Status.PASS}
        assert len(changed(broken, fixed)) == 1, "one thing, and nothing besides"
        take_back(read_undo(undo, place), client)
        assert changed(broken, configured(good_stack)) == set()
        assert not undo.exists()
    finally:
        mend()
    assert {one.status for one in asked(id_)} == {Status.PASS}


@pytest.fixture
def failing(good_stack, asked):
    """A finding that can be mended, on a stack that is broken meanwhile."""
    mend = wrong.api_cors(good_stack, AllowOrigins=["*"])
    yield asked("CORS-1")[0]
    mend()


def test_a_state_that_changed_meanwhile_is_left_alone(good_stack, client, place, tmp_path, failing):
    api, api_id = wrong.api_of(good_stack)
    somebody_else = api.get_api(ApiId=api_id)["CorsConfiguration"] | {"MaxAge": 77}
    api.update_api(ApiId=api_id, CorsConfiguration=somebody_else)
    with pytest.raises(StateChangedError, match=r"(?s)Nothing was done.*MaxAge.*77.*run the same command"):
        make(failing.change, "CORS-1", place, client, tmp_path, NOW)
    assert api.get_api(ApiId=api_id)["CorsConfiguration"]["AllowOrigins"] == ["*"]
    assert list(tmp_path.iterdir()) == []


def test_an_undo_leaves_alone_what_somebody_changed_since(good_stack, client, place, tmp_path, failing):
    undo = make(failing.change, "CORS-1", place, client, tmp_path, NOW)
    api, api_id = wrong.api_of(good_stack)
    since = api.get_api(ApiId=api_id)["CorsConfiguration"] | {"MaxAge": 77}
    api.update_api(ApiId=api_id, CorsConfiguration=since)
    with pytest.raises(StateChangedError):
        take_back(read_undo(undo, place), client)
    assert api.get_api(ApiId=api_id)["CorsConfiguration"] == since
    assert undo.exists()


def test_two_fixes_within_a_second_write_two_files(client, place, tmp_path, failing):
    first = make(failing.change, "CORS-1", place, client, tmp_path, NOW)
    take_back(read_undo(first, place), client)
    (tmp_path / first.name).write_text("mine")
    second = make(failing.change, "CORS-1", place, client, tmp_path, NOW)
    assert first.read_text() == "mine"
    assert second != first
    assert second.stat().st_mode & 0o077 == 0, "for this user's eyes"


def test_a_refused_first_call_changes_nothing_and_leaves_no_file(client, place, tmp_path, good_stack):
    bucket = {"Bucket": good_stack.upload_bucket}
    read = Call("s3", "get_bucket_cors", bucket)
    call = Call("s3", "put_bucket_cors", bucket | {"CORSConfiguration": {"CORSRules": []}})
    change = Change("d", read, state(client, read), None, [call], [])
    with pytest.raises(NothingDoneError, match=r"s3:put_bucket_cors was refused.*Nothing was changed\."):
        make(change, "CORS-2", place, client, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_later_call_that_is_refused_leaves_the_way_back(client, place, tmp_path, good_stack):
    bucket = {"Bucket": good_stack.upload_bucket}
    read = Call("s3", "get_bucket_cors", bucket)
    before = state(client, read)
    change = Change(
        "d", read, before, None,
        [Call("s3", "delete_bucket_cors", bucket),
         Call("s3", "put_bucket_cors", bucket | {"CORSConfiguration": {"CORSRules": []}})],
        [Call("s3", "put_bucket_cors", bucket | {"CORSConfiguration": before})],
    )  # fmt: skip
    with pytest.raises(FixError, match=r"1 of 2 calls were made before it\. Take back what was done: --undo"):
        make(change, "CORS-2", place, client, tmp_path, NOW)
    [undo] = tmp_path.iterdir()
    take_back(read_undo(undo, place), client)
    assert state(client, read) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{}", "is not an undo file"),
        ("no JSON", "is not an undo file"),
        ("[1]", "is not an undo file"),
        ('{"format": 99}', "is an undo file of format 99"),
    ],
)
def test_what_is_no_undo_file_gets_a_sentence(place, tmp_path, content, says):
    (tmp_path / "u.json").write_text(content)
    with pytest.raises(FixError, match=says):
        read_undo(tmp_path / "u.json", place)


def test_an_undo_file_of_another_account_is_refused(client, place, tmp_path, failing):
    undo = make(failing.change, "CORS-1", place, client, tmp_path, NOW)
    elsewhere = Place(place.stack, "999999999999", "eu-west-1")
    with pytest.raises(FixError, match="belongs to account 123456789012, us-east-1; you are in 999999999999"):
        read_undo(undo, elsewhere)
    take_back(read_undo(undo, place), client)


def test_the_difference_reads_policies_and_leaves_out_what_changes_by_itself():
    before = {"Policy": '{"Statement": [{"Sid": "a"}, {"Sid": "b"}]}', "RevisionId": "1"}
    after = {"Policy": '{"Statement": [{"Sid": "a"}]}', "RevisionId": "2"}
    told = difference(before, after)
    assert any(line.startswith("-") and '"b"' in line for line in told)
    assert not any("RevisionId" in line for line in told)


def test_a_proposal_never_shows_a_secret():
    variables = {"Environment": {"Variables": {"DB_PASSWORD": "hunter2-hunter2", "TABLE_NAME": "records"}}}
    call = Call("lambda", "update_function_configuration", variables)
    said = proposal(Change("d", call, variables, {"Environment": {"Variables": {}}}, [call], [call]))
    assert "hunter2-hunter2" not in said
    assert "records" in said


# The command


def test_the_command_shows_asks_mends_and_asks_again(run, tmp_path, failing):
    said = run("--fix", "cors-1", input="y\n")
    assert said.exit_code == 0, said.output
    parts = ('"*"', "The calls:", "What else you will notice:", "Change this?", "Done.", "CORS-1 passes")
    places = [said.stdout.index(part) for part in parts]
    assert places == sorted(places)
    [undo] = tmp_path.iterdir()
    back = run("--undo", undo.name, input="y\n")
    assert back.exit_code == 0
    assert "Taken back." in back.stdout
    assert run("--row", "cors").exit_code == 1


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_done(run, good_stack, tmp_path, failing, answer):
    before = configured(good_stack)
    said = run("--fix", "CORS-1", input=answer)
    assert said.exit_code == (1 if answer else 2)
    assert "othing was done" in said.stderr
    assert changed(before, configured(good_stack)) == set()
    assert list(tmp_path.iterdir()) == []


def test_what_passes_needs_no_fix(run):
    said = run("--fix", "CORS-2", "--yes")
    assert said.exit_code == 0
    assert said.stdout == "CORS-2 passes: there is nothing to fix.\n"


def test_every_resource_of_a_rule_is_mended_one_by_one(run, good_stack, tmp_path):
    logs = good_stack.client("logs")
    groups = [good_stack.functions[short].log_group for short in ("list_files", "get_file")]
    for group in groups:
        logs.delete_retention_policy(logGroupName=group)
    try:
        said = run("--fix", "VISIBILITY-1", "--yes")
        assert said.exit_code == 0, said.output
        assert len(list(tmp_path.iterdir())) == 2
        kept = json.dumps(boto3.client("logs").describe_log_groups(logGroupNamePrefix=groups[0]), default=str)
        assert "retentionInDays" in kept
    finally:
        for group in groups:
            logs.put_retention_policy(logGroupName=group, retentionInDays=14)
