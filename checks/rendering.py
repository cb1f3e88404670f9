"""A change as the boto3 that makes it: what the report shows is what ``--fix`` does."""

from __future__ import annotations

import json
from pprint import pformat
from typing import Any

from checks.change import Call, Change
from checks.secrets import in_variable


def boto3_text(change: Change) -> str:
    """The calls of a change, ready to paste below ``import boto3``."""
    lines = []
    for service in dict.fromkeys(call.service for call in change.calls):
        lines.append(f"{variable(service)} = boto3.client({service!r})")
    return "\n".join([*lines, *(call_text(call) for call in change.calls)])


def call_text(call: Call) -> str:
    params = {name: unrevealed(name, value) for name, value in call.params.items()}
    given = ", ".join(f"{name}={value_text(value)}" for name, value in params.items())
    line = f"{variable(call.service)}.{call.operation}({given})"
    if len(line) <= 100:
        return line
    given = "".join(f"    {name}={value_text(value)},\n" for name, value in params.items())
    return f"{variable(call.service)}.{call.operation}(\n{given})"


def unrevealed(name: str, value: Any) -> Any:
    """A parameter as reports may show it: a function's environment without the secrets in it."""
    if name != "Environment":
        return value
    return {
        "Variables": {
            variable: "****" if any(in_variable(variable, text)) else text
            for variable, text in value["Variables"].items()
        }
    }


def value_text(value: Any) -> str:
    """A parameter as Python; a policy document, which is JSON in a string, as ``json.dumps({...})``."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return f"json.dumps({indented(json.loads(value))})"
        except ValueError:
            pass
    return indented(value)


def indented(value: Any) -> str:
    return pformat(value, width=96, sort_dicts=False).replace("\n", "\n    ")


def variable(service: str) -> str:
    """What boto3's client is called: ``lambda`` is a word of Python's."""
    return "lambda_" if service == "lambda" else service
