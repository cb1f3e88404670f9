"""check, hint, solution and progress: five parts, five states, and never a traceback unless asked for."""

import json
import re
import threading

import pytest
from botocore.exceptions import EndpointConnectionError

from dashboard.stack import destroy
from workbook import begin, check, checking, helping, hint, progress, record, session, solution
from workbook.exercises import Exercise, find, partly, passes


@pytest.fixture
def learner(aws, tmp_path, monkeypatch):
    """A learner who has begun a lesson of a stack of their own, with an empty work folder."""
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path / "work"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "_current", None)
    here = begin(lesson=1, name="checking-test")
    yield here.stack
    destroy(here.stack)


def exercise(look, **changes) -> Exercise:
    known = {"id": "storage-1", "title": "Close the bucket", "look": look, "why": "It matters.",
             "where": "01_storage, 'Make a bucket'", "hints": ("a", "b"), "points": 2}  # fmt: skip
    return Exercise(**(known | changes))


def looked(look, *given):
    return checking._remember(exercise(look), checking._look(exercise(look), given))


def test_what_is_not_there_yet_is_no_mistake(learner):
    report = check("storage-2", lambda *_: None)
    assert report.state == "not yet"
    assert "Traceback" not in str(report)


def test_a_report_has_five_parts_and_one_line_that_never_changes(learner):
    report = check("storage-1")
    assert repr(report) == f"storage-1 {report.state}: {find('storage-1').title}"
    for part in ("looked at", "found", "why it matters", "next step", "look again in"):
        assert re.search(rf"^  {part}  +\S", str(report), re.MULTILINE), part
        assert f">{part}</dt>" in report._repr_html_()


def test_a_pass_that_is_broken_later_has_regressed_but_not_in_another_cloud(learner, monkeypatch):
    assert looked(lambda _: passes("it", "is there")).state.value == "passes"
    broken = looked(lambda _: partly("it", "is half there", "mend it"))
    assert (broken.state.value, "passed before" in broken.found) == ("regressed", True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of another cloud")
    assert looked(lambda _: partly("it", "is half there", "mend it")).state.value == "partly"
    assert record.of("storage-1").passed


def test_a_check_that_cannot_look_says_why_and_shows_the_traceback_only_when_asked(learner):
    def raises(_):
        raise KeyError("Rules")

    outcome = looked(raises)
    assert (outcome.state.value, outcome.found) == ("cannot tell", "it raised KeyError: 'Rules'")
    assert "Traceback" in outcome.traceback
    quiet, asked = check("start_here-1", 5), check("start_here-1", 5, traceback=True)
    assert "Traceback" not in str(quiet) + quiet._repr_html_()
    assert "TypeError" in str(quiet)
    assert "Traceback" in str(asked)
    assert "Traceback" in asked._repr_html_()


def test_a_refused_call_is_named(learner):
    def refused(stack):
        stack.client("s3").put_bucket_acl(Bucket=stack.upload_bucket, ACL="no such thing")

    learner.client("s3").create_bucket(Bucket=learner.upload_bucket)
    outcome = looked(refused)
    assert outcome.state.value == "cannot tell"
    assert outcome.looked == "`PutBucketAcl`"


def test_a_cloud_that_is_gone_is_said_in_words(learner):
    def gone(_):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    outcome = looked(gone)
    assert (outcome.state.value, outcome.found) == ("cannot tell", "the cloud stopped answering")
    assert "begin(lesson=1)" in outcome.next_step


def test_an_answer_that_is_still_three_dots_is_not_looked_at(learner):
    assert looked(lambda *_: passes("x", "y"), ...).state.value == "not yet"


def test_before_begin_and_for_an_unknown_name_there_is_a_next_step(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path / "work"))
    monkeypatch.setattr(session, "_current", None)
    assert "`begin(lesson=1)`" in str(check("storage-1"))
    assert "storage-1, storage-2" in re.sub(r"\s+", " ", str(check("storage-99")))
    assert check("nonsense").state == "cannot tell"


def test_nbgrader_gets_points(learner, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("storage-1") == 0
    assert "next step" in capsys.readouterr().out


def test_hints_go_on_to_the_last_and_the_solution_is_the_one_in_solutions(learner):
    hints = find("storage-1").hints
    told = [hint("storage-1").text for _ in range(len(hints) + 1)]
    assert told == [*hints, hints[-1]]
    assert "# solution" not in solution("storage-1").source
    assert "put_public_access_block" in solution("storage-1").source
    assert record.of("storage-1").solution_read
    assert "no exercise" in repr(hint("storage-99")) + repr(solution("storage-99"))


def test_every_exercise_has_its_solution():
    from workbook.exercises import every

    assert all(helping.solved_cell(one) for one in every())


def test_progress_counts_what_passes_now(learner):
    looked(lambda _: passes("it", "is there"))
    standing = progress()
    assert (standing.passed, repr(standing).startswith("Progress: 1 of ")) == (1, True)
    assert re.search(r"01_storage +1 of \d+  ✓ ·", str(standing))
    html = standing._repr_html_()
    assert '<progress value="1"' in html
    assert 'aria-label="storage-1: passes"' in html


DAMAGED = (
    "",
    "{",
    "[]",
    '{"version": 99, "exercises": {}}',
    '{"version": 1, "exercises": 5}',
    '{"version": 1, "exercises": {"storage-1": {"attempts": "many"}}}',
)


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_record_counts_as_empty_and_is_kept(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path))
    record.progress_file().write_text(damage)
    assert record.of("storage-1") == record.Entry()
    record.note("storage-2", lambda _: record.Entry(state="passes", passed=True))
    assert record.of("storage-2").passed
    kept = [path.read_text() for path in tmp_path.glob("progress.unreadable-*.json")]
    assert kept == ([] if '"version": 1,' in damage else [damage])


def test_two_notebooks_may_write_at_the_same_time_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path))

    def write(name: str) -> None:
        for number in range(20):
            record.note(name, lambda _, number=number: record.Entry(attempts=number + 1))

    writers = [threading.Thread(target=write, args=(f"storage-{number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert {name: entry.attempts for name, entry in record.read().items()} == {
        f"storage-{n}": 20 for n in range(4)
    }
    assert json.loads(record.progress_file().read_text())["version"] == 1
    assert list(tmp_path.glob(".progress-*")) == []
