"""One page of a Query on a table's own key, from the sorted items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from cloud import moto_side
from cloud.dynamodb.partitions import OPERATORS, Condition, Partition, Partitions, SortKey, bounds, sort_key

PAGE_BYTES = 1_000_000  # as moto counts; DynamoDB's page is 1 MB
MISMATCH = "One or more parameter values were invalid: Condition parameter type does not match schema type"
Page = tuple[list[Any], int, dict[str, Any] | None]  # items, how many were read, LastEvaluatedKey


class QueryError(ValueError):
    """A Query that DynamoDB refuses. The message is DynamoDB's."""


def answer(
    table: Any,
    partition_key: Any,
    operator: str | None,
    values: list[Any],
    limit: int | None,
    start_key: Mapping[str, Any] | None,
    forward: bool,
    projection: list[list[str]] | None,
    index_name: str | None = None,
    consistent_read: bool = False,  # noqa: ARG001 every read here is
    filter_expression: Any = None,
    **more: Any,
) -> Page | None:
    """Answer a Query as moto's ``Table.query`` does; None where the sorted items do not help.

    Those are secondary indexes, filters of the old kind, and tables that were restored or imported.
    """
    old_filters = set(more) - {"hash_key_conditions", "range_key_conditions"}
    sortable = isinstance(table.items, Partitions) and (operator is None or operator in OPERATORS)
    if index_name or old_filters or not sortable:
        return None
    if partition_key.type != table.hash_key_type or any(
        value.type != table.range_key_type for value in values
    ):
        raise QueryError(MISMATCH)
    condition = Condition(operator, tuple(map(_position, values))) if operator else None
    names = table.hash_key_attr, table.range_key_attr
    start_after = None
    if start_key is not None:
        check_start_key(start_key, names, partition_key)
        start_after = sort_key(*_only(start_key[names[1]]))
        if bounds([start_after], condition) != (0, 1):
            raise QueryError("The provided starting key does not match the range key predicate")
    found = table.items.get(partition_key, Partition())
    items, more_to_come = page(found, condition, start_after, limit, forward=forward)
    last = {names[0]: items[-1].hash_key, names[1]: items[-1].range_key} if more_to_come else None
    read = len(items)
    if filter_expression is not None:
        items = [item for item in items if filter_expression.expr(item)]
    items = copy.deepcopy(items)
    if projection:
        items = [item.project(projection) for item in items]
    return items, read, last


def page(
    partition: Partition,
    condition: Condition | None,
    start_after: SortKey | None,
    limit: int | None,
    *,
    forward: bool,
) -> tuple[list[Any], bool]:
    """The items of a page, and whether there may be more after them.

    Limit and size count the items that are read, before a filter looks at them.
    """
    found: list[Any] = []
    size = 0
    for item in partition.between(condition, start_after, forward=forward):
        size += item.size()
        if len(found) == limit or size > PAGE_BYTES:
            return found, True
        found.append(item)
    full = limit is not None and len(found) == limit
    return found, full and not partition.is_last(_position(found[-1].range_key), forward=forward)


def check_start_key(given: Mapping[str, Any], names: tuple[str, str], partition_key: Any) -> None:
    """Refuse an ExclusiveStartKey that is none, or one of another partition."""
    if set(given) != set(names):
        raise QueryError("The provided starting key is invalid")
    kind, value = _only(given[names[0]])
    if kind != partition_key.type or sort_key(kind, value) != _position(partition_key):
        message = "The provided starting key is outside query boundaries based on provided conditions"
        raise QueryError(message)


def _position(value: Any) -> SortKey:
    return sort_key(value.type, value.value)


def _only(typed: Mapping[str, Any]) -> tuple[str, Any]:
    [(kind, value)] = typed.items()
    return kind, value


moto_side.answer_queries_with(answer, QueryError)
