"""Query from sorted items: the answers that moto gives from sorting the whole table, at a cost that stays."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from cloud import moto_side
from cloud.dynamodb import query
from cloud.dynamodb.partitions import Condition, Partition, Partitions

TEXTS = st.text(alphabet="ab/é😀Z", max_size=4).map(lambda text: text or "a")
NUMBERS = st.one_of(st.integers(-30, 30), st.sampled_from(["1.5", "-0.25", "1e2", "10"])).map(str)
OPERATORS = [None, "=", "<", "<=", ">", ">=", "BETWEEN", "BEGINS_WITH"]


def table_of(kind):
    return Table(
        "t",
        account_id="123456789012",
        region="us-east-1",
        schema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        attr=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": kind}],
        throughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        streams=None,
    )


@st.composite
def scenes(draw):
    """Writes to a table, and a query on it."""
    kind = draw(st.sampled_from(["S", "N"]))
    values = TEXTS if kind == "S" else NUMBERS
    writes = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["put", "put", "put", "delete"]),
                st.sampled_from("pq"),
                values,
                st.integers(0, 3),
            ),
            max_size=30,
        )
    )
    operator = draw(st.sampled_from(OPERATORS if kind == "S" else OPERATORS[:-1]))
    wanted = draw(st.lists(values, min_size=2, max_size=2)) if operator == "BETWEEN" else [draw(values)]
    return {
        "kind": kind,
        "writes": writes,
        "operator": operator,
        "values": [DynamoType({kind: value}) for value in wanted] if operator else [],
        "limit": draw(st.none() | st.integers(1, 6)),
        "forward": draw(st.booleans()),
        "filter": draw(st.sampled_from([None, "color > :one"])),
        "projection": draw(st.sampled_from([None, [["p"], ["color"]]])),
    }


def write(table, writes):
    for verb, partition, value, color in writes:
        key, sort = DynamoType({"S": partition}), DynamoType({table.range_key_type: value})
        if verb == "put":
            table.put_item(
                {"p": {"S": partition}, "s": {table.range_key_type: value}, "color": {"N": str(color)}}
            )
        else:
            table.delete_item(key, sort)


def plain(page):
    items, read, last = page
    return [item.to_json() for item in items], read, last


@settings(max_examples=250, deadline=None)
@given(scenes())
def test_every_page_of_a_query_is_what_moto_answers(scene):
    old, new = table_of(scene["kind"]), table_of(scene["kind"])
    new.items = Partitions()
    write(old, scene["writes"])
    write(new, scene["writes"])
    filtering = scene["filter"] and get_filter_expression(scene["filter"], {}, {":one": {"N": "1"}})
    start = None
    for _ in range(40):
        asked = (
            DynamoType({"S": "p"}), scene["operator"], scene["values"], scene["limit"], start,
            scene["forward"], scene["projection"], None, False, filtering,
        )  # fmt: skip
        expected = moto_side._moto_query(old, *asked)
        assert plain(query.answer(new, *asked)) == plain(expected)
        if expected[2] is None:
            return
        start = {name: value.to_json() for name, value in expected[2].items()}
    raise AssertionError("the pages never end")


@settings(max_examples=50, deadline=None)
@given(scenes())
def test_a_scan_reads_the_same_items_as_before(scene):
    old, new = table_of(scene["kind"]), table_of(scene["kind"])
    new.items = Partitions()
    write(old, scene["writes"])
    write(new, scene["writes"])
    assert [item.to_json() for item in old.all_items()] == [item.to_json() for item in new.all_items()]
    assert len(old) == len(new)


def test_pages_end_before_a_megabyte():
    old, new = table_of("S"), table_of("S")
    new.items = Partitions()
    for table in (old, new):
        for number in range(9):
            table.put_item({"p": {"S": "p"}, "s": {"S": str(number)}, "body": {"S": "x" * 300_000}})
    asked = (DynamoType({"S": "p"}), None, [], None, None, True, None)
    items, read, last = query.answer(new, *asked)
    assert (len(items), read, last["s"].value) == (3, 3, "2")
    assert plain((items, read, last)) == plain(moto_side._moto_query(old, *asked))


def test_binary_sort_keys_are_ordered_by_their_bytes():
    partition = Partition()
    for value in ("gA==", "AQ==", "/w=="):  # 0x80, 0x01, 0xff: in base64 the order is another
        partition[DynamoType({"B": value})] = value
    assert list(partition.between(None, None, forward=True)) == ["AQ==", "gA==", "/w=="]


def test_a_copy_of_a_table_goes_its_own_way():
    table = table_of("S")
    table.items = Partitions()
    write(table, [("put", "p", "a", 1)])
    before = copy.deepcopy(table.items)
    write(table, [("put", "p", "b", 1), ("delete", "p", "a", 0)])
    assert [item.range_key.value for item in before[DynamoType({"S": "p"})].values()] == ["a"]
    assert [item.range_key.value for item in table.items[DynamoType({"S": "p"})].values()] == ["b"]


def test_an_item_that_is_taken_from_a_copy_is_the_copy_s_own():
    table = table_of("S")
    table.items = Partitions()
    write(table, [("put", "p", "a", 1), ("put", "p", "b", 1)])
    key = DynamoType({"S": "p"}), DynamoType({"S": "a"})
    before = copy.deepcopy(table)
    for changed in (table, before):  # as moto's UpdateItem does: in place
        taken = changed.get_item(*key)
        taken.attrs["color"] = DynamoType({"N": str(id(changed))})
        assert changed.get_item(*key) is taken
        assert next(changed.items[key[0]].between(None, None, forward=True)) is taken
    assert table.get_item(*key).attrs["color"].value == str(id(table))
    assert before.get_item(*key).attrs["color"].value == str(id(before))


def test_items_that_go_while_a_page_is_read_are_left_out():
    partition = Partition()
    keys = [DynamoType({"S": f"{number:04}"}) for number in range(300)]
    for key in keys:
        partition[key] = key.value
    reading = partition.between(Condition("BEGINS_WITH", ("0",)), None, forward=True)
    assert next(reading) == "0000"
    for key in keys[150:]:
        partition.pop(key)
    assert len(list(reading)) == 149


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_a_page_reads_no_more_items_than_it_has(size):
    class Counted(str):
        compared = 0

        def __lt__(self, other):
            Counted.compared += 1
            return str(self) < str(other)

    partition = Partition()
    partition._order = [Counted(f"{number:08}") for number in range(size)]
    partition._ordered = {key: key for key in partition._order}
    reading = partition.between(Condition("BEGINS_WITH", ("000005",)), None, forward=True)
    assert len([next(reading) for _ in range(25)]) == 25
    assert Counted.compared < 100  # a few steps of a binary search, whatever the size
