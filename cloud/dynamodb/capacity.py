"""What a call takes of a table's capacity: the size of what is read or written, in steps of 4 KB or 1 KB.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

READ_STEP, WRITE_STEP = 4096, 1024  # bytes
Attributes = Mapping[str, Mapping[str, Any]]


def item_size(attributes: Attributes | None) -> int:
    """The bytes of an item, names included; 0 of none.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

    >>> item_size({"key": {"S": "cat.png"}, "size": {"N": "1024"}, "public": {"BOOL": True}})
    24
    """
    return sum(_utf8(name) + _size(value) for name, value in (attributes or {}).items())


def _size(typed: Mapping[str, Any]) -> int:
    [(kind, value)] = typed.items()
    match kind:
        case "S":
            return _utf8(value)
        case "N":
            return _number(value)
        case "B":
            return _binary(value)
        case "SS":
            return sum(map(_utf8, value))
        case "NS":
            return sum(map(_number, value))
        case "BS":
            return sum(map(_binary, value))
        case "L":
            return 3 + sum(1 + _size(one) for one in value)
        case "M":
            return 3 + sum(1 + _utf8(name) + _size(one) for name, one in value.items())
    return 1  # BOOL and NULL


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _number(text: str) -> int:
    """One byte for two significant digits, and one; one more for a minus sign."""
    sign, digits, _ = Decimal(text).normalize().as_tuple()
    return (len(digits) + 1) // 2 + 1 + sign


def _binary(value: str | bytes) -> int:
    return len(value if isinstance(value, bytes) else base64.b64decode(value))


def read_units(size: int, *, consistent: bool) -> float:
    """Read units of so many bytes together: half a unit for 4 KB, a whole one when reading consistently.

    >>> read_units(10_000, consistent=False), read_units(0, consistent=True)
    (1.5, 1.0)
    """
    return max(1, _steps(size, READ_STEP)) * (1.0 if consistent else 0.5)


def write_units(old: Attributes | None, new: Attributes | None) -> float:
    """Write units of replacing one item by another, or by none: the larger of both counts.

    >>> write_units({"k": {"S": "x" * 1500}}, None), write_units(None, None)
    (2.0, 1.0)
    """
    return float(max(1, _steps(max(item_size(old), item_size(new)), WRITE_STEP)))


def index_write_units(old: Attributes | None, new: Attributes | None, keys: Iterable[str]) -> float:
    """Write units that a change takes of one secondary index, from the projected items before and after.

    Nothing when they are the same; a changed key is a removal and an addition.
    """
    if old == new:
        return 0.0
    if old is not None and new is not None and all(old[key] == new[key] for key in keys):
        return write_units(old, new)
    return sum(write_units(None, item) for item in (old, new) if item is not None)


def _steps(size: int, step: int) -> int:
    return -(-size // step)


def consumed(
    table: str,
    of_table: float,
    of_indexes: Mapping[str, tuple[str, float]],
    detail: str,
    kind: str = "",
) -> dict[str, Any]:
    """ConsumedCapacity as an answer has it. ``of_indexes``: index -> (its kind of index, units).

    >>> consumed("files", 0.5, {}, "INDEXES")
    {'TableName': 'files', 'CapacityUnits': 0.5, 'Table': {'CapacityUnits': 0.5}}
    """
    total = of_table + sum(units for _, units in of_indexes.values())
    found: dict[str, Any] = {"TableName": table, "CapacityUnits": total}
    if kind:
        found[f"{kind}CapacityUnits"] = total
    if detail == "INDEXES":
        found["Table"] = _units(of_table, kind)
        for name, (member, units) in of_indexes.items():
            if units:
                found.setdefault(member, {})[name] = _units(units, kind)
    return found


def _units(units: float, kind: str) -> dict[str, float]:
    return {"CapacityUnits": units} | ({f"{kind}CapacityUnits": units} if kind else {})
