"""Mending one finding: the difference first, a way back, and nothing when somebody else was here."""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from checks.change import Call, Change
from checks.rendering import call_text
from checks.secrets import in_variable, masked

FORMAT = 1  # of the undo file
# What AWS says when there is no such thing: reading it answers None.
MISSING = ("NotFound", "NoSuch")
# An answer's members that change by themselves, and say nothing about what was configured.
VOLATILE = (
    "ResponseMetadata",
    "RevisionId",
    "LastModified",
    "LastModifiedDate",
    "LastUpdatedDate",
    "storedBytes",
    "DeploymentId",
    "NextToken",
    "nextToken",
)


class FixError(Exception):
    """Nothing was changed, or less than was asked for; the message says which, and the next step."""


class NothingDoneError(FixError):
    """The first call was refused, so all is as it was."""


class StateChangedError(FixError):
    """Somebody changed the same thing between the audit and the fix."""

    def __init__(self, what: str, difference: str) -> None:
        super().__init__(
            f"Nothing was done: {what} is not what it was when it was looked at. Somebody else is at work "
            f"here. Since then:\n{difference}\nLook again, then decide: run the same command once more."
        )


@dataclass(frozen=True)
class Place:
    """Where a change belongs. An undo file is for this place and no other."""

    stack: str
    account_id: str
    region: str


Client = Callable[[str], Any]  # boto3.client, or a session's


def state(client: Client, read: Call, part: Sequence[str] = ()) -> Any:
    """What a call answers now, or a part of it, as plain JSON; None when there is no such thing."""
    try:
        answer = getattr(client(read.service), read.operation)(**read.params)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if error.response["ResponseMetadata"].get("HTTPStatusCode") == 404 or any(
            word in code for word in MISSING
        ):
            return None
        raise
    for member in part:
        answer = answer.get(member, {})
    return settled(answer)


def settled(answer: Any) -> Any:
    """An answer without what changes by itself, as JSON has it, with policies read out of their strings.

    >>> settled({"Policy": '{"Statement": []}', "RevisionId": "4"})
    {'Policy': {'Statement': []}}
    """
    if isinstance(answer, Mapping):
        return {name: settled(value) for name, value in answer.items() if name not in VOLATILE}
    if isinstance(answer, list | tuple):
        return [settled(value) for value in answer]
    if isinstance(answer, str) and answer[:1] in ("{", "["):
        try:
            return settled(json.loads(answer))
        except ValueError:
            return answer
    return answer if isinstance(answer, str | int | float | bool | None) else str(answer)


def difference(before: Any, after: Any) -> list[str]:
    """What changes, line by line; a thing that is not there has no lines."""
    return hunks(shown(before), shown(after), 3)


def hunks(before: list[str], after: list[str], around: int) -> list[str]:
    """A difference without line numbers, which say nothing of an answer."""
    told = list(difflib.unified_diff(before, after, lineterm="", n=around))[3:]
    return ["..." if line.startswith("@@") else line for line in told]


def shown(value: Any) -> list[str]:
    value = settled(value)
    return (
        [] if value is None else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
    )


