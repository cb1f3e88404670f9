"""Secondary indexes in their own order: by the index's sort key, and where that is equal by the table's keys.

An index is sorted when it is first read. From then on a read first takes in what has changed since the last
one; what has not changed costs nothing.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from cloud.dynamodb.items import Items, hashed
from cloud.dynamodb.partitions import Condition, Ordered, SortKey, changing, position_of

_taking_in = threading.Lock()
Keys = tuple[Any, Any]  # of the table: partition and sort key; the second is None where there is none


class SortedIndex:
    """The items that have an index's keys."""

    def __init__(self, items: Items, partition_name: str, sort_name: str | None) -> None:
        self._items, self.partition_name, self.sort_name = items, partition_name, sort_name
        self._partitions: dict[Any, tuple[Ordered, dict[SortKey, Keys]]] = {}
        self._placed: dict[Keys, tuple[Any, SortKey]] = {}
        self._scanned, self._of_hash = Ordered(), dict[tuple[bytes, SortKey], Any]()

    def take_in(self, keys: Keys, item: Any | None) -> None:
        """Note that the item of these keys is this one now; None: it is gone."""
        new = self.place_of(item.attrs, *keys) if item is not None else None
        old = self._placed.get(keys)
        if old == new:
            return
        with changing:
            if old is not None:
                places, held = self._partitions[old[0]]
                del self._placed[keys], held[old[1]]
                places.remove(old[1])
            if new is not None:
                self._placed[keys] = new
                places, held = self._partition(new[0])
                held[new[1]] = keys
                places.add(new[1])

    def _partition(self, key: Any) -> tuple[Ordered, dict[SortKey, Keys]]:
        if key not in self._partitions:
            place = hashed(key), position_of(key)
            self._partitions[key] = Ordered(), {}
            self._of_hash[place] = key
            self._scanned.add(place)
        return self._partitions[key]

    def place_of(self, attributes: Any, key: Any, sort: Any) -> tuple[Any, SortKey] | None:
        """The index's partition key and the place there of an item, or a start key; None if it has none."""
        partition = attributes.get(self.partition_name)
        own = attributes.get(self.sort_name) if self.sort_name else None
        if partition is None or (self.sort_name and own is None):
            return None
        ordered = (sort, key) if own is None else (own, key, sort)
        return partition, tuple(position_of(one) for one in ordered if one is not None)

    def query(
        self, partition: Any, condition: Condition | None, start_after: SortKey | None, *, forward: bool
    ) -> Iterator[Any]:
        """The items of a partition that meet a condition on the index's sort key, after a place if given."""
        places, held = self._partitions.get(partition, (Ordered(), {}))
        for place in places.between(condition, start_after, forward=forward, of=lambda place: place[0]):
            keys = held.get(place)
            item = self._items.item(*keys) if keys is not None else None
            if item is not None:
                yield item

    def scan(self, start_after: tuple[Any, SortKey] | None) -> Iterator[Any]:
        """All items, partition by partition in the order of their keys' hashes."""
        begun = None
        if start_after is not None:
            begun = hashed(start_after[0]), position_of(start_after[0])
            yield from self.query(start_after[0], None, start_after[1], forward=True)
        for place in self._scanned.between(None, begun, forward=True):
            yield from self.query(self._of_hash[place], None, None, forward=True)


def sorted_index(table: Any, index: Any) -> SortedIndex | None:
    """A secondary index of a table, up to date; None when it has several partition or sort keys."""
    names = {kind: [key["AttributeName"] for key in index.schema if key["KeyType"] == kind]
             for kind in ("HASH", "RANGE")}  # fmt: skip
    if len(names["HASH"]) != 1 or len(names["RANGE"]) > 1:
        return None
    items: Items = table.items
    wanted = index.name, names["HASH"][0], (names["RANGE"] or [None])[0]
    with _taking_in:
        known = {one.name for one in table.all_indexes()}
        for old in [key for key in items.indexes if key[0] not in known]:
            del items.indexes[old]
        found: SortedIndex | None = items.indexes.get(wanted)
        if found is None:
            found = items.indexes[wanted] = SortedIndex(items, wanted[1], wanted[2])
            for item in items.scan(None):
                found.take_in((item.hash_key, item.range_key), item)
        for keys in items.touched():
            item = items.item(*keys)
            for one in items.indexes.values():
                one.take_in(keys, item)
    return found
