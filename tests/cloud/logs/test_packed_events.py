"""A stream's events are kept small, and read as if they were moto's own list of objects."""

import threading
import tracemalloc
import uuid
from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.logs.models import LogEvent

from cloud.moto_side.packed_events import BLOCK, PackedEvents


def event(timestamp, message="hello"):
    return LogEvent(1_700_000_000_000, {"timestamp": timestamp, "message": message})


def told(events):
    return [(one.to_filter_dict(), one.to_response_dict()) for one in events]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.tuples(st.integers(0, 2**45), st.text()), max_size=2 * BLOCK), max_size=3))
def test_what_goes_in_comes_out_in_the_same_order(batches):
    plain, packed = [], PackedEvents()
    for batch in batches:
        events = [event(timestamp, text) for timestamp, text in batch]
        plain += events
        packed += events
    assert told(packed) == told(plain)
    assert len(packed) == len(plain)
    assert bool(packed) == bool(plain)
    assert packed.oldest == min((one.timestamp for one in plain), default=float("inf"))


def test_a_reader_sees_what_was_there_when_it_began():
    packed = PackedEvents(event(number) for number in range(3 * BLOCK))
    reading = iter(packed)
    next(reading)
    packed += [event(number) for number in range(2 * BLOCK)]
    assert sum(1 for _ in reading) == 3 * BLOCK - 1


def test_a_character_that_no_text_may_hold_survives():
    packed = PackedEvents(event(number, "half a pair: \ud83d") for number in range(2 * BLOCK))
    assert {one.message for one in packed} == {"half a pair: \ud83d"}


def test_what_functions_say_again_and_again_takes_a_third_of_its_text_on_disk():
    line = "REPORT RequestId: {}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t\n"
    before = PackedEvents._blocks.size
    PackedEvents(event(number, line.format(uuid.uuid4())) for number in range(11 * BLOCK))
    assert PackedEvents._blocks.size - before < 10 * BLOCK * len(line.format(uuid.uuid4())) / 3


def test_moto_s_events_have_the_four_members_that_are_packed():
    assert list(vars(event(1))) == ["ingestion_time", "timestamp", "message", "event_id"]


def test_a_long_log_takes_next_to_no_memory():
    packed = PackedEvents(event(number) for number in range(2 * BLOCK))
    tracemalloc.start()
    try:
        for number in range(200):
            packed += [event(number * BLOCK + one) for one in range(BLOCK)]
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 200 * BLOCK * 2, "two bytes an event, objects are half a kilobyte"


def test_one_who_reads_while_events_come_misses_none():
    """A block is made of the newest events after a reader looked for blocks, and before it looks at them."""
    packed = PackedEvents(event(number) for number in range(BLOCK))
    more = (event(number) for number in range(BLOCK, 3 * BLOCK))
    writer = threading.Thread(target=packed.__iadd__, args=(more,))

    class Interrupted(array):
        def __getitem__(self, places):
            found = super().__getitem__(places)
            writer.start()
            writer.join(0.2)
            return found

    packed._places = Interrupted("Q")
    times = [one.timestamp for one in packed]
    writer.join()
    assert times == list(range(len(times)))
