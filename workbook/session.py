"""Beginning a lesson: the one place that decides which cloud boto3 speaks to, and that says so."""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from checks import where as clouds
from checks.where import NoCloudError, Where, work_folder
from dashboard.stack import DEFAULT_NAME, Stack
from dashboard.stack.names import FUNCTIONS
from workbook.catch_up import CaughtUp, catch_up, layers_before

if TYPE_CHECKING:
    from cloud import Cloud

KINDS = {
    "environment": "the embedded cloud",
    "lab": "the embedded cloud of `make lab`",
    "private": "an embedded cloud of this notebook's own",
    "aws": "a real AWS account",
}
GONE = (
    "The cloud that was here before has ended, and what was built in it with it. Your own files are all here."
)
_private: Cloud | None = None
_current: Session | None = None


class LessonError(ValueError):
    """A lesson that the workbook does not have, or that cannot begin."""


class DeclinedError(Exception):
    """Someone was asked whether to work in a real account, and did not say yes."""


@dataclass(frozen=True)
class Session:
    """Where a notebook works: which cloud, and the stack of resources that it builds there."""

    kind: str
    stack: Stack
    endpoint_url: str = ""
    caught_up: CaughtUp = field(default_factory=CaughtUp)
    note: str = ""  # when the cloud that was here before is gone

    @property
    def sentence(self) -> str:
        where = KINDS[self.kind]
        if self.kind == "environment" and not self.endpoint_url.startswith("http://127.0.0.1:"):
            where = f"the cloud at {self.endpoint_url}"
        return f"You are in {where}: account {self.stack.account_id}, region {self.stack.region}."

    @property
    def lines(self) -> list[str]:
        return [line for line in (self.note, self.sentence, self.caught_up.sentence) if line]

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


def begin(
    lesson: int = 0,
    *,
    cloud: str | None = None,
    name: str = DEFAULT_NAME,
    ask: Callable[[str], str] = input,
    progress: Callable[[str], object] | None = None,
) -> Session:
    """Find the cloud to work in, or start one, and build what the lesson takes as given.

    ``cloud="aws"`` is the only way to a real account; it shows which and asks first.
    Raises NoCloudError, LessonError or DeclinedError, each with the next step.
    """
    if isinstance(lesson, bool) or lesson not in range(12):
        raise LessonError(f"There is no lesson {lesson!r}: lessons are 0 (start here) to 11 (failure drill).")
    if cloud not in (None, "aws"):
        raise ValueError(
            f"cloud is 'aws' for a real account, or left out for the embedded cloud, not {cloud!r}."
        )
    global _current
    if os.environ.get("NBGRADER_EXECUTION") and _current is None:
        _stand_apart()
    kind, found, note = _enter(cloud)
    if kind == "aws":
        confirm_account(ask)
    make_room()
    _current = Session(kind, Stack.named(name), found.endpoint_url, note=note)
    caught_up = catch_up(_current.stack, lesson, cloud_mark(), progress or Counting(lesson))
    _current = replace(_current, caught_up=caught_up)
    return _current


class Counting:
    """Say which layer is being built: on a real account that takes a while."""

    def __init__(self, lesson: int) -> None:
        self.layers, self.number = layers_before(lesson), 0

    def __call__(self, doc: str) -> None:
        self.number += 1
        print(f"Building {self.number} of {len(self.layers)}: {doc}", flush=True)


def current() -> Session | None:
    """What ``begin`` last returned in this notebook; None before that."""
    return _current


def cloud_mark() -> str:
    """A mark that differs from cloud to cloud: an embedded cloud is another one each time it starts."""
    if _current is None:
        return ""
    if _current.kind == "aws":
        return f"aws-{_current.stack.account_id}-{_current.stack.region}"
    known = f"{os.environ.get('AWS_ENDPOINT_URL')} {os.environ.get('AWS_ACCESS_KEY_ID')}"
    return hashlib.sha256(known.encode()).hexdigest()[:12]


def _stand_apart() -> None:
    """When nbgrader runs a submission, it has nothing of the one before: neither files nor a cloud."""
    folder = tempfile.TemporaryDirectory(prefix="workbook-nbgrader-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    os.environ["WORKBOOK_WORK"] = f"{folder.name}/work"
    for name in clouds.NAMES:
        os.environ.pop(name, None)


def make_room() -> None:
    """Make a folder for each function that learners write, and stand in the folder that holds ``work/``.

    ``%%writefile work/functions/list_files/lambda_function.py`` then means the learner's own file.
    """
    if work_folder().name != "work":
        raise LessonError(f"WORKBOOK_WORK is {str(work_folder())!r}: name a folder that is called 'work'.")
    for short in FUNCTIONS:
        (work_folder() / "functions" / short).mkdir(parents=True, exist_ok=True)
    os.chdir(work_folder().parent)


def _enter(cloud: str | None) -> tuple[str, Where, str]:
    """Find the cloud or start one: what kind it is, where it is, and what to tell of one that is gone."""
    global _private
    note = ""
    try:
        found = clouds.find(cloud)
    except NoCloudError:
        gone = os.environ.get("AWS_ENDPOINT_URL", "")
        if cloud or (gone and not _was_ours(gone)):
            raise
        if gone:
            note = GONE
            boto3.DEFAULT_SESSION = None  # it holds the credentials of the cloud that is gone
            for name in clouds.NAMES:
                os.environ.pop(name, None)
        found = _lab_or_new()
    found.enter()
    own = _private is not None and _private.endpoint_url == found.endpoint_url
    return ("private" if own else found.kind), found, note


def _was_ours(endpoint_url: str) -> bool:
    """Whether an address was that of an embedded cloud which this notebook, or the lab around it, started."""
    if _private is not None and _private.endpoint_url == endpoint_url:
        return True
    lab = clouds.read_lab()
    the_labs = {os.environ.get("WORKBOOK_LAB"), lab["AWS_ENDPOINT_URL"] if lab else None}
    return endpoint_url in the_labs


def _lab_or_new() -> Where:
    """The cloud of a lab that was started anew, or one of our own that ends with this notebook's kernel."""
    global _private
    try:
        return clouds.find()
    except NoCloudError:
        pass
    from cloud import start

    _private = start()
    atexit.register(_private.stop)
    return Where("environment", _private.environ())


def confirm_account(ask: Callable[[str], str] = input) -> None:
    """Show the real account that boto3 would use, and go on only after a yes. Raises DeclinedError."""
    session = boto3.Session()
    if session.region_name is None:
        raise NoCloudError(
            "boto3 knows no region. Set one: export AWS_DEFAULT_REGION=eu-central-1 (or yours)."
        )
    try:
        who = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise NoCloudError(
            f"boto3 cannot reach your AWS account: {error}. Log in as for the AWS CLI."
        ) from None
    print(f"Account {who['Account']}, as {who['Arn']}, in {session.region_name}.")
    print("What you build there costs money.")
    if ask("Work in this account? Type yes: ").strip().lower() != "yes":
        raise DeclinedError(
            "Nothing was done. Leave out cloud='aws' to work in the embedded cloud, for free."
        )
