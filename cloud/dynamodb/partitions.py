"""A partition's items in the order of their sort keys, so that a page costs the same however many there are.

moto keeps a table as a mapping of partition keys to mappings of sort keys to items, and sorts the whole table
for every Query. Our mappings (``items.Items`` is the outer one) take their places; moto uses them as any.
"""

from __future__ import annotations

import base64
import bisect
import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SortKey = Any  # str, Decimal or bytes, the same within one table; of an index a tuple of such
BLOCK = 128  # items read at a time: others may write in between
changing = threading.Lock()  # held for microseconds


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


def position_of(key: Any) -> SortKey:
    """The place of a key of moto's."""
    return sort_key(key.type, key.value)


@dataclass(frozen=True)
class Condition:
    """What a Query asks of the sort key: an operator, and one value or, for BETWEEN, two."""

    operator: str
    values: tuple[SortKey, ...]


class Ordered:
    """Things at places, in the order of the places."""

    def __init__(self, places: Iterable[SortKey] = ()) -> None:
        self.order: list[SortKey] = sorted(places)

    def add(self, place: SortKey) -> None:
        bisect.insort(self.order, place)

    def remove(self, place: SortKey) -> None:
        del self.order[bisect.bisect_left(self.order, place)]

    def between(
        self, condition: Condition | None, start_after: SortKey | None, *, forward: bool, of: Any = None
    ) -> Iterator[SortKey]:
        """The places that meet a condition, in order, after one where that is given.

        ``of`` takes from a place what the condition is about; without it, that is the place itself.
        """
        while True:
            with changing:
                first, last = bounds(self.order, condition, of)
                if start_after is not None and forward:
                    first = max(first, bisect.bisect_right(self.order, start_after))
                elif start_after is not None:
                    last = min(last, bisect.bisect_left(self.order, start_after))
                if forward:
                    found = self.order[first : min(last, first + BLOCK)]
                else:
                    found = self.order[max(first, last - BLOCK) : last][::-1]
            yield from found
            if len(found) < BLOCK:
                return
            start_after = found[-1]


class Partition(dict[Any, Any]):
    """The items of one partition key by their sort keys, and the order of those beside it.

    A copy, which moto makes before every transaction, shares the items; whoever takes one by its key, perhaps
    to change it, gets one of its own.
    """

    def __init__(self, touch: Callable[[Any], None] = lambda _: None) -> None:
        super().__init__()
        self._touch = touch  # hears of the sort key of each item that changes, or may
        self._ordered: dict[SortKey, Any] = {}
        self._own: set[SortKey] | None = None  # after a copy: the items that are not shared
        self.places = Ordered()

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        if self._own is not None:
            position = position_of(key)
            with changing:
                if position not in self._own and position in self._ordered:
                    item = self._ordered[position] = copy.deepcopy(item)
                    self._own.add(position)
                    super().__setitem__(key, item)
        self._touch(key)
        return item

    def __setitem__(self, key: Any, item: Any) -> None:
        with changing:
            position = position_of(key)
            if position not in self._ordered:
                self.places.add(position)
            self._ordered[position] = item
            if self._own is not None:
                self._own.add(position)
            super().__setitem__(key, item)
        self._touch(key)

    def pop(self, key: Any, *default: Any) -> Any:
        with changing:
            item = super().pop(key, *default)
            position = position_of(key)
            if position in self._ordered:
                del self._ordered[position]
                self.places.remove(position)
        self._touch(key)
        return item

    def __delitem__(self, key: Any) -> None:
        self.pop(key)

    def values(self) -> Any:
        """The items in order, as they are at this moment: others may write while one reads."""
        with changing:
            return [self._ordered[position] for position in self.places.order]

    def items(self) -> Any:
        """Keys and items as they are at this moment."""
        with changing:
            return list(super().items())

    def at(self, position: SortKey) -> Any | None:
        """The item at a place, to be looked at and not changed; None when it has gone."""
        return self._ordered.get(position)

    def between(
        self, condition: Condition | None, start_after: SortKey | None, *, forward: bool
    ) -> Iterator[Any]:
        """The items that meet a condition, in order, after a key where one is given."""
        for position in self.places.between(condition, start_after, forward=forward):
            if (item := self.at(position)) is not None:
                yield item

    def copied(self, touch: Callable[[Any], None]) -> Partition:
        """A copy that goes its own way; the items are shared until somebody takes one."""
        made = Partition(touch)
        with changing:
            dict.update(made, self)
            made.places.order, made._ordered = self.places.order.copy(), self._ordered.copy()
            made._own, self._own = set(), set()
        return made


def bounds(order: list[SortKey], condition: Condition | None, of: Any = None) -> tuple[int, int]:
    """Where in a sorted list the keys stand that meet a condition: from the first place up to the second.

    >>> bounds(["a", "b/1", "b/2", "c"], Condition("BEGINS_WITH", ("b/",)))
    (1, 3)
    """
    if condition is None:
        return 0, len(order)
    return _BOUNDS[condition.operator](order, of, *condition.values)


def _left(order: list[SortKey], of: Any, value: SortKey) -> int:
    return bisect.bisect_left(order, value, key=of)


def _right(order: list[SortKey], of: Any, value: SortKey) -> int:
    return bisect.bisect_right(order, value, key=of)


def _begins_with(order: list[SortKey], of: Any, prefix: SortKey) -> tuple[int, int]:
    def start(place: SortKey) -> SortKey:
        return (of(place) if of else place)[: len(prefix)]

    first = _left(order, of, prefix)
    return first, bisect.bisect_right(order, prefix, lo=first, key=start)


_BOUNDS: dict[str, Callable[..., tuple[int, int]]] = {
    "=": lambda order, of, value: (_left(order, of, value), _right(order, of, value)),
    "<": lambda order, of, value: (0, _left(order, of, value)),
    "<=": lambda order, of, value: (0, _right(order, of, value)),
    ">": lambda order, of, value: (_right(order, of, value), len(order)),
    ">=": lambda order, of, value: (_left(order, of, value), len(order)),
    "BETWEEN": lambda order, of, low, high: (_left(order, of, low), _right(order, of, high)),
    "BEGINS_WITH": _begins_with,
}
OPERATORS = frozenset(_BOUNDS)
