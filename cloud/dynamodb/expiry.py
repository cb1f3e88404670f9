"""Items whose time has come are deleted, by the table's TTL attribute.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

import time

from cloud import moto_side

OLDEST = 5 * 365 * 86_400  # seconds; a time that is further back than five years counts as a mistake


def expire_items(region: str) -> None:
    """Delete what has expired. DynamoDB takes up to days for that; here it is done within seconds."""
    now = time.time()
    for table in moto_side.tables(region):
        if table.ttl.get("TimeToLiveStatus") != "ENABLED":
            continue
        for item in table.all_items():
            due = item.attrs.get(table.ttl["AttributeName"])
            if due is not None and due.is_number() and now - OLDEST <= float(due.value) <= now:
                table.delete_item(item.hash_key, item.range_key)
