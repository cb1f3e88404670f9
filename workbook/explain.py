"""Micro-activity 1: a project explained in five lines, read with an eye on the learner's own resources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.stack import Stack
from workbook.architecture_parts import State, look
from workbook.card import as_html, as_text

# Services that people name, in the order in which a longer name hides a shorter one.
SERVICES = {
    "API Gateway": r"api gateway|apigateway|http api",
    "DynamoDB": r"dynamo ?db|dynamo",
    "CloudWatch": r"cloud ?watch",
    "CloudFront": r"cloud ?front",
    "Lambda": r"lambdas?",
    "S3": r"s3",
    "Amplify": r"amplify",
    "Cognito": r"cognito",
    "RDS": r"rds|aurora|mysql|postgres\w*",
    "EC2": r"ec2",
    "EFS": r"efs",
    "AppSync": r"appsync|graphql",
    "X-Ray": r"x-?ray",
    "CloudTrail": r"cloud ?trail",
}
QUOTED = re.compile(r"[`'\"]([\w./$-]{3,})[`'\"]")


@dataclass(frozen=True)
class Layer:
    """One of the five layers: the words by which a line is known to be about it, and its service."""

    name: str
    words: str
    service: str
    example: str
    part: str  # of the architecture map
    also: tuple[str, ...] = ()  # services that may be named beside it


LAYERS = (
    Layer("frontend hosting", r"front.?end|host\w*|web ?site|web ?page|static|\bsite\b|\bpage\b", "S3",
          "The page is a static website on S3.", "page"),
    Layer("API layer", r"\bapi\b|routes?\b|http api|requests?\b|endpoints?\b", "API Gateway",
          "API Gateway routes each request to its Lambda function.", "api", ("Lambda",)),
    Layer("file storage", r"files?\b|objects?\b|uploads?\b|presigned|storage|bucket", "S3",
          "Files lie in a private S3 bucket.", "bucket", ("Lambda",)),
    Layer("metadata storage", r"metadata|records?\b|items?\b|\btable\b|dynamo|partition|sort key|database",
          "DynamoDB", "DynamoDB keeps a record of each file.", "table", ("S3", "Lambda")),
    Layer("monitoring", r"monitor\w*|logs?\b|alarms?\b|metrics?\b|cloud ?watch|observ\w*|trac\w+",
          "CloudWatch", "CloudWatch keeps the logs of every function.", "logs", ("Lambda",)),
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """What is to be said of one layer. ``missing`` is the smallest thing to add; empty when all is there."""

    layer: Layer
    line: str
    missing: str
    live: str


class Explanation:
    """The five lines, judged one by one."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        self.judged = tuple(judged)

    @property
    def missing(self) -> list[str]:
        return [one.layer.name for one in self.judged if one.missing]

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def rows(self) -> list[tuple[str, str]]:
        signs = {True: "✓", False: "○"}
        return [
            (f"{signs[not one.missing]} {one.layer.name}", f"{one.missing or 'Said.'} {one.live}")
            for one in self.judged
        ]

    @property
    def title(self) -> str:
        """How far it has come."""
        count = len(self.judged)
        said = count - len(self.missing)
        whole = "Your five lines cover the whole project."
        return whole if self.complete else f"{said} of {count} layers are clear."

    def __str__(self) -> str:
        return as_text(self.title, self.rows)

    def __repr__(self) -> str:
        said = f"explain_project: {len(self.judged) - len(self.missing)} of {len(self.judged)} layers"
        return f"{said}; missing: {', '.join(self.missing)}" if self.missing else said

    def _repr_html_(self) -> str:
        return as_html(self.title, self.rows, "good" if self.complete else "half")


def explain_project(text: str, stack: Stack | None = None) -> Explanation:
    """Read five lines about the project, one a layer, and say kindly and precisely what they lack."""
    stack = stack or Stack.named()
    lines = [line.strip() for line in str(text if isinstance(text, str) else "").splitlines() if line.strip()]
    states = {part.id: (part.state, part.reason) for part in look(stack)}
    said = about(lines)
    return Explanation([judge(layer, said.get(layer.name, ""), stack, states) for layer in LAYERS])


def about(lines: Sequence[str]) -> dict[str, str]:
    """Which line is about which layer: the one that says most of its words, and each line once.

    >>> about(["DynamoDB keeps the metadata of each file", "S3 keeps each file"])["file storage"]
    'S3 keeps each file'
    """
    scored = sorted(
        (
            (-score(layer, line), place, at)
            for place, layer in enumerate(LAYERS)
            for at, line in enumerate(lines)
            if score(layer, line)
        ),
    )
    found: dict[str, str] = {}
    taken: set[int] = set()
    for _, place, at in scored:
        if LAYERS[place].name not in found and at not in taken:
            found[LAYERS[place].name] = lines[at]
            taken.add(at)
    return found


def score(layer: Layer, line: str) -> float:
    """How much a line is about a layer: its different words, its service, and twice what a label says."""
    label = line.partition(":")[0] if ":" in line else ""
    words = {word.lower() for word in re.findall(layer.words, line, re.IGNORECASE)}
    labelled = re.search(layer.words, label, re.IGNORECASE)
    if not words:
        return 0
    return len(words) + (2 if labelled else 0) + (1.5 if layer.service in named(line) else 0)


def named(line: str) -> list[str]:
    """The services that a line names.

    >>> named("An HTTP API of API Gateway, with Lambda behind it")
    ['API Gateway', 'Lambda']
    """
    return [name for name, words in SERVICES.items() if re.search(rf"\b(?:{words})\b", line, re.IGNORECASE)]


def judge(layer: Layer, line: str, stack: Stack, states: Mapping[str, tuple[State, str]]) -> Judged:
    """One layer: what its line lacks, and what stands in the account."""
    state, reason = states[layer.part]
    yours = {
        "page": stack.site_bucket, "api": stack.api_name, "bucket": stack.upload_bucket,
        "table": stack.table, "logs": f"/aws/lambda/{stack.name}-...",
    }[layer.part]  # fmt: skip
    live = f"Yours: `{yours}`, {state}{f' ({reason})' if reason else ''}."
    if not line:
        return Judged(layer, "", f"No line tells of it yet. For instance: {layer.example}", live)
    services = named(line)
    strangers = [name for name in services if name != layer.service and name not in layer.also]
    if layer.service not in services:
        instead = f"You name {' and '.join(strangers)}, but your own" if strangers else "Your"
        return Judged(layer, line, f"{instead} {layer.name} is {layer.service}: name it.", live)
    if strangers and not set(strangers) <= {one.service for one in LAYERS} | {"Lambda"}:
        return Judged(layer, line, f"Your own project has no {' and no '.join(strangers)} here.", live)
    known = {stack.site_bucket, stack.upload_bucket, stack.table, stack.api_name, stack.prefix, stack.name}
    known |= (
        {function.name for function in stack.functions.values()}
        | set(stack.functions)
        | {"bucket", "object_key"}
    )
    for name in QUOTED.findall(line):
        if "-" in name and name not in known:
            return Judged(layer, line, f"Nothing of yours is named `{name}`.", live)
    if state is not State.BUILT:
        return Judged(layer, line, f"Well said, but in your account it is {state}.", live)
    return Judged(layer, line, "", live)
