"""DynamoDB's operations on our side: a new table keeps its items sorted, and answers say what they took.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.dynamodb import capacity, query
from cloud.dynamodb.items import Items, writing
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

assert query  # its import puts the sorted items to use

Asked = dict[str, Any]
Units = dict[str, float]
NAME = re.compile(r"[#:][A-Za-z0-9_]+")
CHANGES = {
    "BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction", "TransactWriteItems", "UpdateItem",
}  # fmt: skip
NOT_READ = frozenset(
    ("FilterExpression", "ProjectionExpression", "QueryFilter", "ScanFilter", "AttributesToGet", "Select")
)


def create_table(account: Account, call: Call) -> Response:
    response = account.forward(call)
    table = moto_side.table(str(call.parameters.get("TableName")), account.region)
    if response.status < 300 and table is not None:
        table.items = Items(sorted_=table.range_key_attr is not None)  # nobody has written to it yet
    return response


def change(account: Account, call: Call) -> Response:
    """Let moto change items in place, while the indexes know that it does."""
    with writing():
        return account.forward(call)


def _forward(account: Account, call: Call) -> Response:
    return account.forward(call)


# ---- consumed capacity -------------------------------------------------------------------------------------


def measured(account: Account, call: Call) -> Response:
    """Let moto answer, and say what the call took where it asks for that."""
    asked = _json(call.request.content)
    detail = asked.get("ReturnConsumedCapacity")
    forward = change if call.name in CHANGES else _forward
    if detail not in ("TOTAL", "INDEXES"):
        return _without_capacity(forward(account, call))
    measure = _MEASURES[call.name](account, call, asked)
    next(measure)  # what is there before the call
    response = forward(account, call)
    if response.status >= 300:
        return response
    answer = _json(response.content)
    taken = [
        capacity.consumed(name, units, indexes, detail, kind) for name, units, indexes, kind in next(measure)
    ]
    several = call.name.startswith(("Batch", "Transact"))
    answer["ConsumedCapacity"] = taken if several else taken[0]
    return _with_body(response, answer)


Taken = tuple[str, float, Mapping[str, tuple[str, float]], str]  # table, its units, its indexes' units, kind
Measure = Iterator[list[Taken]]  # yields once before the call, and what it took after


def _of_page(account: Account, call: Call, asked: Asked) -> Measure:
    """A Query or Scan takes what it reads, whatever a filter leaves of that."""
    yield []
    names = set(NAME.findall(asked.get("KeyConditionExpression", "")))
    whole = {key: value for key, value in asked.items() if key not in NOT_READ}
    for member in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept = {name: value for name, value in whole.pop(member, {}).items() if name in names}
        whole |= {member: kept} if kept else {}
    read = _json(account.forward(call.with_content(json.dumps(whole).encode())).content)
    size = sum(capacity.item_size(item) for item in read.get("Items", []))
    units = capacity.read_units(size, consistent=bool(asked.get("ConsistentRead")))
    name, index = _table_name(asked), asked.get("IndexName")
    if index is None:
        yield [(name, units, {}, "")]
    else:
        [kind] = {one.kind for one in moto_side.indexes(name, account.region) if one.name == index}
        yield [(name, 0.0, {index: (kind, units)}, "")]


def _of_reads(account: Account, call: Call, asked: Asked) -> Measure:
    """Items that are read by their keys; each counts for itself. In a transaction twice."""
    transaction = call.name == "TransactGetItems"
    units: Units = {}
    for name, key, consistent in _keys_read(asked):
        size = capacity.item_size(moto_side.stored_item(name, account.region, key))
        twice = capacity.read_units(size, consistent=consistent or transaction) * (2 if transaction else 1)
        units[name] = units.get(name, 0.0) + twice
    yield []
    yield [(name, total, {}, "Read" if transaction else "") for name, total in units.items()]


def _of_writes(account: Account, call: Call, asked: Asked) -> Measure:
    """Items that are written: the larger of old and new, and the same for every index that changes."""
    factor = 2.0 if call.name == "TransactWriteItems" else 1.0
    touched = list(_keys_written(asked))
    before = [moto_side.stored_item(name, account.region, key) for name, key in touched]
    yield []
    of_tables: Units = {}
    of_indexes: dict[str, dict[str, tuple[str, float]]] = {}
    for (name, key), old in zip(touched, before, strict=True):
        new = moto_side.stored_item(name, account.region, key)
        of_tables[name] = of_tables.get(name, 0.0) + factor * capacity.write_units(old, new)
        found = of_indexes.setdefault(name, {})
        for index in moto_side.indexes(name, account.region):
            units = capacity.index_write_units(index.project(old), index.project(new), index.keys)
            sofar = found.get(index.name, (index.kind, 0.0))[1]
            found[index.name] = index.kind, sofar + factor * units
    kind = "Write" if factor == 2 else ""
    yield [(name, units, of_indexes[name], kind) for name, units in of_tables.items()]


def _keys_read(asked: Asked) -> Iterator[tuple[str, Asked, bool]]:
    """Table, key, and whether the read is a consistent one."""
    if "Key" in asked:
        yield _table_name(asked), asked["Key"], bool(asked.get("ConsistentRead"))
    for name, batch in asked.get("RequestItems", {}).items():
        for key in batch.get("Keys", []):
            yield name, key, bool(batch.get("ConsistentRead"))
    for one in asked.get("TransactItems", []):
        if "Get" in one:
            yield _table_name(one["Get"]), one["Get"]["Key"], True


def _keys_written(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Table, and an item or a key."""
    if "TableName" in asked:
        yield _table_name(asked), asked.get("Item") or asked.get("Key") or {}
    for name, requests in asked.get("RequestItems", {}).items():
        for request in requests:
            for written in request.values():
                yield name, written.get("Item") or written.get("Key") or {}
    for one in asked.get("TransactItems", []):
        for written in one.values():
            yield _table_name(written), written.get("Item") or written.get("Key") or {}


def _table_name(asked: Asked) -> str:
    return str(asked["TableName"]).rpartition("/")[2]


def _without_capacity(response: Response) -> Response:
    """Moto says what some calls took even when nobody asked."""
    if b'"ConsumedCapacity' in response.content:
        answer = _json(response.content)
        for name in ("ConsumedCapacity", "ConsumedCapacityUnits"):
            answer.pop(name, None)
        return _with_body(response, answer)
    return response


def _with_body(response: Response, answer: Asked) -> Response:
    """The response with another body, and the checksum of it: SDKs ask again when that does not fit."""
    response.body = json.dumps(answer).encode()
    response.set("Content-Length", str(len(response.body)))
    response.set("x-amz-crc32", str(zlib.crc32(response.body)))
    return response


def _json(content: bytes) -> Asked:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


_MEASURES: dict[str, Callable[[Account, Call, Asked], Measure]] = {
    "BatchGetItem": _of_reads,
    "BatchWriteItem": _of_writes,
    "DeleteItem": _of_writes,
    "GetItem": _of_reads,
    "PutItem": _of_writes,
    "Query": _of_page,
    "Scan": _of_page,
    "TransactGetItems": _of_reads,
    "TransactWriteItems": _of_writes,
    "UpdateItem": _of_writes,
}
HANDLERS: dict[str, Callable[[Account, Call], Response]] = {
    "CreateTable": create_table,
    **dict.fromkeys(CHANGES, change),
    **dict.fromkeys(_MEASURES, measured),
}
