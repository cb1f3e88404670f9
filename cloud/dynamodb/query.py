"""One page of a Query or a Scan, of a table or of an index, from sorted items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloud import moto_side
from cloud.dynamodb.indexes import sorted_index
from cloud.dynamodb.items import Items, hashed
from cloud.dynamodb.partitions import OPERATORS, Condition, Partition, bounds, position_of

PAGE_BYTES = 1_000_000  # as moto counts; DynamoDB's page is 1 MB
MISMATCH = "One or more parameter values were invalid: Condition parameter type does not match schema type"
INVALID_START = "The provided starting key is invalid"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
Page = tuple[list[Any], int, dict[str, Any] | None]  # items, how many were read, LastEvaluatedKey


class QueryError(ValueError):
    """A Query that DynamoDB refuses. The message is DynamoDB's."""


def answer_query(
    table: Any,
    partition_key: Any,
    operator: str | None,
    values: list[Any],
    limit: int | None,
    start_key: Mapping[str, Any] | None,
    forward: bool,
    projection: list[list[str]] | None,
    index_name: str | None = None,
    consistent_read: bool = False,
    filter_expression: Any = None,
    **more: Any,
) -> Page | None:
    """Answer a Query as moto's ``Table.query`` does; None where moto is to answer, or to refuse.

    Those are indexes with several partition or sort keys, and what no index can answer.
    """
    more = {name: value for name, value in more.items() if name not in KEY_CONDITIONS}
    if operator is not None and operator not in OPERATORS:
        return None
    adopt(table)
    names = Names(table, index_name)
    if index_name and (names.index is None or (consistent_read and names.index in table.global_indexes)):
        return None
    sorted_ = sorted_index(table, names.index) if index_name else None
    if (index_name and sorted_ is None) or (operator and names.sort is None) or partition_key is None:
        return None
    if partition_key.type != names.type_of(names.partition) or any(
        value.type != names.type_of(names.sort) for value in values
    ):
        raise QueryError(MISMATCH)
    condition = Condition(operator, tuple(map(position_of, values))) if operator else None
    start = names.start(start_key)
    if start is not None:
        if start[names.partition] != partition_key:
            raise QueryError(OUTSIDE)
        if names.sort and bounds([position_of(start[names.sort])], condition) != (0, 1):
            raise QueryError("The provided starting key does not match the range key predicate")
    if sorted_ is not None:
        found = sorted_.place_of(start, *names.of_table(start)) if start else None
        read = sorted_.query(partition_key, condition, found[1] if found else None, forward=forward)
    elif names.sort:
        after = position_of(start[names.sort]) if start else None
        partition = table.items.get(partition_key, Partition())
        read = partition.between(condition, after, forward=forward)
    else:
        only = table.items.item(partition_key, None)
        read = iter([] if only is None or start else [only])
    old_filters = {name: (one["ComparisonOperator"], one["AttributeValueList"]) for name, one in more.items()}
    return finished(names, page(read, limit), old_filters, filter_expression, projection)


def answer_scan(
    table: Any,
    filters: Mapping[str, Any],
    limit: int | None,
    start_key: Mapping[str, Any] | None,
    filter_expression: Any = None,
    index_name: str | None = None,
    consistent_read: bool = False,
    projection_expression: list[list[str]] | None = None,
    segments: tuple[Any, Any] = (None, None),
) -> Page | None:
    """Answer a Scan as moto's ``Table.scan`` does; None where moto is to answer, or to refuse."""
    adopt(table)
    names = Names(table, index_name)
    if index_name and (names.index is None or (consistent_read and names.index in table.global_indexes)):
        return None
    start = names.start(start_key)
    if index_name:
        sorted_ = sorted_index(table, names.index)
        if sorted_ is None:
            return None
        read = sorted_.scan(sorted_.place_of(start, *names.of_table(start)) if start else None)
    else:
        place = None
        if start:
            key, sort = names.of_table(start)
            place = hashed(key), position_of(key), None if sort is None else position_of(sort)
        read = table.items.scan(place)
    inside = (item for item in read if item.is_within_segment(segments))
    return finished(names, page(inside, limit), filters, filter_expression, projection_expression)


