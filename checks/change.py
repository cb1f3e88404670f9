"""A change that mends one finding: plain data, so that it can be shown, asked about, made, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call of boto3: ``boto3.client(service).operation(**params)``. The parameters are JSON."""

    service: str  # s3
    operation: str  # put_public_access_block
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing to change, what it is now, and the way back.

    ``read`` is asked again before anything is written; when it no longer answers ``before``, somebody else
    was here, and nothing is done.
    """

    describe: str  # Turn on all four public access switches of 'upload-dashboard-uploads-1'
    read: Call
    before: Any  # what ``read`` answered, without ResponseMetadata; None where there was no such thing
    after: Any  # what ``read`` will answer, in the same shape: the difference is shown to people
    calls: Sequence[Call]
    undo: Sequence[Call]
    side_effects: Sequence[str] = ()  # what people will notice: "A public policy stops working at once."
    part: Sequence[
        str
    ] = ()  # the members that lead to what is changed, where ``read`` answers more than that
