"""Entering anywhere: earlier layers are built, and nothing that was the learner's is lost."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import boto3
import pytest

from dashboard.stack import LAYERS, LayerError, Stack, build, destroy, leftovers, manifest
from dashboard.stack.package import package
from workbook import begin, kept, record, reset, session
from workbook.catch_up import LESSONS_OF, proven
from workbook.exercises import LESSONS, in_lesson

ROOT = Path(__file__).parents[2]
NAME = "catch-up-test"
OWN = '"""The learner\'s own."""\n' + (ROOT / "dashboard/functions/list_files/lambda_function.py").read_text()
STUB = 'def lambda_handler(event, context):\n    """Say hello."""\n    ...  # your code here\n'


@pytest.fixture
def enter(aws, tmp_path, monkeypatch):
    """``enter(lesson)`` is what a notebook does first; everything it built goes afterwards."""
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path / "work"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "_current", None)
    yield lambda lesson, **asked: begin(lesson=lesson, name=NAME, **asked)
    destroy(Stack.named(NAME))


def learner_passes(stack: Stack, short: str, source: str) -> None:
    """A learner writes and deploys a handler, and every check of it passes."""
    kept.handler_file(short).parent.mkdir(parents=True, exist_ok=True)
    kept.handler_file(short).write_text(source)
    code = package(kept.handler_file(short).parent)
    stack.client("lambda").update_function_code(FunctionName=stack.functions[short].name, ZipFile=code)
    digest, cloud = kept.deployed(stack, short), session.cloud_mark()
    for exercise in in_lesson(LESSONS[LESSONS_OF[short][-1]]):
        if exercise.function == short:
            passed = record.Entry(state="passes", passed=True, handler=digest, cloud=cloud)
            record.note(exercise.id, lambda _, passed=passed: passed)


def deployed(stack: Stack, short: str) -> str:
    """The digest of the code that is deployed."""
    name = stack.functions[short].name
    return stack.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"]


def test_a_lesson_finds_what_comes_before_and_nothing_more(enter, capsys):
    here = enter(4)
    built = manifest(here.stack)
    assert built["table"]
    assert built["api_id"] is None
    assert "Building 3 of 3: Metadata layer" in capsys.readouterr().out
    assert here.caught_up.layers == ("storage", "events", "metadata")
    assert repr(here).endswith("Built before this lesson: storage, events, metadata.")
    assert Path("work/functions/list_files").is_dir()


@pytest.mark.parametrize(
    ("shorts", "told"),
    [
        (("list_files",), "Your own code runs in list_files."),
        (("create_upload", "get_file", "delete_file"), "Your own code runs in "),
    ],
    ids=["one", "the-others"],
)
def test_handlers_that_passed_run_in_later_lessons_even_after_their_files_became_stubs(enter, shorts, told):
    proven_somewhere = {one.function for lesson in LESSONS for one in in_lesson(lesson)}
    assert set(shorts) <= proven_somewhere
    here, sources = enter(8), {}
    ours = {short: deployed(here.stack, short) for short in LESSONS_OF}
    for short in shorts:
        own = f'"""My own."""\n{(ROOT / "dashboard/functions" / short / "lambda_function.py").read_text()}'
        learner_passes(here.stack, short, own)
        kept.handler_file(short).write_text(STUB)  # the cell of a fresh notebook was run again
        sources[short] = own
    destroy(here.stack)  # as a cloud does that is started anew
    again = enter(8)
    assert set(again.caught_up.own) == set(shorts)
    assert {short for short, code in ours.items() if deployed(again.stack, short) != code} == set(shorts)
    assert {short: kept.handler_file(short).read_text() for short in shorts} == sources
    assert told in repr(again)
    assert all(short in repr(again) for short in shorts)


