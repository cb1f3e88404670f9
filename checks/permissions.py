"""What a function's role may do, as IAM's own simulator answers it.

The role's documents suggest what to ask about, so that a grant beside the usual places is seen; the answer
is the simulator's alone: identity policies, permissions boundary and explicit Deny together.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.asking import CouldNotAskError, NotThereError
from checks.look import Look, document

SAMPLE = "audit"  # stands where a policy has a wildcard
OBJECT = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
BUCKET = ("s3:ListBucket", "s3:DeleteBucket", "s3:PutBucketPolicy")
TABLE = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
)
FUNCTION = ("lambda:InvokeFunction", "lambda:UpdateFunctionCode")
ROLE = ("iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole")
QUEUE = ("sqs:SendMessage", "sqs:ReceiveMessage")
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogGroup")
# What only reports is nobody's loss: AWS's own AWSLambdaBasicExecutionRole allows it on every log group.
TELEMETRY = {
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "cloudwatch:PutMetricData",
}
SPELLING = {
    action.lower(): action
    for action in (*OBJECT, *BUCKET, *TABLE, *FUNCTION, *ROLE, *QUEUE, *LOGS, *TELEMETRY)
}
NEEDED: Mapping[str, tuple[tuple[str, str], ...]] = {  # what each function's code does: (action, on what)
    "create_upload": (("s3:PutObject", "upload"),),
    "list_files": (("dynamodb:Query", "table"),),
    "get_file": (("dynamodb:GetItem", "table"), ("s3:GetObject", "upload")),
    "delete_file": (("s3:DeleteObject", "upload"), ("dynamodb:DeleteItem", "table")),
    "index_upload": (
        ("s3:GetObject", "upload"),
        ("s3:ListBucket", "upload bucket"),  # without it a missing object is 403, not 404
        ("dynamodb:PutItem", "table"),
        ("dynamodb:DeleteItem", "table"),
    ),
}
KNOWN = {
    "dynamodb:leadingkeys",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:resourceaccount",
    "s3:resourceaccount",
}


@dataclass(frozen=True)
class Decision:
    """The simulator's answer about one action on one resource."""

    action: str
    resource: str
    word: str  # allowed, implicitDeny, explicitDeny
    policies: tuple[str, ...]  # that decided
    within_boundary: bool
    unknown: tuple[str, ...]  # condition keys that the simulator was not told

    @property
    def allowed(self) -> bool:
        return self.word == "allowed"

    def __str__(self) -> str:
        why = f" by {', '.join(self.policies)}" if self.policies else ""
        boundary = "" if self.within_boundary else " (the permissions boundary does not allow it)"
        return f"{self.action} on {self.resource}: {self.word}{why}{boundary}"


@dataclass(frozen=True)
class Simulation:
    """What a role may do, under one set of circumstances."""

    call: str
    decisions: Mapping[tuple[str, str], Decision]

    def of(self, action: str, resource: str) -> Decision:
        return self.decisions[action, resource]


