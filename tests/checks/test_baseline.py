"""Accepting a finding: for a reason, until a date, and never in silence."""

from datetime import date

import pytest

from checks.baseline import EXAMPLE, BaselineError, apply, read
from checks.findings import Status
from tests.checks.reports import finding, report

KNOWN = ["SECURITY-1", "CORS-1", "SAFETY-4"]
TODAY = date(2030, 6, 1)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "accepted.toml"
        path.write_text(text)
        return path

    return write


def entry(id_="CORS-1", reason="decided", until="2030-12-31", resource=None):
    where = f'resource = "{resource}"\n' if resource else ""
    return f'[[accepted]]\nid = "{id_}"\n{where}reason = "{reason}"\nuntil = {until}\n'


def judged(written, text, *findings):
    return apply(report(*findings), read(written(text), KNOWN), TODAY)


def test_an_accepted_finding_is_skipped_with_the_reason_and_the_date(written):
    failed = finding("CORS-1", Status.FAIL, observed="two origins")
    found = judged(written, entry(reason="staging needs both"), failed)
    [one] = [one for one in found.report.findings if one.id == "CORS-1"]
    assert one.status is Status.SKIP
    assert one.observed == "accepted until 2030-12-31: staging needs both. Found: two origins"
    assert found.report.exit_code == 0
    assert found.accepted == {failed: "staging needs both (until 2030-12-31)"}
    assert found.notices == []


def test_the_last_day_still_counts_and_the_next_does_not(written):
    failed = finding("CORS-1", Status.FAIL)
    assert judged(written, entry(until="2030-06-01"), failed).report.exit_code == 0
    after = judged(written, entry(until="2030-05-31"), failed)
    assert after.report.exit_code == 1
    assert after.notices == [
        "CORS-1 was accepted until 2030-05-31, which has passed: it fails again (line 1)."
    ]


def test_only_the_resource_that_is_named_is_accepted(written):
    failed = [finding("CORS-1", Status.FAIL, resource=name) for name in ("one", "other")]
    found = judged(written, entry(resource="one"), *failed)
    assert [one.resource for one in found.report.findings if one.status is Status.FAIL] == ["other"]


def test_what_could_not_be_evaluated_is_never_accepted(written):
    found = judged(written, entry(), finding("CORS-1", Status.ERROR))
    assert found.report.exit_code == 3


def test_an_acceptance_of_nothing_is_said(written):
    found = judged(written, "\n\n" + entry(), finding("CORS-1"))
    assert found.notices == ["CORS-1 is accepted, but does not fail: take line 3 out of the baseline."]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (entry(id_="CORS-9"), "line 1: there is no check 'CORS-9'. Did you mean CORS-1?"),
        (entry() + entry(id_="WHAT"), "line 5: there is no check 'WHAT'."),
        (entry(reason="  "), "line 1: say why CORS-1 is accepted"),
        (entry(until='"2030-12-31"'), "as a date without quotes: until = 2030-01-31. It is '2030-12-31'."),
        (entry(until="2030-12-31T12:00:00"), "as a date without quotes: until = 2030-01-31. It is"),
        ('[[accepted]]\nid = "CORS-1"\nreason = "r"\n', "line 1: say until when CORS-1 is accepted"),
        ('[[accepted]]\nreason = "r"\n', 'line 1: say which finding is accepted: id = "SECURITY-1".'),
        (entry() + 'by = "me"\n', "line 1: 'by' is not part of [[accepted]]"),
        ('\nignore = ["CORS-1"]\n', "line 2: 'ignore' is not part of a baseline"),
        ('accepted = "CORS-1"\n', "'accepted' is not part of a baseline"),
        ("[[accepted]\n", "is not TOML: "),
    ],
)
def test_a_wrong_baseline_gets_a_sentence_that_names_the_place(written, text, says):
    with pytest.raises(BaselineError) as refused:
        read(written(text), KNOWN)
    assert says in str(refused.value)
    assert "accepted.toml" in str(refused.value)


def test_a_file_that_is_not_there_or_not_text_gets_a_sentence(tmp_path):
    with pytest.raises(BaselineError, match=r"cannot be read: No such file or directory\."):
        read(tmp_path / "nowhere.toml", KNOWN)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BaselineError, match="is not text in UTF-8"):
        read(tmp_path / "binary.toml", KNOWN)


def test_the_example_is_a_baseline(written):
    [one] = read(written(EXAMPLE), KNOWN)
    assert (one.id, one.until) == ("SAFETY-4", date(2030, 1, 31))
