"""A record as text: what a row, the details and ``repr`` show of it."""

import html

FACTS = {
    "Size": "size",
    "Type": "content_type",
    "Uploaded": "uploaded_at",
    "ETag": "etag",
    "Object key": "object_key",
}


def as_html(record: dict) -> str:
    """One file's facts. Everything in it was chosen by somebody else, so everything is escaped."""
    size = readable_size(record["size"])
    told = record | {"size": size if size.endswith("s") else f"{size} ({record['size']:,} bytes)"}
    facts = "".join(
        f"<dt>{name}</dt><dd><code>{html.escape(str(told[field]))}</code></dd>"
        for name, field in FACTS.items()
    )
    link = (
        f'<a href="{html.escape(record["open_url"])}" target="_blank" rel="noopener noreferrer">'
        f"Open <bdi>{html.escape(record['name'])}</bdi></a>"
    )
    return f"{link}<dl>{facts}</dl>"


def line(record: dict) -> str:
    """One row of the list.

    >>> line({"name": "a.txt", "size": 1536, "uploaded_at": "2026-11-24T10:00:00Z"})
    'a.txt · 1.5 KiB · 2026-11-24 10:00'
    """
    when = str(record["uploaded_at"])[:16].replace("T", " ")
    return f"{record['name']} \u00b7 {readable_size(record['size'])} \u00b7 {when}"


def readable_size(size: float) -> str:
    """A size for people.

    >>> readable_size(1), readable_size(1536)
    ('1 byte', '1.5 KiB')
    """
    if size < 1024:
        return f"{size:.0f} {'byte' if size == 1 else 'bytes'}"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024 or unit == "GiB":
            break
    return f"{size:.1f} {unit}"


def shortened(text: str, most: int = 109) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"