class Permissions:
    """What the role of one function may do."""

    def __init__(self, look: Look, short: str) -> None:
        self.look = look
        self.short = short
        self.role = look.role(short)
        target = look.target
        here = f"{target.region}:{target.account_id}"
        self.uploads = f"arn:aws:s3:::{target.upload_bucket}"
        self.upload = f"{self.uploads}/{target.prefix}{SAMPLE}"
        self.table = f"arn:aws:dynamodb:{here}:table/{target.table}"
        group = f"arn:aws:logs:{here}:log-group:{look.log_group_name(short)}"
        stream = time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + "0" * 32
        self.log_forms = (f"{group}:log-stream:{stream}", f"{group}:*", group)
        # Events go into a stream; a stream and a group are made in a group, which policies write with or without :*
        self.log_places = {"logs:PutLogEvents": self.log_forms[:1]}
        self.probes: dict[str, tuple[str, ...]] = {  # resource: the actions that are asked about
            f"arn:aws:s3:::somebody-elses-bucket/{SAMPLE}": OBJECT,
            "arn:aws:s3:::somebody-elses-bucket": BUCKET,
            f"arn:aws:dynamodb:{here}:table/somebody-elses-table": TABLE,
            f"arn:aws:lambda:{here}:function:{target.functions[short].name}": FUNCTION,
            f"arn:aws:iam::{target.account_id}:role/{self.role}": ROLE,
            f"arn:aws:sqs:{here}:somebody-elses-queue": QUEUE,
            **dict.fromkeys(self.log_forms, LOGS),
        }
        if target.upload_bucket:
            places = (target.prefix + SAMPLE, f"elsewhere/{SAMPLE}", *self.triggering())
            self.probes |= {self.uploads: BUCKET, **{f"{self.uploads}/{key}": OBJECT for key in places}}
        if target.site_bucket:
            self.probes[f"arn:aws:s3:::{target.site_bucket}/index.html"] = OBJECT
        if target.table:
            self.probes[self.table] = TABLE
        with suppress(CouldNotAskError):
            if self.queue:
                self.probes[self.queue] = QUEUE

    @cached_property
    def queue(self) -> str:
        """Where the function's failed events go; empty for nowhere."""
        if self.short != "index_upload":
            return ""
        config, function = self.look.event_invoke_config(self.short), self.look.function(self.short)
        destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        return str(destination or function.get("DeadLetterConfig", {}).get("TargetArn") or "")

    def triggering(self) -> list[str]:
        """Keys that trigger the function, one for each of its triggers. Without an answer, none."""
        from checks.triggers import triggers

        if self.short != "index_upload":
            return []
        with suppress(CouldNotAskError, NotThereError):
            found = triggers(self.look.notifications())
            return [f"{one.prefix}{SAMPLE}{one.suffix}" for one in found if one.on_created]
        return []

    # ---- What to ask about -------------------------------------------------------------------------

    @cached_property
    def grants(self) -> list[Mapping[str, Any]]:
        """The statements of the role's own documents that allow something."""
        role, managed = self.look.role_details(self.short), self.look.managed_documents()
        documents = [document(policy["PolicyDocument"]) for policy in role.get("RolePolicyList", [])]
        documents += [
            managed.get(policy["PolicyArn"], {}) for policy in role.get("AttachedManagedPolicies", [])
        ]
        found = [statement for one in documents for statement in as_list(one.get("Statement", []))]
        return [statement for statement in found if statement.get("Effect") == "Allow"]

    @cached_property
    def suggested(self) -> dict[str, set[str]]:
        """What the documents name beside the usual: resource, and the actions that are allowed on it."""
        found: dict[str, set[str]] = {}
        for statement in self.grants:
            written = [spelled(str(action)) for action in as_list(statement.get("Action", []))]
            named = {action for action in written if re.fullmatch(r"[\w-]+:\w+", action)}
            patterns = [action for action in written if action not in named]
            for resource in as_list(statement.get("Resource", [])):
                concrete = self.concrete(str(resource))
                usual = {
                    action
                    for actions in self.probes.values()
                    for action in actions
                    if fits(action, concrete) and any(like(pattern, action) for pattern in patterns)
                }
                wanted = {action for action in named | usual if action not in TELEMETRY}
                found.setdefault(concrete, set()).update(wanted - set(self.probes.get(concrete, ())))
        return {resource: actions for resource, actions in found.items() if actions}

    def concrete(self, pattern: str) -> str:
        """One resource that a pattern of a policy means."""
        if pattern == "*":
            return self.uploads
        if any(form == pattern for form in self.log_forms):
            return pattern
        parts = pattern.split(":", 5)
        if len(parts) == 6 and parts[2] != "s3":
            for place, own in ((3, self.look.target.region), (4, self.look.target.account_id)):
                if "*" in parts[place]:
                    parts[place] = own if parts[2] != "iam" or place == 4 else ""
        return re.sub(r"[*?]+", SAMPLE, ":".join(parts))

    @cached_property
    def asked(self) -> dict[str, set[str]]:
        """Every resource that is judged, with the actions that are."""
        found = {resource: set(actions) for resource, actions in self.probes.items()}
        for resource, actions in self.suggested.items():
            found.setdefault(resource, set()).update(actions)
        return found

    def more_circumstances(self) -> Iterator[dict[str, list[str]]]:
        """Circumstances under which the documents might allow more: another partition, another condition."""
        bucket, seen = self.look.target.upload_bucket, []
        for statement in self.grants:
            wanted: dict[str, list[str]] = {}
            on_table = any(
                like(pattern, action) for pattern in as_list(statement.get("Action", [])) for action in TABLE
            )
            keys = {
                key.lower(): (operator, [str(value) for value in as_list(values)])
                for operator, one in statement.get("Condition", {}).items()
                for key, values in one.items()
            }
            for key, (operator, values) in keys.items():
                others = [re.sub(r"[*?]+", SAMPLE, value) for value in values]
                others = [
                    value.partition("/")[0] if "ipaddress" in operator.lower() else value for value in others
                ]
                if key == "dynamodb:leadingkeys":
                    wanted[key] = [value for value in others if value != bucket]
                elif key not in KNOWN and "not" not in operator.lower() and "null" not in operator.lower():
                    wanted[key] = others[:1]
            if on_table and "dynamodb:leadingkeys" not in keys:
                wanted["dynamodb:leadingkeys"] = [f"not-{bucket}"]
            wanted = {key: values for key, values in wanted.items() if values}
            if wanted and wanted not in seen:
                seen.append(wanted)
                yield wanted

    # ---- What is answered --------------------------------------------------------------------------

    @cached_property
    def usual(self) -> Simulation:
        """What the role may do when a function does what it is for."""
        return self.simulated({})

    @cached_property
    def all(self) -> list[tuple[dict[str, list[str]], Simulation]]:
        """The same, and what it may do under other circumstances that its documents speak of."""
        return [
            ({}, self.usual),
            *((more, self.simulated(more)) for more in list(self.more_circumstances())[:4]),
        ]

    def simulated(self, circumstances: Mapping[str, Sequence[str]]) -> Simulation:
        target = self.look.target
        context = {
            "dynamodb:leadingkeys": [str(target.upload_bucket)],
            "aws:securetransport": ["true"],
            "aws:requestedregion": [target.region],
            "aws:resourceaccount": [target.account_id],
            "s3:resourceaccount": [target.account_id],
            **circumstances,
        }
        asked: dict[str, Any] = {
            "PolicySourceArn": str(self.look.function(self.short)["Role"]),
            "ActionNames": sorted({action for actions in self.asked.values() for action in actions}),
            "ResourceArns": list(self.asked),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": context_type(key), "ContextKeyValues": list(values)}
                for key, values in context.items()
            ],
            "MaxItems": 1000,
        }
        page = self.look.ask("iam", "simulate_principal_policy", **asked)
        results = list(page["EvaluationResults"])
        while page.get("IsTruncated"):
            page = self.look.ask("iam", "simulate_principal_policy", **asked, Marker=page["Marker"])
            results += page["EvaluationResults"]
        found = {(one.action, one.resource): one for result in results for one in decisions(result)}
        return Simulation(f"iam.simulate_principal_policy(role {self.role!r})", found)

    def needed(self) -> list[tuple[str, str]]:
        """What the function's code can't do without: (action, resource)."""
        target = self.look.target
        named = {
            "upload": self.upload if target.upload_bucket else "",
            "upload bucket": self.uploads if target.upload_bucket else "",
            "table": self.table if target.table else "",
        }
        return [(action, named[what]) for action, what in NEEDED[self.short] if named[what]]

    def meant(self, action: str, resource: str) -> bool:
        """Whether an action on a resource is what the function is for, or only reports."""
        target = self.look.target
        own_queue = self.queue or f"arn:aws:sqs:{target.region}:{target.account_id}:{target.name}-failures"
        if action in TELEMETRY or (
            self.short == "index_upload" and action == "sqs:SendMessage" and resource == own_queue
        ):
            return True
        for wanted, place in self.needed():
            if action == wanted and (
                resource == place
                or (place == self.upload and resource.startswith(f"{self.uploads}/{target.prefix}"))
                or (place == self.table and resource.startswith(f"{self.table}/"))
            ):
                return True
        return False

    def beyond(self) -> Iterator[tuple[Decision, dict[str, list[str]]]]:
        """What the role may do that the function is not for, and the circumstances if not the usual ones."""
        seen = set()
        for circumstances, simulation in self.all:
            elsewhere = "dynamodb:leadingkeys" in circumstances
            for resource, actions in self.asked.items():
                for action in sorted(actions):
                    decision = simulation.decisions.get((action, resource))
                    if decision is None or not decision.allowed or (action, resource) in seen:
                        continue
                    other_items = elsewhere and action in TABLE[:-1] and resource == self.table
                    if other_items or not self.meant(action, resource):
                        seen.add((action, resource))
                        yield decision, circumstances


