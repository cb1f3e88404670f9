"""Reading resource policies: who is let in, from where, to do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.patterns import as_list, exactly_like

Statement = Mapping[str, Any]
# With one of these held to this account, "everybody" is no longer everybody.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
OWN = ("aws:sourceaccount", "aws:sourceowner", "aws:sourcearn", "aws:principalaccount", "aws:principalarn")
NETWORK = ("aws:sourcevpc", "aws:sourcevpce")
POSITIVE = ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase")


def allows(statement: Statement) -> bool:
    return bool(statement.get("Effect") == "Allow")


def principals(statement: Statement) -> list[tuple[str, str]]:
    """Who a statement names: (kind, name). Everybody is ("AWS", "*"); NotPrincipal names nearly everybody."""
    named = statement.get("Principal", "*" if "NotPrincipal" in statement else {})
    if isinstance(named, str):
        return [("AWS", named)]
    return [(kind, str(name)) for kind, names in named.items() for name in as_list(names)]


def conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """A statement's conditions: operator and key in lower case, and the values."""
    for operator, one in (statement.get("Condition") or {}).items():
        for key, values in one.items():
            yield operator.lower(), key.lower(), [str(value) for value in as_list(values)]


def bound(statement: Statement, key: str) -> list[str]:
    """The values that a condition holds a key to; none where it does not."""
    return [
        value
        for operator, found, values in conditions(statement)
        if found == key and operator in POSITIVE
        for value in values
    ]


def account_of(name: str) -> str:
    """The account of a principal: from its ARN, or the number itself."""
    return name.split(":")[4] if name.startswith("arn:") and name.count(":") >= 5 else name


def strangers(statement: Statement, account: str) -> list[str]:
    """Whom a statement lets in that are not this account's own."""
    return [
        name
        for kind, name in principals(statement)
        if not (kind == "AWS" and account_of(name) == account)
        and not ((kind == "Service" or name == "*") and held(statement, account))
    ]


def held(statement: Statement, account: str) -> bool:
    """Whether conditions hold a statement for everybody, or for a service, to this account or its network."""
    own = [values for key in OWN if (values := bound(statement, key))]
    networks = [values for key in NETWORK if (values := bound(statement, key))]
    return any(all(account_of(value) == account for value in values) for values in own) or any(
        not any("*" in value for value in values) for values in networks
    )


def covers(statement: Statement, key: str, value: str) -> bool:
    """Whether a condition on a key holds for a value, or there is no such condition."""
    for operator, found, values in conditions(statement):
        if found == key:
            exact = operator in ("stringequals", "stringequalsignorecase")
            if not any(one == value if exact else arn_like(one, value) for one in values):
                return False
    return True


def holds(statement: Statement, known: Mapping[str, str | None]) -> bool | None:
    """Whether a statement's conditions hold for a request of which these keys are known, None being a key
    that it does not have; None where that hangs on something else.
    """
    said = [condition_holds(*condition, known) for condition in conditions(statement)]
    return False if False in said else None if None in said else True


def condition_holds(
    operator: str, key: str, values: list[str], known: Mapping[str, str | None]
) -> bool | None:
    if key not in known:
        return None
    actual, optional = known[key], operator.endswith("ifexists")
    kind = operator.removesuffix("ifexists")
    if kind == "null":
        return str(actual is None).lower() in values
    compare = COMPARED.get(kind.replace("not", ""))
    if compare is None:
        return None
    if actual is None:
        return optional or "not" in kind
    return any(compare(value, actual) for value in values) is not ("not" in kind)


COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": str.__eq__,
    "stringequalsignorecase": lambda one, other: one.lower() == other.lower(),
    "stringlike": exactly_like,
    "arnequals": exactly_like,
    "arnlike": exactly_like,
    "bool": lambda one, other: one.lower() == other.lower(),
}


def arn_like(pattern: str, arn: str) -> bool:
    """Compare ARNs part by part, as ArnLike does: no wildcard reaches beyond a colon but in the last part."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(map(exactly_like, patterns, parts))


def sid(statement: Statement) -> str:
    return str(statement.get("Sid") or "statement without Sid")


def described(statement: Statement) -> str:
    """A statement in one line of evidence."""
    who = ", ".join(name for _, name in principals(statement))
    what = ", ".join(map(str, as_list(statement.get("Action", statement.get("NotAction", [])))))
    when = "".join(
        f" if {key} {operator} {', '.join(values)}" for operator, key, values in conditions(statement)
    )
    return f"{sid(statement)}: {who} may {what}{when}"
