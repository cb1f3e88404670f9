"""Operations on event source mappings.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.functions import mapping_rules as rules
from cloud.functions import tagging
from cloud.functions.finding import named
from cloud.functions.mappings import EventSourceMapping
from cloud.functions.refusals import refused
from cloud.wire import Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call
    from cloud.functions.lambda_service import Function

NO_SETTINGS = {"EventSourceArn", "FunctionName", "Enabled", "Tags", "UUID"}
PAGE = 100  # mappings in an answer that are not asked for fewer


def create_mapping(account: Account, call: Call) -> Response:
    asked = call.parameters
    rules.check_source(asked)
    tagging.check(asked.get("Tags") or {})
    function, arn = _function(account, call)
    mapping = EventSourceMapping(asked["EventSourceArn"], arn, _settings(asked), asked.get("Enabled", True))
    mapping.tags = dict(asked.get("Tags") or {})
    rules.check_settings(mapping)
    rules.check_reach(account, function, mapping)
    rules.check_new(account, mapping, function.settings.name)
    if mapping.settings.get("StartingPosition") == "LATEST":
        stream = moto_side.stream(mapping.source, account.region)
        mapping.begins = stream.starting_sequence_number + len(stream.items) if stream is not None else 0
    account.mappings.put(mapping)
    return _answer(account, call, mapping, "Creating")


def update_mapping(account: Account, call: Call) -> Response:
    asked, mapping = call.parameters, _named(account, call)
    changed = EventSourceMapping(
        mapping.source, mapping.function, mapping.settings | _settings(asked), uuid=mapping.uuid
    )
    rules.check_settings(changed)
    if asked.get("FunctionName"):
        function, changed.function = _function(account, call)
        rules.check_reach(account, function, changed)
    enabled = bool(asked.get("Enabled", mapping.enabled))
    state = ("Disabling", "Enabling")[enabled] if enabled != mapping.enabled else "Updating"
    mapping.settings, mapping.function, mapping.enabled = changed.settings, changed.function, enabled
    account.mappings.put(mapping)
    return _answer(account, call, mapping, state)


def get_mapping(account: Account, call: Call) -> Response:
    return _answer(account, call, _named(account, call))


def delete_mapping(account: Account, call: Call) -> Response:
    mapping = _named(account, call)
    account.mappings.remove(mapping)
    return _answer(account, call, mapping, "Deleting")


def list_mappings(account: Account, call: Call) -> Response:
    """The mappings of a source, of a function, or all, a page at a time."""
    asked = call.parameters
    found = account.mappings.all()
    if source := asked.get("EventSourceArn"):
        found = [mapping for mapping in found if mapping.source == source]
    if asked.get("FunctionName"):
        arn = _arn(account, call)
        found = [mapping for mapping in found if mapping.function == arn]
    first = int(asked["Marker"]) if str(asked.get("Marker", "")).isdecimal() else 0
    page = found[first : first + min(int(asked.get("MaxItems") or PAGE), PAGE)]
    answer: dict[str, Any] = {"EventSourceMappings": [one.described(_base(account)) for one in page]}
    if first + len(page) < len(found):
        answer["NextMarker"] = str(first + len(page))
    return call.answer(answer)


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in NO_SETTINGS}


def _function(account: Account, call: Call) -> tuple[Function, str]:
    """The function that a call names, and the ARN by which it is called."""
    reference = named(account, call)
    function = account.functions.find(reference.name, reference.qualifier)
    if function is None:
        raise rules.invalid("Function does not exist")
    return function, _arn(account, call)


def _arn(account: Account, call: Call) -> str:
    reference = named(account, call)
    base = account.functions.arn(reference.name)
    return f"{base}:{reference.qualifier}" if reference.qualifier else base


def _named(account: Account, call: Call) -> EventSourceMapping:
    mapping = account.mappings.get(call.parameters["UUID"])
    if mapping is None:
        raise refused("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return mapping


def _base(account: Account) -> str:
    return f"arn:aws:lambda:{account.region}:{account.id}:event-source-mapping"


def _answer(account: Account, call: Call, mapping: EventSourceMapping, state: str = "") -> Response:
    return call.answer(mapping.described(_base(account), state))
