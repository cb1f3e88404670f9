"""What somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def nearest(word: str, known: Collection[str]) -> str:
    """A sentence with the known words that come nearest, beginning with a blank; empty when none does.

    >>> nearest("secruity-1", ["SECURITY-1", "CORS-1"])
    ' Did you mean SECURITY-1?'
    """
    spelled = {one.upper(): one for one in known}
    asked = word.upper()
    close = difflib.get_close_matches(asked, spelled, n=3, cutoff=0.6)
    if not close:  # the right row with a number that it does not have
        row = asked.rstrip("0123456789-_ ")
        close = [one for one in spelled if row and one.startswith(row)][:3]
    return f" Did you mean {' or '.join(spelled[one] for one in close)}?" if close else ""