def test_an_unfinished_handler_gives_way_to_ours_and_is_kept(enter):
    here = enter(5)
    ours = deployed(here.stack, "list_files")
    kept.handler_file("list_files").write_text("def lambda_handler(event, context):\n    return 1 / 0\n")
    broken = package(kept.handler_file("list_files").parent)
    here.stack.client("lambda").update_function_code(
        FunctionName=here.stack.functions["list_files"].name, ZipFile=broken
    )
    again = enter(5)
    assert deployed(again.stack, "list_files") == ours
    assert again.caught_up.own == ()
    assert "1 / 0" in kept.handler_file("list_files").read_text()
    kept.handler_file("list_files").write_text(STUB)
    copies = [path.read_text() for path in kept.copy_of("list_files", "x").parents[1].glob(f"*/{kept.FILE}")]
    assert any("1 / 0" in copy for copy in copies)


def test_beginning_again_leaves_this_lessons_own_work_alone(enter):
    """Lesson 3 changes the function of lesson 2: its draft stays when lesson 3 begins again."""
    stack = enter(3).stack
    kept.handler_file("index_upload").write_text("def lambda_handler(event, context):\n    return 'draft'\n")
    code = package(kept.handler_file("index_upload").parent)
    stack.client("lambda").update_function_code(
        FunctionName=stack.functions["index_upload"].name, ZipFile=code
    )
    draft = deployed(stack, "index_upload")
    enter(3)
    assert deployed(stack, "index_upload") == draft
    enter(4)
    assert deployed(stack, "index_upload") != draft


def test_an_earlier_lesson_after_a_later_one_takes_nothing_away(enter):
    stack = enter(9).stack
    stack.client("s3").put_object(Bucket=stack.upload_bucket, Key="incoming/mine", Body=b"mine")
    before = manifest(stack)
    for lesson in (2, 0, 5, 1):
        enter(lesson)
    assert manifest(stack) == before
    assert (
        stack.client("s3").get_object(Bucket=stack.upload_bucket, Key="incoming/mine")["Body"].read()
        == b"mine"
    )


def test_reset_takes_one_layer_down_and_begin_builds_it_again(enter):
    stack = enter(9).stack
    record.note("api-1", lambda _: record.Entry(state="passes", passed=True))
    record.note("storage-1", lambda _: record.Entry(state="passes", passed=True))
    assert "api layer" in repr(reset("api", confirm=True))
    built = manifest(stack)
    assert built["routes"] == ["DELETE /files/{key+}", "POST /uploads"]
    assert built["functions"]["list_files"] is None
    assert built["functions"]["create_upload"]
    assert not record.of("api-1").passed
    assert record.of("storage-1").passed
    enter(9)
    assert len(manifest(stack)["routes"]) == 4


def test_every_layer_can_be_taken_down_alone_twice_and_come_back(enter):
    stack = enter(9).stack
    before = manifest(stack)
    for layer in LAYERS:
        for _ in range(2):
            reset(layer, confirm=True)
        build(stack)
    after = manifest(stack)
    anew = {"api_id", "api_url", "site_url", "site_origin"}  # other addresses, the same things
    assert {name: after[name] for name in set(after) - anew} == {
        name: before[name] for name in set(before) - anew
    }


def test_reset_of_all_leaves_nothing_but_the_learners_own_code(enter):
    stack = enter(9).stack
    kept.handler_file("get_file").write_text(OWN)
    reset(confirm=True)
    assert leftovers(stack) == []
    assert kept.handler_file("get_file").read_text() == OWN


def test_reset_asks_and_knows_its_layers(enter):
    stack = enter(2).stack
    assert repr(reset("storage", ask=lambda _: "no")) == "Nothing was done."
    assert manifest(stack)["upload_bucket"]
    assert "Removed" in repr(reset("storage", ask=lambda _: " Yes "))
    assert manifest(stack)["upload_bucket"] is None
    with pytest.raises(LayerError, match="'networking'"):
        reset("networking", confirm=True)