def shielded(value: Any, name: str = "") -> Any:
    """The value for people's eyes: a secret that lies open in it is masked.

    >>> shielded({"Variables": {"API_TOKEN": "s3cr3t-s3cr3t", "TABLE_NAME": "records"}})
    {'Variables': {'API_TOKEN': 's3cr********', 'TABLE_NAME': 'records'}}
    """
    if isinstance(value, Mapping):
        return {key: shielded(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [shielded(one, name) for one in value]
    if isinstance(value, str) and any(in_variable(name, value)):
        return masked(value)
    return value


def proposal(change: Change) -> str:
    """What would be done, for a person to agree to."""
    before, after = shielded(settled(change.before)), shielded(settled(change.after))
    calls = [Call(call.service, call.operation, shielded(call.params)) for call in change.calls]
    lines = [change.describe, ""]
    lines += [f"  {line}" for line in difference(before, after)]
    lines += ["", "The calls:"]
    lines += [f"  {line}" for call in calls for line in call_text(call).splitlines()]
    lines += ["", "What else you will notice:"]
    lines += [f"  - {effect}" for effect in change.side_effects] or ["  - nothing"]
    return "\n".join(lines)


def make(change: Change, rule: str, place: Place, client: Client, folder: Path, now: datetime) -> Path:
    """Make a change, and return the file that takes it back. Raises StateChangedError, and writes nothing.

    The file is there before the first call, so that an interruption leaves a way back too.
    """
    unchanged(client, change, f"the answer of {change.read.service}:{change.read.operation}")
    path = folder / f"undo-{rule.lower()}-{now:%Y%m%dT%H%M%S}.json"
    kept = {
        "format": FORMAT,
        "rule": rule,
        **asdict(place),
        "describe": f"Take back: {change.describe}",
        "read": asdict(change.read),
        "part": list(change.part),
        "after": None,
        "before": settled(change.before),
        "calls": [asdict(call) for call in change.undo],
        "made": False,
    }
    path = write_new(path, kept)
    try:
        call_all(change.calls, client)
    except NothingDoneError:
        path.unlink()
        raise
    except FixError as error:
        raise FixError(f"{error} Take back what was done: --undo {path}") from None
    kept |= {"after": state(client, change.read, change.part), "made": True}
    path.write_text(text_of(kept), encoding="utf-8")
    return path


def unchanged(client: Client, change: Change, what: str) -> None:
    found = state(client, change.read, change.part)
    if found != settled(change.before):
        told = hunks(shown(shielded(settled(change.before))), shown(shielded(found)), 1)
        raise StateChangedError(what, "\n".join(f"  {line}" for line in told))


def call_all(calls: Sequence[Call], client: Client) -> None:
    """Make the calls in order. Raises FixError saying how far it came."""
    for number, call in enumerate(calls):
        try:
            getattr(client(call.service), call.operation)(**call.params)
        except ClientError as error:
            refused = f"{call.service}:{call.operation} was refused: {error}."
            if number == 0:
                raise NothingDoneError(f"{refused} Nothing was changed.") from None
            raise FixError(f"{refused} {number} of {len(calls)} calls were made before it.") from None


def write_new(path: Path, content: Mapping[str, Any]) -> Path:
    """A file of a name that was free, which only this user may read."""
    for number in range(100):
        free = path if number == 0 else path.with_stem(f"{path.stem}-{number}")
        try:
            descriptor = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise FixError(
                f"Nothing was done: the undo file {str(free)!r} cannot be written: {error.strerror}."
            ) from None
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text_of(content))
        return free
    raise FixError(f"Nothing was done: there are a hundred undo files like {str(path)!r} already.")


def text_of(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Undo:
    """A change to take back, as a file has it."""

    path: Path
    rule: str
    change: Change
    interrupted: bool = False  # the fix did not come to its end: what it left is not known


def read_undo(path: Path, place: Place) -> Undo:
    """What a file takes back. Raises FixError when it is none, or belongs elsewhere."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise FixError(
                f"{str(path)!r} is an undo file of format {kept['format']!r}; this program reads {FORMAT}."
            )
        belongs = Place(kept["stack"], kept["account_id"], kept["region"])
        calls = [Call(call["service"], call["operation"], call["params"]) for call in kept["calls"]]
        look = Call(kept["read"]["service"], kept["read"]["operation"], kept["read"]["params"])
        rule, made = kept["rule"], kept["made"]
        change = Change(kept["describe"], look, kept["after"], kept["before"], calls, (), part=kept["part"])
    except OSError as error:
        raise FixError(f"{str(path)!r} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FixError(
            f"{str(path)!r} is not an undo file. `--fix` writes them, and names each when it is done."
        ) from None
    if (belongs.account_id, belongs.region) != (place.account_id, place.region):
        raise FixError(
            f"{str(path)!r} belongs to account {belongs.account_id}, {belongs.region}; "
            f"you are in {place.account_id}, {place.region}. Nothing was done."
        )
    return Undo(path, rule, change, interrupted=not made)


def take_back(undo: Undo, client: Client) -> None:
    """Put back what was. Raises StateChangedError when it is not what the fix left any more."""
    if not undo.interrupted:
        unchanged(client, undo.change, "what the fix left")
    call_all(undo.change.calls, client)
    undo.path.rename(undo.path.with_suffix(".undone.json"))


def until_green(audit: Callable[[], bool], seconds: float) -> bool:
    """Ask until it holds: S3 and IAM take moments to agree with themselves on AWS."""
    until = time.monotonic() + seconds
    while not audit():
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True
