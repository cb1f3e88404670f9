"""Reading from sorted items: the answers that moto gives from sorting a whole table, at a cost that stays."""

import copy
import sys

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import GlobalSecondaryIndex, LocalSecondaryIndex, Table

from cloud import moto_side
from cloud.dynamodb import query
from cloud.dynamodb.items import Items, hashed
from cloud.dynamodb.partitions import Condition, Ordered, Partition

TEXTS = st.text(alphabet="ab/é😀Z", max_size=4).map(lambda text: text or "a")
NUMBERS = st.one_of(st.integers(-30, 30), st.sampled_from(["1.5", "-0.25", "1e2", "10"])).map(str)
OPERATORS = [None, "=", "<", "<=", ">", ">=", "BETWEEN", "BEGINS_WITH"]


KEYS = {
    "t": ("p", "s"),
    "g": ("color", "s"),
    "h": ("color", None),
    "l": ("p", "size"),
}  # "t": the table itself


def table_of(kind, *, sort=True):
    """A table with two global indexes and, if it has a sort key, a local one."""
    schema = [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}]
    types = {"p": "S", "s": kind, "color": "N", "size": "N"}
    table = Table(
        "t",
        account_id="123456789012",
        region="us-east-1",
        schema=schema[: 1 + sort],
        attr=[{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()],
        throughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        streams=None,
    )
    own = ["p", "s"][: 1 + sort]
    for name in "ghl":
        partition, sort_name = KEYS[name]
        keys = [{"AttributeName": partition, "KeyType": "HASH"}]
        keys += [{"AttributeName": sort_name, "KeyType": "RANGE"}] if sort_name else []
        projection = {"ProjectionType": "KEYS_ONLY" if name == "h" else "ALL"}
        if name != "l":
            made = GlobalSecondaryIndex(name, keys, projection, own)
            table.global_indexes = [*(table.global_indexes or []), made]
        elif sort:
            table.indexes = [LocalSecondaryIndex(name, keys, projection, own)]
    return table


def pair(kind, *, sort=True):
    """Two tables: as moto has it, and with items as we keep them."""
    old, new = table_of(kind, sort=sort), table_of(kind, sort=sort)
    new.items = Items(sorted_=sort)
    return old, new


@st.composite
def scenes(draw):
    """Writes to a table, some before it is first read and some after, and what to read."""
    kind, sort = draw(st.sampled_from(["S", "N"])), draw(st.booleans())
    values = TEXTS if kind == "S" else NUMBERS
    verbs = st.sampled_from(["put", "put", "put", "change", "delete"])
    write = st.tuples(verbs, st.sampled_from("pq"), values, st.integers(0, 2) | st.none(), st.integers(0, 3))
    index = draw(st.sampled_from("tghl" if sort else "tgh"))
    sort_name = KEYS[index][1] if index != "t" or sort else None
    types = "N" if sort_name == "size" else kind
    of_sort = NUMBERS if sort_name == "size" else values
    operator = draw(st.sampled_from(OPERATORS if types == "S" else OPERATORS[:-1])) if sort_name else None
    wanted = draw(st.lists(of_sort, min_size=2, max_size=2)) if operator == "BETWEEN" else [draw(of_sort)]
    return {
        "kind": kind,
        "sort": sort,
        "before": draw(st.lists(write, max_size=20)),
        "after": draw(st.lists(write, max_size=20)),
        "index": index,
        "partition": {"S": "p"} if KEYS[index][0] == "p" else {"N": "1"},
        "operator": operator,
        "values": [DynamoType({types: value}) for value in wanted] if operator else [],
        "limit": draw(st.none() | st.integers(1, 6)),
        "forward": draw(st.booleans()),
        "filter": draw(st.sampled_from([None, "color > :one"])),
        "projection": draw(st.sampled_from([None, [["p"], ["color"]]])),
        "segments": draw(st.sampled_from([(None, None), (0, 2), (1, 2)])),
    }


def write(table, writes):
    """Put, delete, and change in place as moto's UpdateItem does."""
    for verb, partition, value, color, size in writes:
        key, sort = DynamoType({"S": partition}), DynamoType({table.attr[1]["AttributeType"]: value})
        sort_key = sort if table.range_key_attr else None
        item = {"p": {"S": partition}, "s": sort.to_json(), "size": {"N": str(size)}}
        item |= {} if color is None else {"color": {"N": str(color)}}
        if verb == "put":
            table.put_item(item)
        elif verb == "delete":
            table.delete_item(key, sort_key)
        elif (found := table.get_item(key, sort_key)) is not None:
            found.attrs.pop("color", None)
            for name in set(item) - {"p", "s"}:
                found.attrs[name] = DynamoType(item[name])


def plain(page):
    items, read, last = page
    return [item.to_json() for item in items], read, last


def follow(read, limit, start=None):
    """Read page after page, each from where the one before ended: all items, and how many were read."""
    items, count = [], 0
    for _ in range(60):
        found, read_now, last = read(start)
        items, count = items + [item.to_json() for item in found], count + read_now
        assert limit is None or read_now <= limit
        assert (last is not None) == (limit is not None and read_now == limit)
        if last is None:
            return items, count
        start = {name: value.to_json() for name, value in last.items()}
    raise AssertionError("the pages never end")


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_the_pages_of_a_query_hold_what_moto_answers(scene):
    """What moto answers without a limit: where a page ends, and that a full one has a key, is DynamoDB's."""
    old, new = pair(scene["kind"], sort=scene["sort"])
    filtering = scene["filter"] and get_filter_expression(scene["filter"], {}, {":one": {"N": "1"}})
    index = None if scene["index"] == "t" else scene["index"]

    def asked(limit, start):
        partition = DynamoType(scene["partition"])
        name = KEYS[scene["index"]][0]
        return (
            (partition, scene["operator"], scene["values"], limit, start, scene["forward"],
             scene["projection"], index, False, filtering),
            {"hash_key_conditions": [(name, partition)], "range_key_conditions": []},
        )  # fmt: skip

    for writes in (scene["before"], scene["after"]):  # the second time only changes are taken in
        write(old, writes)
        write(new, writes)
        arguments, named = asked(None, None)
        if not scene["sort"] and index is None:  # moto fails to sort by a key that is not there
            arguments = (arguments[0], None, [], *arguments[3:])
        expected, count, _ = moto_side._moto_query(old, *arguments, **named)
        found = follow(
            lambda start: query.answer_query(new, *asked(scene["limit"], start)[0]), scene["limit"]
        )
        assert found == ([item.to_json() for item in expected], count)


@settings(max_examples=100, deadline=None)
@given(scenes())
def test_the_pages_of_a_scan_hold_what_moto_answers_in_the_order_of_hashes(scene):
    old, new = pair(scene["kind"], sort=scene["sort"])
    filtering = scene["filter"] and get_filter_expression(scene["filter"], {}, {":one": {"N": "1"}})
    index = None if scene["index"] == "t" else scene["index"]

    def asked(limit, start):
        return {}, limit, start, filtering, index, False, scene["projection"], scene["segments"]

    for writes in (scene["before"], scene["after"]):
        write(old, writes)
        write(new, writes)
        expected, count, _ = moto_side._moto_scan(old, *asked(None, None))
        items, read = follow(
            lambda start: query.answer_scan(new, *asked(scene["limit"], start)), scene["limit"]
        )
        assert (sorted(map(str, items)), read) == (sorted(str(one.to_json()) for one in expected), count)
        if scene["projection"] is None and index is None:
            hashes = [hashed(DynamoType(item["Attributes"]["p"])) for item in items]
            assert hashes == sorted(hashes)
    assert len(old) == len(new)


def test_pages_end_before_a_megabyte():
    old, new = pair("S")
    for table in (old, new):
        for number in range(9):
            table.put_item({"p": {"S": "p"}, "s": {"S": str(number)}, "body": {"S": "x" * 300_000}})
    asked = (DynamoType({"S": "p"}), None, [], None, None, True, None)
    items, read, last = query.answer_query(new, *asked)
    assert (len(items), read, last["s"].value) == (3, 3, "2")
    assert plain((items, read, last)) == plain(moto_side._moto_query(old, *asked))


def test_a_table_from_elsewhere_is_sorted_when_it_is_first_read():
    table = table_of("S")
    write(table, [("put", "p", "b", 1, 0), ("put", "p", "a", 1, 0)])
    items, _, _ = query.answer_query(table, DynamoType({"S": "p"}), None, [], None, None, True, None)
    assert [item.range_key.value for item in items] == ["a", "b"]
    assert isinstance(table.items, Items)


def test_binary_sort_keys_are_ordered_by_their_bytes():
    partition = Partition()
    for value in ("gA==", "AQ==", "/w=="):  # 0x80, 0x01, 0xff: in base64 the order is another
        partition[DynamoType({"B": value})] = value
    assert list(partition.between(None, None, forward=True)) == ["AQ==", "gA==", "/w=="]


def test_a_copy_of_a_table_goes_its_own_way():
    _, table = pair("S")
    write(table, [("put", "p", "a", 1, 0)])
    before = copy.deepcopy(table.items)
    write(table, [("put", "p", "b", 1, 0), ("delete", "p", "a", 0, 0)])
    assert [item.range_key.value for item in before[DynamoType({"S": "p"})].values()] == ["a"]
    assert [item.range_key.value for item in table.items[DynamoType({"S": "p"})].values()] == ["b"]


def test_an_item_that_is_taken_from_a_copy_is_the_copy_s_own():
    _, table = pair("S")
    write(table, [("put", "p", "a", 1, 0), ("put", "p", "b", 1, 0)])
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

    places = Ordered()
    places.order = [Counted(f"{number:08}") for number in range(size)]
    reading = places.between(Condition("BEGINS_WITH", ("000005",)), None, forward=True)
    assert len([next(reading) for _ in range(25)]) == 25
    assert Counted.compared < 100  # a few steps of a binary search, whatever the size


def calls_of(function):
    """How many calls of functions, Python's and built in, a call leads to."""
    counted = 0

    def count(_, event, __):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("index", ["g", "h", "l"])
def test_a_page_of_an_index_costs_the_same_in_a_large_table(index):
    """Also right after a write; only the first read of an index looks at all items."""
    costs = []
    for size in (200, 2000):
        _, table = pair("S")
        write(table, [("put", "p", f"{number:05}", 1, number % 7) for number in range(size)])
        key = DynamoType({"S": "p"} if index == "l" else {"N": "1"})
        asked = key, None, [], 25, None, True, None, index
        assert len(query.answer_query(table, *asked)[0]) == 25

        def write_and_read(table=table, asked=asked):
            write(table, [("put", "p", "00000", 1, 0)])
            query.answer_query(table, *asked)

        costs.append(calls_of(write_and_read))
    assert costs[1] < costs[0] * 1.1


@pytest.fixture
def indexed(aws, request):
    """A table with a global index, over HTTP; its name."""
    client, name = boto3.client("dynamodb"), request.node.name
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("p", "color")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-color",
                "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    yield name
    client.delete_table(TableName=name)


def by_color(table, color, **more):
    asked = {"TableName": table, "IndexName": "by-color", "KeyConditionExpression": "color = :c"}
    return boto3.client("dynamodb").query(**asked, ExpressionAttributeValues={":c": {"S": color}}, **more)


def test_an_index_follows_every_way_to_write(indexed):
    client, where = boto3.client("dynamodb"), {"TableName": indexed}
    client.put_item(**where, Item={"p": {"S": "a"}, "color": {"S": "red"}})
    assert by_color(indexed, "red")["Count"] == 1
    change = {"UpdateExpression": "SET color = :c", "ExpressionAttributeValues": {":c": {"S": "blue"}}}
    client.update_item(**where, Key={"p": {"S": "a"}}, **change)
    assert (by_color(indexed, "red")["Count"], by_color(indexed, "blue")["Count"]) == (0, 1)
    client.transact_write_items(
        TransactItems=[
            {"Update": {**where, "Key": {"p": {"S": "a"}}, **change}},
            {"Put": {**where, "Item": {"p": {"S": "b"}, "color": {"S": "blue"}}}},
        ]
    )
    assert by_color(indexed, "blue")["Count"] == 2
    client.execute_statement(Statement=f"UPDATE \"{indexed}\" SET color='green' WHERE p='b'")
    assert (by_color(indexed, "green")["Count"], by_color(indexed, "blue")["Count"]) == (1, 1)
    client.batch_write_item(RequestItems={indexed: [{"DeleteRequest": {"Key": {"p": {"S": "a"}}}}]})
    assert by_color(indexed, "blue")["Count"] == 0
    never = {"Key": {"p": {"S": "b"}}, "ConditionExpression": "attribute_exists(nothing)"}
    asked = [
        {"Put": {**where, "Item": {"p": {"S": "c"}, "color": {"S": "green"}}}},
        {"ConditionCheck": where | never},
    ]
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=asked)
    assert by_color(indexed, "green")["Count"] == 1