def test_a_real_account_is_asked_for_before_anything_is_built(enter, aws, monkeypatch, capsys):
    """``cloud="aws"`` unsets the endpoint; here a profile's endpoint leads to the embedded cloud again."""
    config = Path("aws-config")
    config.write_text(f"[default]\nendpoint_url = {aws.endpoint_url}\nregion = {aws.region}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config.resolve()))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = dict(os.environ)
    try:
        with pytest.raises(session.DeclinedError, match="Nothing was done"):
            enter(3, cloud="aws", ask=lambda _: "no")
        assert f"Account {aws.account_id}, as arn:aws:iam::" in capsys.readouterr().out
        assert leftovers(Stack.named(NAME)) == []
        here = enter(3, cloud="aws", ask=lambda _: "yes")
        assert repr(here).startswith("You are in a real AWS account: account ")
        assert session.cloud_mark() == f"aws-{aws.account_id}-{aws.region}"
        assert manifest(here.stack)["upload_bucket"]
    finally:
        os.environ.update(before)
        boto3.DEFAULT_SESSION = None


def learner_runs(folder: Path, script: str) -> list[str]:
    """Run a script as a notebook's kernel would, with no cloud named. Returns what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"WORKBOOK_WORK": str(folder / "work"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_restarted_kernel_and_a_cloud_that_ended_lose_nothing_of_the_learners(tmp_path):
    first = learner_runs(tmp_path, """
        from pathlib import Path
        from workbook import begin, record, session
        here = begin(lesson=2)
        Path("work/functions/index_upload/lambda_function.py").write_text("lambda_handler = print")
        record.note("storage-1", lambda _: record.Entry(state="passes", passed=True))
        session._private.stop()                     # the cloud ends under the notebook's feet
        again = begin(lesson=2)
        print(again)
        print(again.stack.client("s3").head_bucket(Bucket=again.stack.upload_bucket)["BucketRegion"])
    """)  # fmt: skip
    assert first[-4].startswith("The cloud that was here before has ended")
    assert first[-3].startswith("You are in an embedded cloud of this notebook's own")
    assert first[-1] == "us-east-1"
    second = learner_runs(tmp_path, """
        from pathlib import Path
        from workbook import begin, progress
        begin(lesson=2)                             # a new kernel: the cloud of the old one went with it
        print(Path("work/functions/index_upload/lambda_function.py").read_text())
        print(repr(progress()))
    """)  # fmt: skip
    assert second[-2] == "lambda_handler = print"
    assert second[-1].startswith("Progress: 1 of ")


def test_a_lab_whose_cloud_died_is_replaced_by_a_cloud_of_the_notebooks_own(tmp_path):
    said = learner_runs(tmp_path, """
        import os
        os.environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "WORKBOOK_LAB": "http://127.0.0.1:9",
                       "AWS_ACCESS_KEY_ID": "old", "AWS_SECRET_ACCESS_KEY": "old"}
        from workbook import begin
        print(begin())
    """)  # fmt: skip
    assert said[0].startswith("The cloud that was here before has ended")
    assert said[1].startswith("You are in an embedded cloud of this notebook's own")


def test_an_endpoint_that_somebody_named_is_never_replaced(tmp_path):
    said = learner_runs(tmp_path, """
        import os
        os.environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a"}
        from checks.where import NoCloudError
        from workbook import begin
        try:
            begin()
        except NoCloudError as error:
            print(error)
    """)  # fmt: skip
    assert "http://127.0.0.1:9 does not answer" in said[0]


def test_a_work_folder_of_another_name_is_refused_in_words(enter, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path / "files"))
    with pytest.raises(session.LessonError, match="called 'work'"):
        enter(0)


def test_a_lesson_that_is_not_there_is_named():
    for lesson in (12, -1, True, "storage"):
        with pytest.raises(session.LessonError, match="lessons are 0"):
            begin(lesson=lesson)


def test_nothing_is_proven_before_every_check_of_a_handler_passed(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path / "work"))
    assert [proven(short) for short in LESSONS_OF] == [""] * len(LESSONS_OF)
