"""What checks ask: over HTTP as a stranger or as a browser, and IAM what a role may do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import urllib3

from dashboard.stack import Stack

PATIENCE = urllib3.Timeout(connect=5.0, read=35.0)  # an HTTP API gives up after 30 seconds itself


class Answer:
    """An answer over HTTP, whatever its status."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.data.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))

    def readable_by(self, origin: str) -> bool:
        """Whether a browser hands this answer to a page of that origin."""
        return self.header("access-control-allow-origin") in (origin, "*")

    def listed(self, name: str) -> set[str]:
        """A header's comma-separated words, in lower case."""
        return {word.strip().lower() for word in self.header(name).split(",") if word.strip()}


def ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | str | None = None
) -> Answer:
    """Send one request as it is: no signature, no redirects, no second attempt."""
    named = dict(headers or {})
    return Answer(
        urllib3.request(
            method, url, headers=named, body=body, redirect=False, retries=False, timeout=PATIENCE
        )
    )


def preflight(url: str, origin: str, method: str, *headers: str) -> Answer:
    """Ask as a browser does before it sends a page's request to another origin."""
    named = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        named["Access-Control-Request-Headers"] = ",".join(sorted(header.lower() for header in headers))
    return ask("OPTIONS", url, named)


def lets_through(answer: Answer, origin: str, method: str, *headers: str) -> bool:
    """Whether a browser sends the page's request after this answer to its preflight.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    methods, allowed = (
        answer.listed("access-control-allow-methods"),
        answer.listed("access-control-allow-headers"),
    )
    return (
        200 <= answer.status < 300
        and answer.readable_by(origin)
        and (method in ("GET", "HEAD", "POST") or bool({method.lower(), "*"} & methods))
        and ("*" in allowed or all(header.lower() in allowed for header in headers))
    )


def may(stack: Stack, role: str, action: str, resource: str, partitions: Sequence[str] = ()) -> bool:
    """Whether IAM's simulator lets a role do something, to items of these partitions of a table."""
    named = {
        "ContextKeyName": "dynamodb:LeadingKeys",
        "ContextKeyValues": list(partitions),
        "ContextKeyType": "stringList",
    }
    answer = stack.client("iam").simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{stack.account_id}:role/{role}",
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[named] if partitions else [],
    )
    return all(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])
