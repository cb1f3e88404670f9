"""A table's items in the order of their sort keys, so that a page costs the same however many there are.

moto keeps a table as a mapping of partition keys to mappings of sort keys to items, and sorts the whole table
for every Query. These two mappings take the places of moto's; moto uses them as any mapping.
"""

from __future__ import annotations

import base64
import bisect
import copy
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SortKey = Any  # str, Decimal or bytes, the same within one table
BLOCK = 128  # items read at a time: others may write in between
_changing = threading.Lock()  # held for microseconds


def sort_key(kind: str, value: Any) -> SortKey:
    """A key as DynamoDB orders it: text by its UTF-8 bytes, binary by bytes, numbers by size.

    >>> sort_key("N", "10") > sort_key("N", "9"), sort_key("S", "10") > sort_key("S", "9")
    (True, False)
    """
    if kind == "N":
        return Decimal(value)
    if kind == "B":
        return value if isinstance(value, bytes) else base64.b64decode(value)
    return value  # code points have the order of their UTF-8 bytes


@dataclass(frozen=True)
class Condition:
    """What a Query asks of the sort key: an operator, and one value or, for BETWEEN, two."""

    operator: str
    values: tuple[SortKey, ...]


class Partition(dict[Any, Any]):
    """The items of one partition key by their sort keys, and the order of those beside it.

    A copy, which moto makes before every transaction, shares the items; whoever takes one by its key, perhaps
    to change it, gets one of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._order: list[SortKey] = []
        self._ordered: dict[SortKey, Any] = {}
        self._own: set[SortKey] | None = None  # after a copy: the items that are not shared

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        if self._own is not None:
            position = sort_key(key.type, key.value)
            with _changing:
                if position not in self._own and position in self._ordered:
                    item = self._ordered[position] = copy.deepcopy(item)
                    self._own.add(position)
                    super().__setitem__(key, item)
        return item

    def __setitem__(self, key: Any, item: Any) -> None:
        with _changing:
            position = sort_key(key.type, key.value)
            if position not in self._ordered:
                bisect.insort(self._order, position)
            self._ordered[position] = item
            if self._own is not None:
                self._own.add(position)
            super().__setitem__(key, item)

    def pop(self, key: Any, *default: Any) -> Any:
        with _changing:
            item = super().pop(key, *default)
            position = sort_key(key.type, key.value)
            if position in self._ordered:
                del self._ordered[position]
                del self._order[bisect.bisect_left(self._order, position)]
            return item

    def __delitem__(self, key: Any) -> None:
        self.pop(key)

    def values(self) -> Any:
        """The items in order, as they are at this moment: others may write while one reads."""
        with _changing:
            return [self._ordered[position] for position in self._order]

    def items(self) -> Any:
        """Keys and items as they are at this moment."""
        with _changing:
            return list(super().items())

    def between(
        self, condition: Condition | None, start_after: SortKey | None, *, forward: bool
    ) -> Iterator[Any]:
        """The items that meet a condition, in order, after a key where one is given."""
        while True:
            with _changing:
                first, last = bounds(self._order, condition)
                if start_after is not None and forward:
                    first = max(first, bisect.bisect_right(self._order, start_after))
                elif start_after is not None:
                    last = min(last, bisect.bisect_left(self._order, start_after))
                if forward:
                    found = self._order[first : min(last, first + BLOCK)]
                else:
                    found = self._order[max(first, last - BLOCK) : last][::-1]
                items = [self._ordered[position] for position in found]
            yield from items
            if len(found) < BLOCK:
                return
            start_after = found[-1]

    def is_last(self, position: SortKey, *, forward: bool) -> bool:
        """Whether nothing comes after a key in the direction of reading."""
        return not self._order or (position >= self._order[-1] if forward else position <= self._order[0])

    def __deepcopy__(self, memo: dict[int, Any]) -> Partition:
        made = Partition()
        with _changing:
            dict.update(made, self)
            made._order, made._ordered = self._order.copy(), self._ordered.copy()
            made._own, self._own = set(), set()
        return made


class Partitions(defaultdict[Any, Partition]):
    """All items of a table that has a sort key, by partition key."""

    def __init__(self) -> None:
        super().__init__(Partition)

    def values(self) -> Any:
        """The partitions there are at this moment."""
        return list(super().values())

    def __deepcopy__(self, memo: dict[int, Any]) -> Partitions:
        made = Partitions()
        for key, partition in list(self.items()):
            made[copy.deepcopy(key, memo)] = copy.deepcopy(partition, memo)
        return made


def bounds(order: list[SortKey], condition: Condition | None) -> tuple[int, int]:
    """Where in a sorted list the keys stand that meet a condition: from the first place up to the second.

    >>> bounds(["a", "b/1", "b/2", "c"], Condition("BEGINS_WITH", ("b/",)))
    (1, 3)
    """
    if condition is None:
        return 0, len(order)
    return _BOUNDS[condition.operator](order, *condition.values)


def _begins_with(order: list[SortKey], prefix: SortKey) -> tuple[int, int]:
    first = bisect.bisect_left(order, prefix)
    return first, bisect.bisect_right(order, prefix, lo=first, key=lambda position: position[: len(prefix)])


_BOUNDS: dict[str, Callable[..., tuple[int, int]]] = {
    "=": lambda order, value: (bisect.bisect_left(order, value), bisect.bisect_right(order, value)),
    "<": lambda order, value: (0, bisect.bisect_left(order, value)),
    "<=": lambda order, value: (0, bisect.bisect_right(order, value)),
    ">": lambda order, value: (bisect.bisect_right(order, value), len(order)),
    ">=": lambda order, value: (bisect.bisect_left(order, value), len(order)),
    "BETWEEN": lambda order, low, high: (bisect.bisect_left(order, low), bisect.bisect_right(order, high)),
    "BEGINS_WITH": _begins_with,
}
OPERATORS = frozenset(_BOUNDS)