KEY_CONDITIONS = {"hash_key_conditions", "range_key_conditions"}


def adopt(table: Any) -> None:
    """Sort the items of a table that came from a backup or an import."""
    if not isinstance(table.items, Items):
        found = Items(sorted_=table.range_key_attr is not None)
        for item in table.all_items():
            if table.range_key_attr is None:
                found[item.hash_key] = item
            else:
                found[item.hash_key][item.range_key] = item
        table.items = found


class Names:
    """The key attributes of a table, or of one of its indexes."""

    def __init__(self, table: Any, index_name: str | None) -> None:
        self._table = table
        self.index = next((one for one in table.all_indexes() if one.name == index_name), None)
        schema = self.index.schema if self.index is not None else table.schema
        kinds = {key["KeyType"]: key["AttributeName"] for key in reversed(schema)}
        self.partition: str = kinds["HASH"]
        self.sort: str | None = kinds.get("RANGE")
        own = [table.hash_key_attr, *([table.range_key_attr] if table.range_key_attr else [])]
        self.all = list(dict.fromkeys([*own, *(key["AttributeName"] for key in schema)]))

    def type_of(self, name: str | None) -> str:
        """The type that the table declares for a key attribute."""
        declared = {one["AttributeName"]: one["AttributeType"] for one in self._table.attr}
        return str(declared.get(name, ""))

    def start(self, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """An ExclusiveStartKey as moto's values. Raises QueryError where it is none."""
        if given is None:
            return None
        if set(given) != set(self.all) or any(list(given[name]) != [self.type_of(name)] for name in self.all):
            raise QueryError(INVALID_START)
        return {name: moto_side.attribute_value(given[name]) for name in self.all}

    def of_table(self, start: Mapping[str, Any]) -> tuple[Any, Any]:
        """The keys of the table in a start key."""
        sort = self._table.range_key_attr
        return start[self._table.hash_key_attr], start[sort] if sort else None

    def last(self, item: Any) -> dict[str, Any]:
        """The LastEvaluatedKey after an item."""
        return {name: item.attrs[name] for name in self.all}


def page(items: Iterable[Any], limit: int | None) -> tuple[list[Any], bool]:
    """The items of a page, and whether there may be more after them.

    Limit and size count the items that are read, before a filter looks at them. Whoever has read as many as
    the limit says does not look whether there are more: the next page may turn out to be empty.
    """
    found: list[Any] = []
    size = 0
    for item in items:
        size += item.size()
        if size > PAGE_BYTES and found:
            return found, True
        found.append(item)
        if len(found) == limit:
            return found, True
    return found, False


def finished(
    names: Names,
    read: tuple[list[Any], bool],
    filters: Mapping[str, Any],
    filter_expression: Any,
    projection: list[list[str]] | None,
) -> Page:
    """A page as it is answered: copies of what filters leave, with the attributes that were asked for."""
    found, more_to_come = read
    last = names.last(found[-1]) if more_to_come else None
    items: Iterator[Any] = (item for item in found if passes(item, filters))
    if names.index is not None:
        items = (names.index.project(item) for item in items)
    chosen = [item for item in items if filter_expression is None or filter_expression.expr(item)]
    copies = copy.deepcopy(chosen)
    return [one.project(projection) for one in copies] if projection else copies, len(found), last


def passes(item: Any, filters: Mapping[str, Any]) -> bool:
    """Whether an item meets all filters of the old kind: an operator and its values for an attribute."""
    for name, (operator, values) in filters.items():
        value = item.attrs.get(name)
        if value is None and operator != "NULL":
            return False
        if value is not None and not value.compare(
            operator, [moto_side.attribute_value(one) for one in values]
        ):
            return False
    return True


moto_side.answer_reads_with(answer_query, answer_scan, QueryError)
