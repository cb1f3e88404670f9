"""Tables, items and indexes, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType

from cloud.moto_side.core import backend


def table_hash_key(name: str, region: str, index: str | None = None) -> str:
    """The name of a table's partition key, or of an index's; empty when there is no such table."""
    table = backend("dynamodb", region).tables.get(name)
    if table is None:
        return ""
    schema = table.schema
    if index:
        found = [one for one in (*table.global_indexes, *table.indexes) if one.name == index]
        schema = found[0].schema if found else schema
    return next((str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH"), "")


def table_tags(arn: str, region: str) -> dict[str, str]:
    """The tags of a table; none when it does not exist."""
    tables = backend("dynamodb", region).tables
    found = tables.get(arn.rpartition("/")[2])
    return {tag["Key"]: tag["Value"] for tag in found.tags} if found is not None else {}


def table(name: str, region: str) -> Any | None:
    """Moto's table of that name or ARN: ``items``, ``schema``, ``ttl``, ``global_indexes`` ..., or None."""
    return backend("dynamodb", region).tables.get(name.rpartition("/")[2])


def tables(region: str) -> list[Any]:
    """Every table."""
    return list(backend("dynamodb", region).tables.values())


def attribute_value(given: Any) -> Any:
    """A value of an attribute, like ``{"S": "text"}``, as moto's tables hold it."""
    return DynamoType(given)


@dataclass(frozen=True)
class Index:
    """A secondary index: its name, its member in ConsumedCapacity, its own key attributes."""

    name: str
    kind: str
    keys: tuple[str, ...]
    of_moto: Any

    def project(self, attributes: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What the index holds of an item; None where it does not hold it."""
        if attributes is None or any(key not in attributes for key in self.keys):
            return None
        if self.of_moto.projection.get("ProjectionType") == "ALL":
            return dict(attributes)
        more = self.of_moto.projection.get("NonKeyAttributes", ())
        kept = {*self.keys, *self.of_moto.table_key_attrs, *more}
        return {name: value for name, value in attributes.items() if name in kept}


def indexes(table_name: str, region: str) -> list[Index]:
    """The secondary indexes of a table."""
    found = table(table_name, region)
    if found is None:
        return []
    kinds = (("GlobalSecondaryIndexes", found.global_indexes), ("LocalSecondaryIndexes", found.indexes))
    return [
        Index(one.name, kind, tuple(one.schema_key_attrs), one)
        for kind, several in kinds
        for one in several or ()
    ]


def stored_item(table_name: str, region: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item with the key that ``key``, a key or an item, holds; None where there is none."""
    found = table(table_name, region)
    if found is None:
        return None
    try:
        names = [name for name in (found.hash_key_attr, found.range_key_attr) if name is not None]
        item = found.get_item(*(DynamoType(key[name]) for name in names))
    except (KeyError, MockValidationException):
        return None
    return dict(item.to_json()["Attributes"]) if item is not None else None
