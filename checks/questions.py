"""What to ask about a function's role: what it needs, what must not be, and what its policies name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from checks.actions import (
    BUCKET,
    DANGERS,
    ELSEWHERE,
    FUNCTION,
    LOGS,
    NEEDED,
    OBJECT,
    QUEUE,
    ROLE,
    SAMPLE,
    TABLE,
    TELEMETRY,
    fits,
    meanings,
    sending,
    spelled,
)
from checks.asking import CouldNotAskError, NotThereError
from checks.documents import document
from checks.look import Look
from checks.patterns import as_list, exactly_like, like

# A stream as Lambda names them: day, version, instance. One for every audit, so that what they tell compares.
STREAM = f"2026/01/01/[$LATEST]{'0' * 32}"


class Questions:
    """The actions and resources that one function's role is judged by.

    Nothing that no policy names is allowed, so the role's own documents say where to look beside the usual.
    """

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
        self.log_forms = (f"{group}:log-stream:{STREAM}", f"{group}:*", group)
        # Events go into a stream; a stream is made in a group, which policies write with or without :*
        self.log_places = {"logs:PutLogEvents": self.log_forms[:1]}
        self.carried = {  # by every request that the function is for
            "dynamodb:leadingkeys": str(target.upload_bucket),
            "aws:securetransport": "true",
            "aws:requestedregion": target.region,
            "aws:resourceaccount": target.account_id,
            "s3:resourceaccount": target.account_id,
            "aws:principaltype": "AssumedRole",
            "aws:viaawsservice": "false",
            # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
            "lambda:sourcefunctionarn": look.function_arn(short),
        }
        self.places: dict[str, tuple[str, ...]] = {  # what there is, and what can be done to it
            f"arn:aws:s3:::somebody-elses-bucket/{SAMPLE}": OBJECT,
            "arn:aws:s3:::somebody-elses-bucket": BUCKET,
            f"arn:aws:dynamodb:{here}:table/somebody-elses-table": TABLE,
            f"arn:aws:lambda:{here}:function:{target.functions[short].name}": FUNCTION,
            f"arn:aws:iam::{target.account_id}:role/{self.role}": ROLE,
            f"arn:aws:sqs:{here}:somebody-elses-queue": QUEUE,
            **dict.fromkeys(self.log_forms, LOGS),
        }
        if target.upload_bucket:
            self.places |= {
                self.uploads: BUCKET,
                self.upload: OBJECT,
                f"{self.uploads}/elsewhere/{SAMPLE}": OBJECT,
            }
        if target.site_bucket:
            self.places[f"arn:aws:s3:::{target.site_bucket}/index.html"] = OBJECT
        if target.table:
            self.places[self.table] = TABLE

    @cached_property
    def destinations(self) -> tuple[str, ...]:
        """Where the function's failed events go: on-failure destination and dead-letter queue."""
        if self.short != "index_upload":
            return ()
        config, function = self.look.event_invoke_config(self.short), self.look.function(self.short)
        destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        letters = function.get("DeadLetterConfig", {}).get("TargetArn")
        return tuple(dict.fromkeys(str(arn) for arn in (destination, letters) if arn))

    def triggering(self) -> list[str]:
        """Keys that trigger the function, one for each of its triggers. Without an answer, none."""
        from checks.triggers import triggers

        if self.short != "index_upload":
            return []
        with suppress(CouldNotAskError, NotThereError):
            found = triggers(self.look.notifications())
            return [f"{one.prefix}{SAMPLE}{one.suffix}" for one in found if one.on_created]
        return []

    @cached_property
    def certain(self) -> dict[str, set[str]]:
        """What is always asked: the needed, the log group, and a few dangers by name."""
        found: dict[str, set[str]] = {form: {*LOGS[:3]} for form in self.log_forms}

        def ask(resource: str, *actions: str) -> None:
            found.setdefault(resource, set()).update(actions)

        for action, resource in self.needed():
            ask(resource, action)
        for resource, actions in self.places.items():
            ask(resource, *(action for action in actions if action in DANGERS))
        if self.short == "index_upload" and self.look.target.upload_bucket:
            ask(self.upload, "s3:PutObject")
            for key in self.triggering():
                ask(f"{self.uploads}/{key}", "s3:PutObject")
        with suppress(CouldNotAskError):
            for destination in self.destinations:
                for action, place in sending(destination):
                    ask(place, action)
        return {resource: actions for resource, actions in found.items() if actions}

    @cached_property
    def documents(self) -> list[Any]:
        """The role's policies; None for one that is AWS's own, whose text is not at hand."""
        role, managed = self.look.role_details(self.short), self.look.managed_documents()
        found = [document(policy["PolicyDocument"]) for policy in role.get("RolePolicyList", [])]
        return found + [
            managed.get(policy["PolicyArn"]) for policy in role.get("AttachedManagedPolicies", [])
        ]

    @cached_property
    def grants(self) -> list[Mapping[str, Any]]:
        """The statements of the role's own documents that allow something."""
        found = [
            statement for one in self.documents if one for statement in as_list(one.get("Statement", []))
        ]
        return [statement for statement in found if statement.get("Effect") == "Allow"]

    @cached_property
    def suggested(self) -> dict[str, set[str]]:
        """What the documents name: resource, and the actions that a statement allows on it."""
        if None in self.documents or any({"NotAction", "NotResource"} & set(one) for one in self.grants):
            everywhere = {resource: set(actions) for resource, actions in self.places.items()}
            return everywhere | {self.uploads: {*BUCKET, *ELSEWHERE}}
        found: dict[str, set[str]] = {}
        for statement in self.grants:
            actions = {spelled(str(action)) for action in as_list(statement.get("Action", []))}
            named = {action for action in actions if re.fullmatch(r"[\w-]+:\w+", action)}
            wide = actions - named
            meant = named | {one for pattern in wide for one in meanings(pattern)}
            for pattern in map(str, as_list(statement.get("Resource", []))):
                for place in (place for place in self.places if exactly_like(pattern, place)):
                    found.setdefault(place, set()).update(one for one in meant if fits(one, place))
                place = self.concrete(pattern)
                found.setdefault(place, set()).update(
                    one
                    for one in meant
                    if one in named or fits(one, place) or (pattern == "*" and self.strange(one))
                )
        return {place: left for place, actions in found.items() if (left := actions - TELEMETRY)}

    def strange(self, action: str) -> bool:
        """Whether an action is of a service that has none of the places."""
        return not any(fits(action, place) for place in self.places)

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
        found = {resource: set(actions) for resource, actions in self.certain.items()}
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
                usual, negated = self.carried.get(key), "not" in operator.lower()
                if operator.lower() == "null":
                    wanted[key] = (
                        [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())] if "false" in values else []
                    )
                elif key == "dynamodb:leadingkeys":
                    candidates = [f"not-{bucket}"] if negated else others
                    wanted[key] = [value for value in candidates if value != bucket]
                elif usual and negated:
                    wanted[key] = [f"not-{usual}"] if usual in values else []
                elif not negated:
                    wanted[key] = [] if usual in values else others[:1]
            if on_table and "dynamodb:leadingkeys" not in keys:
                wanted["dynamodb:leadingkeys"] = [f"not-{bucket}"]
            wanted = {key: values for key, values in wanted.items() if values}
            if wanted and wanted not in seen:
                seen.append(wanted)
                yield wanted

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
        if action in TELEMETRY or (self.short == "index_upload" and self.sends(action, resource)):
            return True
        for wanted, place in self.needed():
            if action == wanted and (
                resource == place
                or (place == self.upload and resource.startswith(f"{self.uploads}/{target.prefix}"))
                or (place == self.table and resource.startswith(f"{self.table}/"))
            ):
                return True
        return False

    def sends(self, action: str, resource: str) -> bool:
        """Whether an action on a resource is how failed events get to where they go."""
        target = self.look.target
        own_queue = f"arn:aws:sqs:{target.region}:{target.account_id}:{target.name}-failures"
        ours = (self.uploads, f"arn:aws:s3:::{target.site_bucket}")
        return any(
            (action, resource) in sending(arn)
            or (arn not in ours and action == "s3:PutObject" and resource.startswith(f"{arn}/"))
            for arn in self.destinations or (own_queue,)
        )
