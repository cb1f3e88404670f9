"""What calls of DynamoDB need: tables, indexes, and the keys and attributes that a request speaks of.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cloud import moto_side
from cloud.calls import Call
from cloud.identity.context import Values, tags
from cloud.identity.need import EVERYTHING, Need, Where

TRANSACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
PARTIQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE)\b.*?(?:FROM|INTO|UPDATE)?\s*[\"']([\w.-]+)[\"']", re.I | re.S
)


def needs(call: Call, where: Where) -> Iterable[Need]:
    asked = call.parameters
    if call.name in ("BatchGetItem", "BatchWriteItem"):
        for table, requests in (asked.get("RequestItems") or {}).items():
            yield _on_table(call.name, table, where, _batch_context(table, requests, where))
        return
    if call.name in ("TransactGetItems", "TransactWriteItems"):
        for item in asked.get("TransactItems") or []:
            for kind, one in item.items():
                if kind not in TRANSACTIONS:
                    continue
                context = _item_context(one, where) | {"dynamodb:enclosingoperation": call.name}
                yield _on_table(TRANSACTIONS[kind], one.get("TableName", ""), where, context)
        return
    if call.name == "ExecuteStatement" and (found := PARTIQL.match(asked.get("Statement") or "")):
        yield _on_table(f"PartiQL{found[1].capitalize()}", found[2], where, {})
        return
    if table := asked.get("TableName"):
        index = f"/index/{asked['IndexName']}" if asked.get("IndexName") else ""
        yield _on_table(call.name, table, where, _item_context(asked, where), index)
    elif resource := asked.get("ResourceArn"):
        yield Need(f"dynamodb:{call.name}", (resource,))
    elif call.name == "ListTables":
        yield Need("dynamodb:ListTables", (where.arn("dynamodb", "table/*"),))
    else:
        yield Need(f"dynamodb:{call.name}")


def stream_needs(call: Call, _: Where) -> Iterable[Need]:
    """What reading a stream needs. An iterator begins with the ARN of its stream.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    """
    asked = call.parameters
    stream = asked.get("StreamArn") or str(asked.get("ShardIterator") or "").partition("|")[0]
    yield Need(f"dynamodb:{call.name}", (stream,) if stream else EVERYTHING)


def _on_table(operation: str, table: str, where: Where, context: Values, index: str = "") -> Need:
    name = table.rpartition("table/")[2]
    arn = where.arn("dynamodb", f"table/{name}")
    owned = tags("aws:resourcetag", moto_side.table_tags(arn, where.region))
    return Need(f"dynamodb:{operation}", (f"{arn}{index}",), owned | context)


def _item_context(asked: Mapping[str, Any], where: Where) -> Values:
    """The keys and attributes that a request speaks of, for fine-grained access."""
    table = str(asked.get("TableName", "")).rpartition("table/")[2]
    hash_key = moto_side.table_hash_key(table, where.region, asked.get("IndexName"))
    found: Values = {}
    leading = _leading_keys(asked, hash_key)
    if leading:
        found["dynamodb:leadingkeys"] = leading
    if attributes := _attributes(asked):
        found["dynamodb:attributes"] = attributes
    for name in ("Select", "ReturnValues", "ReturnConsumedCapacity"):
        if asked.get(name):
            found[f"dynamodb:{name.lower()}"] = str(asked[name])
    return found


def _batch_context(table: str, requests: Any, where: Where) -> Values:
    hash_key = moto_side.table_hash_key(table.rpartition("table/")[2], where.region)
    if isinstance(requests, Mapping):
        items = list(requests.get("Keys") or [])
    else:
        items = [one.get("Item") or one.get("Key") or {} for request in requests for one in request.values()]
    leading = tuple(_plain(item[hash_key]) for item in items if hash_key in item)
    attributes = tuple(dict.fromkeys(name for item in items for name in item))
    found: Values = {"dynamodb:leadingkeys": leading} if leading else {}
    return found | ({"dynamodb:attributes": attributes} if attributes else {})


def _leading_keys(asked: Mapping[str, Any], hash_key: str) -> tuple[str, ...]:
    item = asked.get("Key") or asked.get("Item") or {}
    if hash_key in item:
        return (_plain(item[hash_key]),)
    names, values = asked.get("ExpressionAttributeNames") or {}, asked.get("ExpressionAttributeValues") or {}
    for name, value in re.findall(r"(#?[\w.-]+)\s*=\s*(:\w+)", asked.get("KeyConditionExpression") or ""):
        if names.get(name, name) == hash_key and value in values:
            return (_plain(values[value]),)
    condition = (asked.get("KeyConditions") or {}).get(hash_key) or {}
    return tuple(_plain(value) for value in condition.get("AttributeValueList") or [])


def _attributes(asked: Mapping[str, Any]) -> tuple[str, ...]:
    names = asked.get("ExpressionAttributeNames") or {}
    found = [*(asked.get("Key") or {}), *(asked.get("Item") or {}), *(asked.get("AttributesToGet") or [])]
    for expression in ("ProjectionExpression", "UpdateExpression", "FilterExpression", "ConditionExpression"):
        found += [names[word] for word in re.findall(r"#\w+", asked.get(expression) or "") if word in names]
    projected = [
        word.strip() for word in (asked.get("ProjectionExpression") or "").split(",") if word.strip()
    ]
    found += [word for word in projected if not word.startswith("#")]
    return tuple(dict.fromkeys(found))


def _plain(value: Any) -> str:
    """A key's value as policies see it: strings and numbers as text, binary in base64."""
    return str(next(iter(value.values()))) if isinstance(value, Mapping) and value else str(value)
