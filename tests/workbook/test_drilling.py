"""The failure drills on a real stack: what is planted is noticed, and what is taken back is whole again."""

import pytest

from dashboard.stack import Stack, build, destroy
from workbook.architecture_map import architecture
from workbook.drill_defects import DRILLS, list_answers
from workbook.drilling import Record, break_something, drills, mend
from workbook.waiting import wait_for

NUMBERS = [drill.number for drill in DRILLS]


@pytest.fixture(scope="module", autouse=True)
def work(tmp_path_factory):
    """A work folder of this module's own: drills remember how they stand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBOOK_WORK", str(tmp_path_factory.mktemp("drills") / "work"))
        yield


@pytest.fixture(scope="module")
def stack(aws):
    stack = Stack.named("drill-test")
    build(stack)
    yield stack
    destroy(stack)


SYMPTOMS = {
    2: 'answered 500: {"message":"Internal Server Error"}',
    3: "is answered 404, and of this request the log has 0 lines",
    4: "is answered 200, and after a while the list does not show it",
    5: "S3 answers 403, and the browser says: blocked by CORS policy",
    6: 'answered 500: {"message":"Internal Server Error"}',
}
HEALTHY = {
    2: "is answered 200: the list",
    3: "the log has 1 lines",
    4: "the list shows it",
    5: "it sends the file",
    6: "is answered 200: the list",
}


def told(card):
    return " ".join(repr(card).split())


@pytest.mark.parametrize("number", NUMBERS)
def test_a_drill_is_noticed_mapped_and_taken_back(stack, number):
    card = break_something(number, stack)
    assert card.title == f"Drill {number}"
    assert SYMPTOMS[number] in told(card)
    assert Record(stack)[number] == "planted"
    assert len([part for part in architecture(stack).parts if part.state == "failing"]) == 1
    taken_back = mend(number, stack)
    assert HEALTHY[number] in told(taken_back)
    assert Record(stack)[number] == "taken back"
    assert architecture(stack).complete


def test_a_drill_may_be_planted_twice_and_taken_back_twice(stack):
    for _ in range(2):
        break_something(3, stack)
        break_something(2, stack)
    for _ in range(2):
        mend(stack=stack)
    assert architecture(stack).complete


def test_a_surprise_is_the_same_for_the_same_seed_and_does_not_name_itself(stack):
    first, second = (break_something(seed=7, stack=stack) for _ in range(2))
    assert told(first) == told(second)
    assert first.title == "A surprise"
    assert str(mend(stack=stack)) == "Every drill is taken back: the dashboard is as it was."


@pytest.mark.parametrize("number", [0, 1, 7, "two", -1])
def test_another_number_is_answered_with_a_sentence(stack, number):
    assert str(break_something(number, stack)).startswith(f"There is no drill {number!r}")
    assert str(mend(number, stack)).startswith(f"There is no drill {number!r}")


def test_a_drill_needs_a_whole_dashboard(aws):
    said = str(break_something(2, Stack.named("drill-nothing")))
    assert said == "A drill needs a whole dashboard, but there is no page: run begin(lesson=11)."


def test_the_list_of_drills_tells_how_each_stands(stack):
    break_something(5, stack)
    assert "5 · planted" in repr(drills(stack))
    mend(5, stack)
    assert "5 · taken back" in repr(drills(stack))


def test_a_spoilt_record_is_begun_anew(stack, work):
    record = Record(stack)
    record.note(2, "planted")
    record._path.write_text("[not json")
    assert record[2] == "not planted"
    record.note(3, "mended")
    assert record[3] == "mended"


def test_the_log_tells_drill_6_from_drill_2(stack):
    """Both answer 500; only drill 6 leaves a line."""
    logs, group = stack.client("logs"), stack.functions["list_files"].log_group
    break_something(6, stack)
    list_answers(stack)

    def errors():
        events = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if "KeyError: 'TABLE_NAME'" in event["message"]]

    assert wait_for(errors, 30)
    mend(6, stack)
