"""All items of a table: by partition key as moto has them, in the order of a Scan, and what has changed."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from cloud.dynamodb.partitions import Ordered, Partition, SortKey, changing, position_of


def hashed(key: Any) -> bytes:
    """Where a Scan comes upon a partition key: by a hash of it, so in no order that one could name."""
    value = position_of(key)
    text = (
        value if isinstance(value, bytes) else str(value.normalize() if key.type == "N" else value).encode()
    )
    return hashlib.md5(key.type.encode() + text, usedforsecurity=False).digest()


_writers = 0  # operations under way that may change, in place, an item that they have taken


@contextmanager
def writing() -> Iterator[None]:
    """Around an operation that may change items in place: what it took counts as changing until its end."""
    global _writers
    with changing:
        _writers += 1
    try:
        yield
    finally:
        with changing:
            _writers -= 1


class Items(dict[Any, Any]):
    """All items of a table by their partition key, and those keys in the order of a Scan.

    ``sorted_`` says whether the table has a sort key: then a partition key leads to a Partition. Which items
    may have changed since the indexes were looked at last is kept for them: moto changes items in place.
    """

    def __init__(self, *, sorted_: bool) -> None:
        super().__init__()
        self.sorted, self.scanned = sorted_, Ordered()
        self._keys: dict[tuple[bytes, SortKey], Any] = {}
        self._touched: set[tuple[Any, Any]] = set()
        self.indexes: dict[Any, Any] = {}

    def __missing__(self, key: Any) -> Any:
        if not self.sorted:
            raise KeyError(key)
        with changing:
            return self._put(key, Partition(partial(self._touch, key)), keep=True)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if not self.sorted:
            self._touch(key, None)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        with changing:
            self._put(key, value, keep=False)
        self._touch(key, None)

    def _put(self, key: Any, value: Any, *, keep: bool) -> Any:
        """Put a value, or keep the one that somebody else has put meanwhile; the one that is there then."""
        place = hashed(key), position_of(key)
        if place not in self._keys:
            self._keys[place] = key
            self.scanned.add(place)
        elif keep:
            return super().__getitem__(key)
        super().__setitem__(key, value)
        return value

    def pop(self, key: Any, *default: Any) -> Any:
        with changing:
            found = super().pop(key, *default)
            place = hashed(key), position_of(key)
            if self._keys.pop(place, None) is not None:
                self.scanned.remove(place)
        self._touch(key, None)
        return found

    def values(self) -> Any:
        """What there is at this moment."""
        return list(super().values())

    def _touch(self, key: Any, sort: Any) -> None:
        if self.indexes or _writers:
            with changing:
                self._touched.add((key, sort))

    def touched(self) -> set[tuple[Any, Any]]:
        """The keys, of partition and sort, whose items may have changed since this was asked last."""
        with changing:
            found = self._touched
            self._touched = found.copy() if _writers else set()
        return found

    def item(self, key: Any, sort: Any) -> Any | None:
        """The item of a key, to be looked at and not changed; None where there is none."""
        found = self.get(key)
        if found is None or not self.sorted:
            return found
        return None if sort is None else found.at(position_of(sort))

    def scan(self, start_after: tuple[bytes, SortKey, SortKey] | None) -> Iterator[Any]:
        """All items, by the hash of their partition key and by sort key, after a place if one is given."""
        begun = None if start_after is None else start_after[:2]
        if start_after is not None and self.sorted and (key := self._keys.get(start_after[:2])) is not None:
            yield from self.get(key, Partition()).between(None, start_after[2], forward=True)
        for place in self.scanned.between(None, begun, forward=True):
            found = self.get(self._keys.get(place))
            if found is None:
                continue
            if self.sorted:
                yield from found.between(None, None, forward=True)
            else:
                yield found

    def __deepcopy__(self, memo: dict[int, Any]) -> Items:
        made = Items(sorted_=self.sorted)
        for key, value in list(self.items()):
            own = copy.deepcopy(key, memo)
            if self.sorted:
                made[own] = value.copied(partial(made._touch, own))
            else:
                made[own] = copy.deepcopy(value, memo)
        return made