def decisions(result: dict[str, Any]) -> Iterator[Decision]:
    """One simulated action's answers, a resource each."""
    action = result["EvalActionName"]
    inside = result.get("ResourceSpecificResults") or [
        result
        | {
            "EvalResourceDecision": result["EvalDecision"],
            "EvalResourceName": result.get("EvalResourceName", "*"),
        }
    ]
    for one in inside:
        boundary = one.get("PermissionsBoundaryDecisionDetail") or {}
        yield Decision(
            action,
            one["EvalResourceName"],
            one["EvalResourceDecision"],
            tuple(
                dict.fromkeys(statement["SourcePolicyId"] for statement in one.get("MatchedStatements", []))
            ),
            boundary.get("AllowedByPermissionsBoundary", True),
            tuple(one.get("MissingContextValues", [])),
        )


def context_type(key: str) -> str:
    return (
        "stringList"
        if key == "dynamodb:leadingkeys"
        else "boolean"
        if key == "aws:securetransport"
        else "string"
    )


def fits(action: str, resource: str) -> bool:
    """Whether an action can be done to a resource of this kind: objects are not tables."""
    service = action.partition(":")[0]
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[2] != service:
        return service in ("sts", "iam") and len(parts) > 2 and parts[2] == "iam"
    return service != "s3" or ("/" in parts[5]) == (action in OBJECT)


def spelled(action: str) -> str:
    """An action as it is asked about here, in whatever case a policy writes it."""
    return SPELLING.get(action.lower(), action)


def like(pattern: str, action: str) -> bool:
    """Whether a policy's pattern means an action, in whatever case."""
    return exactly_like(pattern.lower(), action.lower())


def exactly_like(pattern: str, text: str) -> bool:
    """Whether a pattern, where ``*`` is any text and ``?`` any character, means a text."""
    return (
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None
    )


def as_list(value: Any) -> list[Any]:
    """One or many, as policies allow: always a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def of(look: Look, short: str) -> Permissions:
    """The permissions of a function's role: made once a look, however many rules ask."""
    made = look.kept.get(short)
    if made is None:
        made = look.kept[short] = Permissions(look, short)
    assert isinstance(made, Permissions)
    return made