def test_a_full_page_has_a_key_although_nothing_comes_after_it(indexed):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    client, where = boto3.client("dynamodb"), {"TableName": indexed}
    for name in "ab":
        client.put_item(**where, Item={"p": {"S": name}, "color": {"S": "red"}})
    for read in (
        lambda **more: by_color(indexed, "red", **more),
        lambda **more: client.scan(**where, **more),
    ):
        page = read(Limit=2)
        assert (page["Count"], "LastEvaluatedKey" in page) == (2, True)
        rest = read(Limit=2, ExclusiveStartKey=page["LastEvaluatedKey"])
        assert (rest["Count"], "LastEvaluatedKey" in rest) == (0, False)


def test_a_scan_goes_by_the_hash_of_the_partition_key(indexed):
    """So neither in the order of writing nor in that of the keys, and every time the same."""
    client, names = boto3.client("dynamodb"), [f"{number:02}" for number in range(40)]
    for name in names:
        client.put_item(TableName=indexed, Item={"p": {"S": name}})
    found = [item["p"]["S"] for item in client.scan(TableName=indexed)["Items"]]
    assert sorted(found) == names
    assert found != names
    assert found == [item["p"]["S"] for item in client.scan(TableName=indexed)["Items"]]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"p": {"S": "a"}}, "The provided starting key is invalid"),
        ({"p": {"N": "1"}, "color": {"S": "red"}}, "The provided starting key is invalid"),
        ({"p": {"S": "a"}, "color": {"S": "blue"}},
         "The provided starting key is outside query boundaries based on provided conditions"),
    ],
)  # fmt: skip
def test_a_start_key_that_no_page_gave_is_refused(indexed, start, message):
    client = boto3.client("dynamodb")
    with pytest.raises(client.exceptions.ClientError) as caught:
        by_color(indexed, "red", ExclusiveStartKey=start)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationException", message)
